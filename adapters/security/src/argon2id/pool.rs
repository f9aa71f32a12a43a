mod job;
mod service;
mod standing;
#[cfg(test)]
mod tests;
mod worker;

pub(super) use worker::Arena;

use super::recipe::Recipe;
use crate::instruments::Hashing;
use application::hashing::HashError;
use crossbeam_channel::Sender;
use domain::users::Password;
use job::Job;
use service::Service;
use std::io;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::Semaphore;
use tokio::time::timeout;
use worker::Worker;
use zeroize::Zeroizing;

pub(super) type Tag = Zeroizing<Vec<u8>>;

/// Threads that compute tags, and the bounded line before them. Dropping it stops them.
///
/// They stand [behind](standing::Standing::Behind) whoever answers requests. Where that leaves one of them nothing of its core, a
/// stand-in does its job again, and what else waits: nobody's log-in depends on others leaving a core alone.
pub(super) struct Pool {
    /// Taken away to let the workers go home.
    lines: Option<Lines>,
    /// One for each worker, and those in the line. A worker who has nothing to do may be kept from taking up what has come; it
    /// is not counted as waiting.
    places: Arc<Semaphore>,
    workers: usize,
    queue: usize,
    threads: Vec<JoinHandle<()>>,
    hashing: Hashing,
}

/// Where jobs wait. Those who ask have taken a place before, so none of this grows.
struct Lines {
    /// For the next worker who is free.
    jobs: Sender<Arc<Job>>,
    /// For a stand-in: those whose worker has had far too little of a core.
    late: Sender<Arc<Job>>,
}

impl Pool {
    /// Starts the threads, each with a worker of its own.
    pub(super) fn start<W: Worker>(
        workers: NonZeroUsize,
        queue: NonZeroUsize,
        employ: impl Fn() -> W,
    ) -> io::Result<Self> {
        let (workers, queue) = (workers.get(), queue.get());
        let (jobs, waiting) = crossbeam_channel::unbounded();
        // As many can be late as are being done.
        let (late, overdue) = crossbeam_channel::bounded(workers);
        let hashing = Hashing::new();
        let lines = Some(Lines { jobs, late });
        let places = Arc::new(Semaphore::new(workers + queue));
        let mut pool = Self { lines, places, workers, queue, threads: Vec::new(), hashing };
        for number in 1..=workers {
            let service = || Service::new(&waiting, employ(), &pool.hashing);
            let (regular, stand_in, overdue) = (service(), service(), overdue.clone());
            let regular = thread::Builder::new()
                .name(format!("argon2id-{number}"))
                .spawn(move || regular.behind_everybody())?;
            pool.threads.push(regular);
            let stand_in = thread::Builder::new()
                .name(format!("argon2id-{number}-in"))
                .spawn(move || stand_in.for_the_late(&overdue))?;
            pool.threads.push(stand_in);
        }
        Ok(pool)
    }

    /// Has a tag computed. A full line is said at once; who stops waiting for the answer takes the job back.
    pub(super) async fn compute(&self, password: &Password, recipe: Recipe) -> Result<Tag, HashError> {
        let lines = self.lines.as_ref().ok_or(HashError::Broken)?;
        let password = Zeroizing::new(password.expose().as_bytes().to_vec());
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| self.turn_away())?;
        let (job, mut tag) = Job::new(password, recipe, place);
        let job = Arc::new(job);
        lines.jobs.send(Arc::clone(&job)).map_err(|_| HashError::Broken)?;
        loop {
            if let Ok(tag) = timeout(job.patience(), &mut tag).await {
                return tag.unwrap_or(Err(HashError::Broken));
            }
            // Where all stand-ins have something to do, they are asked again.
            if job.is_late() && lines.late.try_send(Arc::clone(&job)).is_ok() {
                return tag.await.unwrap_or(Err(HashError::Broken));
            }
        }
    }

    /// Says whether the line is full. Who is sent away by that is counted like whoever finds it so.
    pub(super) fn room(&self) -> Result<(), HashError> {
        match self.places.available_permits() {
            0 => Err(self.turn_away()),
            _ => Ok(()),
        }
    }

    fn turn_away(&self) -> HashError {
        self.hashing.reject();
        HashError::Busy
    }

    /// How many wait: those for whom there is no worker.
    pub(super) fn queue_length(&self) -> usize {
        self.queue.saturating_sub(self.places.available_permits())
    }

    pub(super) fn observe(&self) {
        self.hashing.show(self.queue_length(), self.queue, self.workers());
    }

    pub(super) const fn workers(&self) -> usize {
        self.workers
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.lines = None;
        for thread in self.threads.drain(..) {
            // A worker survives its panics, so there is no outcome to look at.
            let _ = thread.join();
        }
    }
}
