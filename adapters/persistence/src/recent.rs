//! What was read a moment ago, so that what is asked for all the time is not read all the time.
//!
//! What stands here may be wrong in one way only: another process has changed it, less than the age limit ago. What
//! this store changes, it takes out before the change is acknowledged. A reader that had read the old row by then comes
//! too late: it has drawn a number before it read, each removal makes another number the current one, and comparing
//! them and putting the row in is one step under one lock.
//!
//! Some of it says who people are, in clear. So it is kept for few, and it goes when it is too old, also when nobody asks
//! any more: at most two age limits after it was read. Where it stood is not overwritten, as with any other answer.

mod touched;

pub(crate) use touched::{Recent, Touch, Touched};

use domain::ids::{SessionId, UserId};
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::time::sleep;

/// Each part has a lock of its own, so that readers seldom wait for one another.
const PARTS: usize = 16;

/// By what something is asked for.
pub(crate) trait Key: Copy + Eq + Hash + Send + 'static {
    /// A byte that was drawn.
    fn drawn(self) -> u8;
}

// The last byte of an identifier is drawn (RFC 9562, section 5.7).
impl Key for SessionId {
    fn drawn(self) -> u8 {
        self.as_uuid().as_bytes()[15]
    }
}

impl Key for UserId {
    fn drawn(self) -> u8 {
        self.as_uuid().as_bytes()[15]
    }
}

/// Answers of one kind that were read a moment ago.
pub(crate) struct Cache<K, V> {
    age_limit: Duration,
    /// The most in one part.
    room: usize,
    parts: [Mutex<Part<K, V>>; PARTS],
    /// Whether somebody sees to it that what is too old goes.
    is_swept: AtomicBool,
}

struct Part<K, V> {
    known: HashMap<K, Known<V>>,
    /// In the order in which they were read, so that the oldest one goes when there is no room; one that was removed
    /// or read again in the meantime stands here until then.
    order: VecDeque<(K, Instant)>,
    /// Counts the removals.
    removals: u64,
}

struct Known<V> {
    value: V,
    read_at: Instant,
}

/// Drawn before something is read: with it what was read may be put in.
pub(crate) struct Ticket<K> {
    id: K,
    removals: u64,
    drawn_at: Instant,
}

/// Drawn before something is read of which only the answer says by what it is asked for.
pub(crate) struct Draw {
    removals: [u64; PARTS],
    drawn_at: Instant,
}

/// What is known without reading.
pub(crate) enum Look<K, V> {
    /// How it was a moment ago.
    Known(V),
    /// Nothing.
    Unknown(Ticket<K>),
}

impl<K: Key, V: Send + 'static> Cache<K, V> {
    /// A cache for at most so many, or a few less; without an age limit nothing is kept.
    pub(crate) fn new(age_limit: Duration, room: usize) -> Arc<Self> {
        let parts = std::array::from_fn(|_| Mutex::new(Part::default()));
        Arc::new(Self { age_limit, room: room / PARTS, parts, is_swept: AtomicBool::new(false) })
    }

    /// Draws a ticket for whatever may be read next.
    pub(crate) fn draw(&self) -> Draw {
        let removals = std::array::from_fn(|part| lock(&self.parts[part]).removals);
        Draw { removals, drawn_at: Instant::now() }
    }

    /// Keeps what was read, unless something was removed since the ticket was drawn.
    pub(crate) fn keep(self: &Arc<Self>, ticket: &Ticket<K>, value: V) {
        if self.age_limit.is_zero() {
            return;
        }
        let mut part = self.part(ticket.id);
        if part.removals != ticket.removals {
            return;
        }
        if part.order.len() >= self.room {
            part.remove_oldest();
        }
        part.order.push_back((ticket.id, ticket.drawn_at));
        part.known.insert(ticket.id, Known { value, read_at: ticket.drawn_at });
        drop(part);
        self.see_to_sweeping();
    }

    /// Takes something out for whoever asks next, and says when its reading began.
    pub(crate) fn take(&self, id: K) -> Option<(V, Instant)> {
        let Known { value, read_at } = self.part(id).known.remove(&id)?;
        (read_at.elapsed() < self.age_limit).then_some((value, read_at))
    }

    /// Takes out what may have changed.
    fn remove(&self, id: K) {
        let mut part = self.part(id);
        part.removals += 1;
        part.known.remove(&id);
    }

    /// Takes out all but those. What readers have in hand is not known, so none of it may be kept.
    fn retain(&self, stays: impl Fn(&V) -> bool) {
        for part in &self.parts {
            let mut part = lock(part);
            part.removals += 1;
            part.known.retain(|_, known| stays(&known.value));
        }
    }

    /// Takes out what is too old. Says whether anything is left.
    fn sweep(&self) -> bool {
        let mut is_any_left = false;
        for part in &self.parts {
            let mut part = lock(part);
            while part.order.front().is_some_and(|(_, read_at)| read_at.elapsed() >= self.age_limit) {
                part.remove_oldest();
            }
            is_any_left |= !part.order.is_empty();
        }
        is_any_left
    }

    /// Has what is too old swept away once in an age limit, for as long as there is anything.
    fn see_to_sweeping(self: &Arc<Self>) {
        if self.is_swept.swap(true, Ordering::SeqCst) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else {
            self.is_swept.store(false, Ordering::SeqCst);
            return;
        };
        let (cache, age_limit) = (Arc::downgrade(self), self.age_limit);
        runtime.spawn(async move {
            loop {
                sleep(age_limit).await;
                let Some(cache) = cache.upgrade() else { return };
                // Said before it is looked at: whoever puts something in from here on finds that nobody sees to it.
                cache.is_swept.store(false, Ordering::SeqCst);
                if !cache.sweep() || cache.is_swept.swap(true, Ordering::SeqCst) {
                    return;
                }
            }
        });
    }

    fn part(&self, id: K) -> MutexGuard<'_, Part<K, V>> {
        lock(&self.parts[part_of(id)])
    }
}

impl<K: Key, V: Clone + Send + 'static> Cache<K, V> {
    /// Looks for something.
    pub(crate) fn look(&self, id: K) -> Look<K, V> {
        let mut part = self.part(id);
        if let Some(known) = part.known.get(&id) {
            if known.read_at.elapsed() < self.age_limit {
                return Look::Known(known.value.clone());
            }
            part.known.remove(&id);
        }
        Look::Unknown(Ticket { id, removals: part.removals, drawn_at: Instant::now() })
    }
}

impl<K> Ticket<K> {
    /// The same where part of what is kept was read before it was drawn.
    pub(crate) fn read_since(self, began: Instant) -> Self {
        Self { drawn_at: self.drawn_at.min(began), ..self }
    }
}

impl Draw {
    /// The ticket for what was read.
    pub(crate) fn of<K: Key>(&self, id: K) -> Ticket<K> {
        Ticket { id, removals: self.removals[part_of(id)], drawn_at: self.drawn_at }
    }
}

fn part_of(id: impl Key) -> usize {
    usize::from(id.drawn()) % PARTS
}

impl<K: Key, V> Part<K, V> {
    fn remove_oldest(&mut self) {
        let Some((oldest, read_at)) = self.order.pop_front() else { return };
        if self.known.get(&oldest).is_some_and(|known| known.read_at == read_at) {
            self.known.remove(&oldest);
        }
    }
}

impl<K, V> Default for Part<K, V> {
    fn default() -> Self {
        Self { known: HashMap::new(), order: VecDeque::new(), removals: 0 }
    }
}

fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
