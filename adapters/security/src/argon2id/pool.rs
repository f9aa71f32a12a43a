#[cfg(test)]
mod tests;

use super::recipe::Recipe;
use crate::instruments::Hashing;
use application::hashing::HashError;
use argon2::Block;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use domain::users::Password;
use std::io;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use zeroize::{Zeroize, Zeroizing};

pub(super) type Tag = Zeroizing<Vec<u8>>;

/// How far behind everybody else a worker stands in the line for a core. With 5, one that has to share its core gets a quarter
/// of it: those who log in wait, and never for ever.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// How long a worker that has nothing to do keeps its memory. To take it again costs some milliseconds.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// Threads that compute tags, and the bounded line before them. Dropping it stops them.
pub(super) struct Pool {
    /// Taken away to let the workers go home.
    jobs: Option<Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
    hashing: Hashing,
}

/// One password to be worked on.
struct Job {
    password: Zeroizing<Vec<u8>>,
    recipe: Recipe,
    asked: Instant,
    answer: oneshot::Sender<Result<Tag, HashError>>,
}

impl Pool {
    /// Starts the threads, each with a worker of its own.
    pub(super) fn start<W: Worker>(
        workers: NonZeroUsize,
        queue: NonZeroUsize,
        employ: impl Fn() -> W,
    ) -> io::Result<Self> {
        let (sender, receiver) = crossbeam_channel::bounded(queue.get());
        let mut pool =
            Self { jobs: Some(sender), threads: Vec::with_capacity(workers.get()), hashing: Hashing::new() };
        for number in 1..=workers.get() {
            let (jobs, worker, hashing) = (receiver.clone(), employ(), pool.hashing.clone());
            let thread = thread::Builder::new().name(format!("argon2id-{number}"));
            pool.threads.push(thread.spawn(move || serve(&jobs, worker, &hashing))?);
        }
        Ok(pool)
    }

    /// Has a tag computed. A full line is said at once; who stops waiting for the answer takes the job back.
    pub(super) async fn compute(&self, password: &Password, recipe: Recipe) -> Result<Tag, HashError> {
        let (answer, tag) = oneshot::channel();
        let password = Zeroizing::new(password.expose().as_bytes().to_vec());
        let jobs = self.jobs.as_ref().ok_or(HashError::Broken)?;
        let job = Job { password, recipe, asked: Instant::now(), answer };
        jobs.try_send(job).map_err(|refused| match refused {
            TrySendError::Full(_) => {
                self.hashing.reject();
                HashError::Busy
            }
            TrySendError::Disconnected(_) => HashError::Broken,
        })?;
        tag.await.unwrap_or(Err(HashError::Broken))
    }

    /// Says whether the line is full. Who is sent away by that is counted like whoever finds it so.
    pub(super) fn room(&self) -> Result<(), HashError> {
        if self.jobs.as_ref().is_some_and(Sender::is_full) {
            self.hashing.reject();
            return Err(HashError::Busy);
        }
        Ok(())
    }

    pub(super) fn queue_length(&self) -> usize {
        self.jobs.as_ref().map_or(0, Sender::len)
    }

    pub(super) fn observe(&self) {
        let capacity = self.jobs.as_ref().and_then(Sender::capacity).unwrap_or(0);
        self.hashing.show(self.queue_length(), capacity, self.workers());
    }

    pub(super) const fn workers(&self) -> usize {
        self.threads.len()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.jobs = None;
        for thread in self.threads.drain(..) {
            // A worker survives its panics, so there is no outcome to look at.
            let _ = thread.join();
        }
    }
}

/// Who does the work of one thread.
pub(super) trait Worker: Send + 'static {
    /// Computes the tag of a password.
    fn compute(&mut self, recipe: &Recipe, password: &[u8]) -> Result<Tag, HashError>;

    /// Cleans up before waiting for work.
    fn rest(&mut self);

    /// Gives back what is only needed for work, after having waited for some time.
    fn leave(&mut self);
}

/// Works until the pool is dropped, whatever happens to a single job.
fn serve(jobs: &Receiver<Job>, mut worker: impl Worker, hashing: &Hashing) {
    stand_back();
    while let Some(job) = next(jobs, &mut worker, KEPT_FOR) {
        let begun = Instant::now();
        hashing.note_wait(begun.duration_since(job.asked));
        // Who asked has gone away: the client hung up, or its time was over.
        if job.answer.is_closed() {
            hashing.abandon();
            continue;
        }
        let work = AssertUnwindSafe(|| worker.compute(&job.recipe, &job.password));
        let outcome = catch_unwind(work).unwrap_or_else(|_| {
            tracing::error!("hashing a password has panicked; the worker goes on");
            Err(HashError::Broken)
        });
        hashing.note_work(begun.elapsed());
        let _ = job.answer.send(outcome);
    }
}

/// Lets whoever answers requests go first where both want the same core, as by `nice(1)`. Nothing but the order depends
/// on it, so a system that denies it is not asked again.
#[cfg(target_os = "linux")]
fn stand_back() {
    // On Linux this is about the thread that asks, not the process.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "hashing has the same priority as answering");
    }
}

/// Elsewhere it would be about the process.
#[cfg(not(target_os = "linux"))]
fn stand_back() {}

fn next(jobs: &Receiver<Job>, worker: &mut impl Worker, kept_for: Duration) -> Option<Job> {
    if let Ok(job) = jobs.try_recv() {
        return Some(job);
    }
    worker.rest();
    match jobs.recv_timeout(kept_for) {
        Ok(job) => Some(job),
        Err(RecvTimeoutError::Disconnected) => None,
        Err(RecvTimeoutError::Timeout) => {
            worker.leave();
            jobs.recv().ok()
        }
    }
}

/// The memory of one worker, kept from hash to hash: fresh pages for every hash cost more than a tenth of it, and
/// leave the allocator with heaps that it does not give back. Who has hashed nothing for a while has none.
pub(super) struct Arena {
    blocks: Vec<Block>,
    usual: usize,
}

impl Arena {
    /// Memory for hashes of that many blocks, taken at the first one: a command that hashes nothing takes none.
    pub(super) const fn new(usual: usize) -> Self {
        Self { blocks: Vec::new(), usual }
    }
}

impl Worker for Arena {
    fn compute(&mut self, recipe: &Recipe, password: &[u8]) -> Result<Tag, HashError> {
        if self.blocks.len() < recipe.blocks() {
            self.blocks.resize(recipe.blocks(), Block::new());
        }
        recipe.compute(password, &mut self.blocks).map_err(|error| {
            tracing::error!(%error, "a password could not be hashed");
            HashError::Broken
        })
    }

    /// Wipes what the last password has left, and gives back what only an older, dearer hash needed.
    ///
    /// Under load the next hash overwrites it anyway, so this costs nobody any waiting.
    fn rest(&mut self) {
        self.blocks.iter_mut().for_each(Zeroize::zeroize);
        self.blocks.truncate(self.usual);
        self.blocks.shrink_to_fit();
    }

    fn leave(&mut self) {
        self.blocks = Vec::new();
    }
}
