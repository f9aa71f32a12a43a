use super::job::Job;
use super::standing::{Share, Standing};
use super::worker::Worker;
use crate::instruments::Hashing;
use application::hashing::HashError;
use crossbeam_channel::{Receiver, RecvTimeoutError, never, select};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

/// How long a worker that has nothing to do keeps its memory. To take it again costs some milliseconds.
const KEPT_FOR: Duration = Duration::from_secs(5);

/// With more of a core than this, a stand-in is not needed: whoever else is there can be stood behind.
const NEARLY_ALONE: f64 = 0.75;

/// The service of one thread, until the pool is dropped.
pub(super) struct Service<W> {
    jobs: Receiver<Arc<Job>>,
    worker: W,
    hashing: Hashing,
}

impl<W: Worker> Service<W> {
    pub(super) fn new(jobs: &Receiver<Arc<Job>>, worker: W, hashing: &Hashing) -> Self {
        Self { jobs: jobs.clone(), worker, hashing: hashing.clone() }
    }

    /// Works while nobody else wants the core.
    pub(super) fn behind_everybody(mut self) {
        Standing::Behind.take();
        while let Some(job) = next(&self.jobs, &mut self.worker, KEPT_FOR) {
            self.serve(&job);
        }
    }

    /// Does again what another one was kept from doing in time, and from then on what waits behind it too, until that one is
    /// free again and nobody keeps one from the core. What was kept holds its memory until it is done, so there may be twice as
    /// much meanwhile.
    pub(super) fn for_the_late(mut self, late: &Receiver<Arc<Job>>) {
        Standing::InLine.take();
        let nobody = never();
        // Whoever was kept holds their job until they have done it.
        let mut kept = Weak::new();
        let mut standing_in = false;
        loop {
            let waiting = if standing_in { &self.jobs } else { &nobody };
            let job = select! {
                recv(late) -> job => job.inspect(|job| kept = Arc::downgrade(job)),
                recv(waiting) -> job => job,
            };
            let Ok(job) = job else { return };
            let share = self.serve(&job);
            drop(job);
            standing_in = kept.strong_count() > 0 || share.is_none_or(|share| share < NEARLY_ALONE);
            if self.jobs.is_empty() {
                self.worker.rest();
                self.worker.leave();
            }
        }
    }

    /// Computes one tag, whatever happens, and tells with how much of a core; `None` where nobody waits for it any more.
    fn serve(&mut self, job: &Job) -> Option<f64> {
        let first = job.begin();
        if let Some(waited) = first {
            self.hashing.note_wait(waited);
        }
        if job.is_over() {
            // Nobody wanted it, or a stand-in comes when it has been done.
            if first.is_some() {
                self.hashing.abandon();
            }
            return None;
        }
        let (begun, share) = (Instant::now(), Share::begin());
        let work = AssertUnwindSafe(|| self.worker.compute(&job.recipe, &job.password));
        let outcome = catch_unwind(work).unwrap_or_else(|_| {
            tracing::error!("hashing a password has panicked; the worker goes on");
            Err(HashError::Broken)
        });
        if job.answer(outcome) {
            self.hashing.note_work(begun.elapsed());
        }
        Some(self.worker.share(&share))
    }
}

/// The next job, with the worker resting until there is one.
pub(super) fn next(
    jobs: &Receiver<Arc<Job>>,
    worker: &mut impl Worker,
    kept_for: Duration,
) -> Option<Arc<Job>> {
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
