use domain::audit::{Event, EventKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What happened, in the order in which it happened. Clones write into the same journal.
///
/// The doubles of this module write: `enter`, `failed` and `leave` (the turn of an attempt), `hash` and
/// `verify` (the hasher), `begin` and `commit`, and the name of each repository that a unit of work was asked
/// for, as in `users`.
#[derive(Clone, Debug, Default)]
pub struct Journal(Arc<Mutex<Vec<&'static str>>>);

impl Journal {
    /// Writes one step down; for the expectations of a test that cares about more than the doubles note.
    pub fn note(&self, step: &'static str) {
        held(&self.0).push(step);
    }

    /// All steps so far.
    #[must_use]
    pub fn steps(&self) -> Vec<&'static str> {
        held(&self.0).clone()
    }
}

/// Tells whether a unit of work was committed, after it has gone out of the test's hands.
#[derive(Clone, Debug, Default)]
pub struct Committed(Arc<AtomicBool>);

impl Committed {
    pub(super) fn note(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was.
    #[must_use]
    pub fn happened(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// The events that were put into a unit of work. They stand only if it was committed.
#[derive(Clone, Debug, Default)]
pub struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    pub(super) fn push(&self, event: Event) {
        held(&self.0).push(event);
    }

    /// All of them, in order.
    #[must_use]
    pub fn all(&self) -> Vec<Event> {
        held(&self.0).clone()
    }

    /// Their kinds, in order.
    #[must_use]
    pub fn kinds(&self) -> Vec<EventKind> {
        held(&self.0).iter().map(|event| event.kind).collect()
    }
}

/// Takes a lock whatever became of its last holder: a test that has failed has failed already.
pub(super) fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
