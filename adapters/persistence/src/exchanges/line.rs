//! Who waits for an exchange, and by whom they are served.

use crate::many::MOST;
use application::store::{Exchange, StoreError};
use domain::ids::SessionId;
use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

/// The exchanges that nobody has begun yet.
pub(crate) struct Exchanges {
    /// How many batches may be worked on at the same time.
    lanes: usize,
    line: Mutex<Line>,
}

#[derive(Default)]
struct Line {
    /// In the order in which they came.
    waiting: VecDeque<Waiting>,
    at_work: usize,
}

/// Somebody who waits, and for what.
pub(super) struct Waiting {
    pub(super) exchange: Exchange,
    told: oneshot::Sender<Result<(), StoreError>>,
}

/// The right to serve those who wait. Giving it up before nobody waits any more leaves them to hear that nobody serves them.
pub(super) struct Lane {
    exchanges: Arc<Exchanges>,
    is_left: bool,
}

impl Exchanges {
    pub(crate) fn new(lanes: usize) -> Arc<Self> {
        Arc::new(Self { lanes, line: Mutex::default() })
    }

    /// Puts an exchange at the end of the line. Where nobody serves it, the caller gets the right to, and has to.
    pub(super) fn queue_up(
        self: &Arc<Self>,
        exchange: Exchange,
    ) -> (oneshot::Receiver<Result<(), StoreError>>, Option<Lane>) {
        let (told, outcome) = oneshot::channel();
        let mut line = self.line();
        line.waiting.push_back(Waiting { exchange, told });
        if line.at_work == self.lanes {
            return (outcome, None);
        }
        line.at_work += 1;
        (outcome, Some(Lane { exchanges: Arc::clone(self), is_left: false }))
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lane {
    /// Those who have waited longest; where nobody waits any more, nobody is served on this lane from here on.
    pub(super) fn next(&mut self) -> Option<Vec<Waiting>> {
        let mut batch = Vec::new();
        let mut line = self.exchanges.line();
        line.take(&mut batch);
        if batch.is_empty() {
            // Under the same lock: whoever comes next begins another one.
            line.at_work -= 1;
            self.is_left = true;
            return None;
        }
        Some(batch)
    }

    /// Adds those who have come since.
    pub(super) fn top_up(&self, batch: &mut Vec<Waiting>) {
        self.exchanges.line().take(batch);
    }
}

impl Drop for Lane {
    fn drop(&mut self) {
        if !self.is_left {
            let mut line = self.exchanges.line();
            line.at_work -= 1;
            // Otherwise another lane serves them.
            if line.at_work == 0 {
                line.waiting.clear();
            }
        }
    }
}

impl Line {
    /// Moves as many into a batch as it has room for. Of one session there is one at most: the next one is decided when it is
    /// known what became of the first.
    fn take(&mut self, batch: &mut Vec<Waiting>) {
        let mut sessions: HashSet<SessionId> = batch.iter().map(Waiting::session).collect();
        let mut later = Vec::new();
        while batch.len() < MOST
            && let Some(waiting) = self.waiting.pop_front()
        {
            if !waiting.is_there() {
                // They have gone before anything was done.
            } else if sessions.insert(waiting.session()) {
                batch.push(waiting);
            } else {
                later.push(waiting);
            }
        }
        for waiting in later.into_iter().rev() {
            self.waiting.push_front(waiting);
        }
    }
}

impl Waiting {
    pub(super) fn session(&self) -> SessionId {
        self.exchange.before.session_id
    }

    /// Whether anybody still wants to hear of it.
    pub(super) fn is_there(&self) -> bool {
        !self.told.is_closed()
    }

    pub(super) fn tell(self, outcome: Result<(), StoreError>) {
        let _nobody_waits = self.told.send(outcome);
    }
}
