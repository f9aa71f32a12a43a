use super::Explanation;
use domain::Timestamp;
use domain::access::{Credential, SessionState};
use domain::ids::RequestId;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Explanations of the refusals of the last day, within bounds.
///
/// Refusals of people who were logged in are kept apart from all others, so that a flood of worthless tokens does not
/// push them out.
#[derive(Default)]
pub(super) struct Explanations {
    members: Mutex<Shelf>,
    visitors: Mutex<Shelf>,
}

/// As many as fit, the oldest first.
#[derive(Default)]
struct Shelf {
    order: VecDeque<RequestId>,
    by_request: HashMap<RequestId, Explanation>,
}

impl Explanations {
    /// How long one is kept.
    pub(super) const KEPT: Duration = Duration::from_hours(24);
    /// The most that each of the two shelves holds: together less than 8 MiB.
    pub(super) const MOST: usize = 10_000;

    pub(super) fn keep(&self, explanation: Explanation, now: Timestamp) {
        let evidence = &explanation.refused.evidence;
        let let_in = evidence.credential == Credential::Sound && evidence.session == Some(SessionState::Live);
        let mut kept = held(if let_in { &self.members } else { &self.visitors });
        kept.clear(now);
        if kept.by_request.len() >= Self::MOST
            && let Some(oldest) = kept.order.pop_front()
        {
            kept.by_request.remove(&oldest);
        }
        // Of a request that was refused twice, the last refusal is the one that was answered.
        let id = explanation.request_id;
        if kept.by_request.insert(id, explanation).is_none() {
            kept.order.push_back(id);
        }
    }

    pub(super) fn find(&self, id: RequestId, now: Timestamp) -> Option<Explanation> {
        [&self.members, &self.visitors].into_iter().find_map(|shelf| {
            let mut kept = held(shelf);
            kept.clear(now);
            kept.by_request.get(&id).cloned()
        })
    }
}

impl Shelf {
    /// Drops what is older than a day.
    fn clear(&mut self, now: Timestamp) {
        let limit = now.minus(Explanations::KEPT);
        while let Some(oldest) = self.order.front()
            && self.by_request.get(oldest).is_none_or(|explanation| explanation.at <= limit)
        {
            self.by_request.remove(oldest);
            self.order.pop_front();
        }
    }
}

fn held(shelf: &Mutex<Shelf>) -> MutexGuard<'_, Shelf> {
    shelf.lock().unwrap_or_else(PoisonError::into_inner)
}
