//! Attempts at secrets are slowed down behind this door.
//!
//! What guards an account is counted in the store, so that it outlives a restart and is shared by replicas. What
//! stands here is what only one process can know: how often an address has tried, and who is trying just now.

use async_trait::async_trait;
use std::net::IpAddr;
use std::time::Duration;

/// What an attempt holds while it is being made; dropping it lets the next one in.
///
/// Held until the outcome is written down, so that the next attempt is judged by it.
pub trait Turn: Send + Sync {
    /// Says that the attempt failed, so that it counts against its address. What was broken off, or answered by
    /// nobody, does not.
    fn failed(self: Box<Self>);
}

/// What keeps an attempt from beginning, and how long to stay away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Its address has used up its attempts.
    Address(Duration),
    /// So many wait at the account already, from wherever they come, that another one would not be served in time.
    Account(Duration),
}

/// Slows down who tries too often.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Throttle: Send + Sync {
    /// Lets one attempt at the account of that key begin, after the one that is being made at the same account.
    ///
    /// Attempts at one account are made one after the other, so that none of them can be judged by a count that
    /// another is about to change.
    async fn enter(&self, address: Option<IpAddr>, account: &str) -> Result<Box<dyn Turn>, Refusal>;
}
