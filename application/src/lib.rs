//! What people can do with Xtrem, and the ports it needs to do it.
//!
//! A use case is one file named after what a person would say, holding one `impl` block of its room's service.
//! Its order never varies: may they, expensive work, read, decide, write, audit, commit, answer. Everything it
//! needs from outside (time, chance, stores, hashing) stands in this crate as a small trait; the adapters
//! implement them and never know each other.

pub mod access;
pub mod actor;
pub mod admin;
mod again;
pub mod audit;
pub mod backup;
pub mod clock;
pub mod disk;
pub mod document;
pub mod entropy;
pub mod fault;
pub mod hashing;
pub mod health;
mod ids;
pub mod instruments;
pub mod keys;
pub mod ledger;
mod page;
pub mod sealing;
pub mod sessions;
pub mod store;
mod strict;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod throttle;
pub mod tokens;
pub mod users;
pub mod vault;

pub use ids::Ids;
pub use page::{Limit, Page};
