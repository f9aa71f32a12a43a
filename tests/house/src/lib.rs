//! The rules of the house, as functions that can fail.
//!
//! A rule that stands only in prose is broken by the third change. Here each rule is a predicate over text that
//! answers with its findings, one line each: the unit tests beside it show it a bad sample and expect a finding,
//! so that none can fall silent; `tests/house.rs` shows it the real tree and expects none.
//!
//! What Cargo, rustc and clippy can say by themselves (lints, disallowed methods) is left to them. The rest is
//! about who may know whom, what a file may hold and where a thing may stand.

pub mod dependencies;
pub mod documents;
pub mod files;
pub mod production;
pub mod source;
pub mod tree;
