//! Sessions that were read a moment ago, so that one that asks all the time is not read all the time.
//!
//! What stands here may be wrong in one way only: another process has changed it, less than the age limit ago. What
//! this store changes, it takes out before the change is acknowledged. A reader that had read the old row by then comes
//! too late: it has drawn a number before it read, each removal makes another number the current one, and comparing
//! them and putting the row in is one step under one lock.

use application::store::LiveSession;
use domain::ids::{SessionId, UserId};
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Each part has a lock of its own, so that readers seldom wait for one another.
const PARTS: usize = 16;
/// The most sessions in one part; ten thousand in all.
const ROOM: usize = 10_000 / PARTS;

/// Sessions that were read a moment ago.
pub(crate) struct SessionCache {
    age_limit: Duration,
    parts: [Mutex<Part>; PARTS],
}

#[derive(Default)]
struct Part {
    known: HashMap<SessionId, Known>,
    /// In the order in which they were read, so that the oldest one goes when there is no room; one that was removed
    /// or read again in the meantime stands here until then.
    order: VecDeque<(SessionId, Instant)>,
    /// Counts the removals.
    removals: u64,
}

struct Known {
    live: LiveSession,
    read_at: Instant,
}

/// Drawn before a session is read: with it what was read may be put in.
pub(crate) struct Ticket {
    id: SessionId,
    removals: u64,
    drawn_at: Instant,
}

/// What is known of a session without reading it.
pub(crate) enum Look {
    /// How it was a moment ago.
    Known(LiveSession),
    /// Nothing.
    Unknown(Ticket),
}

/// What a unit of work has changed.
#[derive(Clone, Copy)]
pub(crate) enum Touch {
    /// One session.
    Session(SessionId),
    /// Everything of one person.
    Owner(UserId),
    /// Any session.
    Any,
}

impl SessionCache {
    pub(crate) fn new(age_limit: Duration) -> Arc<Self> {
        Arc::new(Self { age_limit, parts: Default::default() })
    }

    /// Looks for a session.
    pub(crate) fn look(&self, id: SessionId) -> Look {
        let mut part = self.part(id);
        if let Some(known) = part.known.get(&id) {
            if known.read_at.elapsed() < self.age_limit {
                return Look::Known(known.live.clone());
            }
            part.known.remove(&id);
        }
        Look::Unknown(Ticket { id, removals: part.removals, drawn_at: Instant::now() })
    }

    /// Keeps what was read, unless something was removed since the ticket was drawn.
    pub(crate) fn keep(&self, ticket: &Ticket, live: &LiveSession) {
        let mut part = self.part(ticket.id);
        if part.removals != ticket.removals {
            return;
        }
        if part.order.len() >= ROOM {
            part.make_room();
        }
        part.order.push_back((ticket.id, ticket.drawn_at));
        part.known.insert(ticket.id, Known { live: live.clone(), read_at: ticket.drawn_at });
    }

    /// Takes out what may have changed.
    pub(crate) fn remove(&self, touch: Touch) {
        match touch {
            Touch::Session(id) => {
                let mut part = self.part(id);
                part.removals += 1;
                part.known.remove(&id);
            }
            // Whose session a reader has in hand is not known, so every part gets a new number.
            Touch::Owner(user) => self.retain(|live| live.session.user_id != user),
            Touch::Any => self.retain(|_| false),
        }
    }

    fn retain(&self, stays: impl Fn(&LiveSession) -> bool) {
        for part in &self.parts {
            let mut part = lock(part);
            part.removals += 1;
            part.known.retain(|_, known| stays(&known.live));
        }
    }

    fn part(&self, id: SessionId) -> MutexGuard<'_, Part> {
        // The last byte of an identifier is drawn (RFC 9562, section 5.7).
        let last = id.as_uuid().as_bytes()[15];
        lock(&self.parts[usize::from(last) % PARTS])
    }
}

impl Part {
    fn make_room(&mut self) {
        let Some((oldest, read_at)) = self.order.pop_front() else { return };
        if self.known.get(&oldest).is_some_and(|known| known.read_at == read_at) {
            self.known.remove(&oldest);
        }
    }
}

fn lock(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What one unit of work has changed. Dropping takes it all out, however the unit of work has ended: also when it is
/// not known whether it was committed, and when whoever committed did not wait for the answer.
pub(crate) struct Touched {
    cache: Arc<SessionCache>,
    touches: Vec<Touch>,
}

impl Touched {
    pub(crate) const fn nothing(cache: Arc<SessionCache>) -> Self {
        Self { cache, touches: Vec::new() }
    }

    pub(crate) fn note(&mut self, touch: Touch) {
        self.touches.push(touch);
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for touch in &self.touches {
            self.cache.remove(*touch);
        }
    }
}

#[cfg(test)]
mod tests;
