//! Attempts at secrets, slowed down: one at a time for an account, so many a minute for an address.
//!
//! Libraries for limiting rates count requests when they begin. What counts here is attempts that have failed, so
//! that a house full of people behind one address, or an application that logs all of its users in, is never
//! slowed down. None of the usual ones (governor among them) can ask first and count later, so the window stands
//! here, exact and bounded in memory. What is being tried at one moment can overshoot it by no more than the
//! hashing queue holds.
//!
//! What guards an account outlives this process in the store; what stands here is forgotten at a restart.

mod accounts;
mod addresses;
#[cfg(test)]
mod tests;

use accounts::{Accounts, Place};
use addresses::Addresses;
use application::clock::Clock;
use application::throttle::{Refusal, Throttle, Turn};
use async_trait::async_trait;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

/// Lets attempts in, one after the other.
pub struct Turnstile(Option<Counters>);

struct Counters {
    accounts: Arc<Accounts>,
    addresses: Arc<Addresses>,
}

impl Turnstile {
    /// How many attempts of one address may fail within a minute, unless the configuration says otherwise: 30.
    pub const ATTEMPTS_PER_MINUTE: NonZeroU32 = NonZeroU32::MIN.saturating_add(29);
    /// How long to stay away when too many already wait at the same account.
    pub const CROWDED: Duration = Duration::from_secs(1);

    /// A turnstile that counts, by that clock.
    ///
    /// An address is an IPv4 address or the /64 network of an IPv6 address, which is what one household is given.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, attempts_per_minute: NonZeroU32) -> Self {
        let addresses = Arc::new(Addresses::new(clock, attempts_per_minute));
        Self(Some(Counters { accounts: Arc::default(), addresses }))
    }

    /// A turnstile that stands open: everybody enters at once, nothing is counted.
    #[must_use]
    pub const fn open() -> Self {
        Self(None)
    }
}

#[async_trait]
impl Throttle for Turnstile {
    /// Beyond what the port says: when too many wait at the account, the next one is asked to come back, so that
    /// nobody can make its owner stand at the end of an endless line.
    async fn enter(&self, address: Option<IpAddr>, account: &str) -> Result<Box<dyn Turn>, Refusal> {
        let Some(Counters { accounts, addresses }) = &self.0 else {
            return Ok(Box::new(Pass));
        };
        if let Some(address) = address {
            addresses.admit(address).map_err(Refusal::Address)?;
        }
        let place = accounts.line_up(account).ok_or(Refusal::Account(Self::CROWDED))?.wait().await;
        Ok(Box::new(Entered { addresses: Arc::clone(addresses), address, _place: place }))
    }
}

/// What an attempt holds: its place at the account, and the address it would count against.
struct Entered {
    addresses: Arc<Addresses>,
    address: Option<IpAddr>,
    _place: Place,
}

impl Turn for Entered {
    fn failed(self: Box<Self>) {
        if let Some(address) = self.address {
            self.addresses.count(address);
        }
    }
}

/// What is given to those who pass an open turnstile.
struct Pass;

impl Turn for Pass {
    fn failed(self: Box<Self>) {}
}
