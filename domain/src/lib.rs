//! What accounts, sessions and access *are*, as values and decisions.
//!
//! Nothing here waits, reads, writes, tells the time or draws a number: a rule takes what it needs as an
//! argument and answers with a value. That is what lets every rule be tested without a database, and what
//! lets the same rule stand behind the API, the pages and the command line.
//!
//! A room carries the same name in every layer: who looks for `sessions` finds the rule here, the use case in
//! `application/src/sessions`, the statements in `adapters/persistence/src/sessions.rs`.

pub mod access;
pub mod audit;
pub mod ids;
pub mod keys;
pub mod notices;
pub mod sessions;
mod timestamp;
pub mod users;
pub mod vault;
pub mod violation;

pub use timestamp::Timestamp;
