#[cfg(target_os = "linux")]
mod stand_ins;

use super::service::next;
use super::*;
use crate::argon2id::Parameters;
use crossbeam_channel::Receiver;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Says when it begins a job, and answers with the password itself once it is told to go on.
struct Gate {
    begun: mpsc::Sender<String>,
    go_on: Receiver<()>,
}

impl Worker for Gate {
    fn compute(&mut self, _: &Recipe, password: &[u8]) -> Result<Tag, HashError> {
        let text = String::from_utf8(password.to_vec()).unwrap();
        self.begun.send(text.clone()).unwrap();
        self.go_on.recv().unwrap();
        assert_ne!(text, "panic", "as asked");
        Ok(Zeroizing::new(password.to_vec()))
    }

    fn rest(&mut self) {}

    fn leave(&mut self) {}
}

/// Notes what it is told to do. The next job comes when it has just left.
struct Diary {
    told: Vec<&'static str>,
    next: Sender<Arc<Job>>,
}

impl Worker for Diary {
    fn compute(&mut self, _: &Recipe, _: &[u8]) -> Result<Tag, HashError> {
        Err(HashError::Broken)
    }

    fn rest(&mut self) {
        self.told.push("rest");
    }

    fn leave(&mut self) {
        self.told.push("leave");
        self.next.send(job()).unwrap();
    }
}

fn job() -> Arc<Job> {
    let place = Arc::new(Semaphore::new(1)).try_acquire_owned().unwrap();
    Arc::new(Job::new(Zeroizing::default(), Recipe::fresh(&Parameters::default()), place).0)
}

struct Stage {
    pool: Pool,
    begun: mpsc::Receiver<String>,
    go_on: Sender<()>,
}

fn stage(queue: usize) -> Stage {
    let (told, begun) = mpsc::channel();
    let (go_on, gate) = crossbeam_channel::unbounded();
    let employ = || Gate { begun: told.clone(), go_on: gate.clone() };
    let pool = Pool::start(NonZeroUsize::MIN, NonZeroUsize::new(queue).unwrap(), employ).unwrap();
    Stage { pool, begun, go_on }
}

/// By a recipe that may take so long that nobody is late.
fn compute<'a>(pool: &'a Pool, text: &str) -> impl Future<Output = Result<Tag, HashError>> + 'a {
    let dear = Parameters::new(Parameters::MOST_MEMORY_KIB, Parameters::MOST_ITERATIONS, 1).unwrap();
    compute_by(pool, text, Recipe::fresh(&dear))
}

fn compute_by<'a>(
    pool: &'a Pool,
    text: &str,
    recipe: Recipe,
) -> impl Future<Output = Result<Tag, HashError>> + 'a {
    let password = Password::parse(text).unwrap();
    async move { pool.compute(&password, recipe).await }
}

/// Lets a future run until it waits.
fn begin(
    future: std::pin::Pin<&mut impl Future<Output = Result<Tag, HashError>>>,
) -> Poll<Result<Tag, HashError>> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[tokio::test]
async fn a_full_line_is_said_at_once_and_what_waits_in_it_is_done() {
    let stage = stage(1);
    let (mut first, mut second) = (pin!(compute(&stage.pool, "first")), pin!(compute(&stage.pool, "second")));
    assert!(begin(first.as_mut()).is_pending());
    assert_eq!(stage.begun.recv().unwrap(), "first");
    assert_eq!(stage.pool.room(), Ok(()));
    assert!(begin(second.as_mut()).is_pending());
    assert_eq!(stage.pool.queue_length(), 1);
    assert_eq!(stage.pool.room(), Err(HashError::Busy));
    assert_eq!(compute(&stage.pool, "third").await, Err(HashError::Busy));
    stage.go_on.send(()).unwrap();
    stage.go_on.send(()).unwrap();
    assert_eq!(first.await.unwrap().as_slice(), b"first");
    assert_eq!(second.await.unwrap().as_slice(), b"second");
}

#[tokio::test]
async fn as_many_are_let_in_as_are_worked_on_and_wait_also_before_a_worker_has_looked() {
    let stage = stage(1);
    let (mut first, mut second) = (pin!(compute(&stage.pool, "first")), pin!(compute(&stage.pool, "second")));
    assert!(begin(first.as_mut()).is_pending() && begin(second.as_mut()).is_pending());
    assert_eq!(compute(&stage.pool, "third").await, Err(HashError::Busy));
    (0..3).for_each(|_| stage.go_on.send(()).unwrap());
    assert_eq!(first.await.unwrap().as_slice(), b"first");
    // Whoever has their answer takes no place any more.
    assert_eq!(compute(&stage.pool, "third").await.unwrap().as_slice(), b"third");
    assert_eq!(second.await.unwrap().as_slice(), b"second");
}

#[tokio::test]
async fn a_job_whose_asker_has_gone_is_not_done() {
    let stage = stage(4);
    let mut first = pin!(compute(&stage.pool, "first"));
    assert!(begin(first.as_mut()).is_pending());
    assert_eq!(stage.begun.recv().unwrap(), "first");
    let mut gone = Box::pin(compute(&stage.pool, "gone"));
    assert!(begin(gone.as_mut()).is_pending());
    drop(gone);
    stage.go_on.send(()).unwrap();
    stage.go_on.send(()).unwrap();
    assert_eq!(compute(&stage.pool, "last").await.unwrap().as_slice(), b"last");
    assert_eq!(stage.begun.recv().unwrap(), "last");
}

#[tokio::test]
async fn a_worker_survives_a_panic() {
    let stage = stage(4);
    stage.go_on.send(()).unwrap();
    stage.go_on.send(()).unwrap();
    assert_eq!(compute(&stage.pool, "panic").await, Err(HashError::Broken));
    assert_eq!(compute(&stage.pool, "next").await.unwrap().as_slice(), b"next");
}

#[test]
fn waiting_working_turning_away_and_going_away_are_measured() {
    let recorder = DebuggingRecorder::new();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        let stage = stage(2);
        runtime.block_on(async {
            let mut first = pin!(compute(&stage.pool, "first"));
            let mut gone = Box::pin(compute(&stage.pool, "gone"));
            let mut second = pin!(compute(&stage.pool, "second"));
            assert!(begin(first.as_mut()).is_pending());
            assert_eq!(stage.begun.recv().unwrap(), "first");
            assert!(begin(gone.as_mut()).is_pending());
            drop(gone);
            assert!(begin(second.as_mut()).is_pending());
            assert_eq!(compute(&stage.pool, "third").await, Err(HashError::Busy));
            assert_eq!(stage.pool.room(), Err(HashError::Busy));
            stage.pool.observe();
            stage.go_on.send(()).unwrap();
            stage.go_on.send(()).unwrap();
            first.await.unwrap();
            second.await.unwrap();
        });
    });
    let seen = recorder.snapshotter().snapshot().into_vec().into_iter();
    let seen: HashMap<String, DebugValue> =
        seen.map(|(key, .., value)| (key.key().name().to_owned(), value)).collect();
    let number = |name: &str| match &seen[&format!("xtrem_password_hash_{name}")] {
        DebugValue::Counter(count) => *count,
        DebugValue::Histogram(values) => values.len() as u64,
        DebugValue::Gauge(value) => value.to_string().parse().unwrap(),
    };
    let names = ["queue_length", "queue_capacity", "workers", "rejected_total", "abandoned_total"];
    assert_eq!(names.map(number), [2, 2, 1, 2, 1]);
    assert_eq!(["wait_seconds", "duration_seconds"].map(number), [3, 2], "who has gone has waited too");
}

#[test]
fn dropping_the_pool_sends_its_workers_home() {
    let Stage { pool, begun, go_on: _ } = stage(1);
    assert_eq!(pool.workers(), 1);
    drop(pool);
    assert_eq!(begun.recv(), Err(mpsc::RecvError), "nobody is left to begin anything");
}

#[test]
fn a_worker_keeps_its_memory_while_there_is_work_and_gives_it_back_when_there_was_none_for_long() {
    let (sender, jobs) = crossbeam_channel::unbounded();
    sender.send(job()).unwrap();
    let mut diary = Diary { told: Vec::new(), next: sender };
    assert!(next(&jobs, &mut diary, Duration::ZERO).is_some());
    assert_eq!(diary.told, [""; 0], "there was work");
    assert!(next(&jobs, &mut diary, Duration::ZERO).is_some());
    assert_eq!(diary.told, ["rest", "leave"]);
}
