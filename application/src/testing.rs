//! What a test needs in place of the outside world. Compiled for tests only, also for those of the adapters.
//!
//! The ports are mocked by mockall: a call that was not foreseen fails the test, and so does a foreseen one
//! that never came. A few things are written by hand, chiefly three: [`StagedWork`] is a unit of work that
//! knows whether it was committed; the [`Journal`] keeps the order of what happened; [`Stage`] joins all mocks
//! into the services, so that a test says what is special about it and nothing else:
//!
//! ```text
//! let mut stage = Stage::new().unwrap();
//! stage.hasher.expect_hash().return_once(|_| Ok(samples::hash()));
//! let mut work = stage.work();
//! work.users.expect_insert().return_once(|_, _, _| Ok(Saved::UsernameTaken));
//! let committed = work.committed();
//! stage.begins([work]);
//! let house = stage.open();
//! assert!(house.users.sign_up(&actor, form).await.is_err());
//! assert!(!committed.happened());
//! assert_eq!(house.journal.steps(), ["hash", "begin", "users"]);
//! ```

#[cfg(test)]
pub(crate) mod alarms;
#[cfg(test)]
pub(crate) mod cast;
mod doubles;
mod journal;
pub mod samples;
mod stage;
mod staged_work;
mod tally;

pub use doubles::{CountedEntropy, FixedClock, RecordingThrottle};
pub use journal::{Committed, Events, Journal};
pub use stage::{House, Stage};
#[cfg(test)]
pub(crate) use staged_work::exchange_in;
pub use staged_work::{StagedWork, staged_store};
pub use tally::Tally;

#[cfg(test)]
mod tests;
