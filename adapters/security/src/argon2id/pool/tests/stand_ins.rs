use super::super::standing::Share;
use super::*;
use rustix::process::getpriority_process;
use std::cell::Cell;
use thread_priority::NormalThreadSchedulePolicy::Idle;
use thread_priority::ThreadSchedulePolicy::Normal;
use thread_priority::thread_schedule_policy;

/// Answers with where its thread stands. The regular one has no core until it is let on.
struct Shared {
    let_on: Option<Receiver<()>>,
}

const IN_LINE: &str = "Normal(Other) 5";
const BEHIND: &str = "behind";

impl Worker for Shared {
    fn compute(&mut self, _: &Recipe, _: &[u8]) -> Result<Tag, HashError> {
        self.let_on.iter().for_each(|let_on| let_on.recv().unwrap());
        let standing = match thread_schedule_policy().unwrap() {
            Normal(Idle) => BEHIND.to_owned(),
            policy => format!("{policy:?} {}", getpriority_process(None).unwrap()),
        };
        Ok(Zeroizing::new(standing.into_bytes()))
    }

    fn rest(&mut self) {}

    fn leave(&mut self) {}

    fn share(&self, _: &Share) -> f64 {
        1.0
    }
}

fn text(tag: Result<Tag, HashError>) -> String {
    String::from_utf8(tag.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn a_job_that_is_kept_from_the_core_is_done_in_line_and_so_is_what_waits_until_its_worker_is_free() {
    let (let_on, gate) = crossbeam_channel::unbounded();
    let regular = Cell::new(true);
    let employ = || Shared { let_on: regular.replace(false).then(|| gate.clone()) };
    let pool = Pool::start(NonZeroUsize::MIN, NonZeroUsize::new(4).unwrap(), employ).unwrap();
    let kept = compute_by(&pool, "kept from the core", Recipe::fresh(&Parameters::default()));
    assert_eq!(text(kept.await), IN_LINE);
    for waiting in ["waits behind it", "and so does this"] {
        assert_eq!(text(compute(&pool, waiting).await), IN_LINE);
    }
    (0..1000).for_each(|_| let_on.send(()).unwrap());
    // Either of them may take what comes now, until the regular one has; then the stand-in takes one more at most.
    while text(compute(&pool, "whoever is first").await) == IN_LINE {}
    let mut last = Vec::new();
    for _ in 0..20 {
        last.push(text(compute(&pool, "as ever").await));
    }
    assert!(last.iter().filter(|standing| *standing == IN_LINE).count() <= 1, "{last:?}");
    assert_eq!(pool.workers(), 1, "who stands in is not counted");
}
