//! Time comes in through this door.

use domain::Timestamp;

/// Tells the time.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Clock: Send + Sync {
    /// The moment that is now, in whole microseconds.
    fn now(&self) -> Timestamp;
}
