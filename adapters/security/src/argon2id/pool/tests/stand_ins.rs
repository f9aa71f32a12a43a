use super::super::standing::Share;
use super::*;
use rustix::process::getpriority_process;
use std::cell::Cell;
use std::sync::Mutex;
use thread_priority::NormalThreadSchedulePolicy::Idle;
use thread_priority::ThreadSchedulePolicy::Normal;
use thread_priority::thread_schedule_policy;

/// Answers with where its thread stands. The regular one has no core until it is let on.
struct Shared {
    let_on: Option<Receiver<()>>,
    share: Arc<Mutex<f64>>,
}

impl Worker for Shared {
    fn compute(&mut self, _: &Recipe, _: &[u8]) -> Result<Tag, HashError> {
        self.let_on.iter().for_each(|let_on| let_on.recv().unwrap());
        let standing = match thread_schedule_policy().unwrap() {
            Normal(Idle) => "behind".to_owned(),
            policy => format!("{policy:?} {}", getpriority_process(None).unwrap()),
        };
        Ok(Zeroizing::new(standing.into_bytes()))
    }

    fn rest(&mut self) {}

    fn leave(&mut self) {}

    fn share(&self, _: &Share) -> f64 {
        *self.share.lock().unwrap()
    }
}

#[tokio::test]
async fn a_job_that_is_kept_from_the_core_is_done_in_line_and_so_is_what_waits_until_there_is_room() {
    let (let_on, gate) = crossbeam_channel::unbounded();
    let share = Arc::new(Mutex::new(0.5));
    let regular = Cell::new(true);
    let employ =
        || Shared { let_on: regular.replace(false).then(|| gate.clone()), share: Arc::clone(&share) };
    let pool = Pool::start(NonZeroUsize::MIN, NonZeroUsize::new(4).unwrap(), employ).unwrap();
    let ask = async |text| {
        let tag = compute_by(&pool, text, Recipe::fresh(&Parameters::default())).await.unwrap();
        String::from_utf8(tag.to_vec()).unwrap()
    };
    let in_line = "Normal(Other) 5";
    assert_eq!(ask("kept from the core").await, in_line);
    assert_eq!(ask("waits behind it").await, in_line);
    *share.lock().unwrap() = 1.0;
    assert_eq!(ask("finds nobody else there").await, in_line);
    let mut next = pin!(compute(&pool, "as ever"));
    assert!(begin(next.as_mut()).is_pending());
    let_on.send(()).unwrap();
    let_on.send(()).unwrap();
    assert_eq!(next.await.unwrap().as_slice(), b"behind");
    assert_eq!(pool.workers(), 1, "who stands in is not counted");
}
