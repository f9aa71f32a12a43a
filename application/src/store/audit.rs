//! The audit trail, and the chain of its events.

use super::StoreError;
use async_trait::async_trait;
use domain::audit::{Anchor, Entry, Event, EventCursor, EventFilter, Link, Order, Record, Sequence};
use domain::ids::EventId;

/// Writes the audit trail. There is no way to change what stands in it.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send {
    /// Adds an event, its address and its private facts sealed under the keys of those they tell of. It stands if, and only
    /// if, the unit of work does.
    async fn record(&mut self, event: &Event) -> Result<(), StoreError>;
}

/// Reads the audit trail.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditDirectory: Send + Sync {
    /// At most `limit` events that meet the filter, in that order, from the one after `after` on. By one criterion and
    /// a span of time, it costs the same however long the trail has become. What was sealed under the key of somebody who
    /// is gone is left out of them.
    async fn page(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;

    /// The same, with what proves them; events that are not in the chain yet are left out.
    async fn proven_page(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<Proven>, StoreError>;
}

/// An event and what proves that it is what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The event, as far as it can be read; `None` where what is stored is no event that this version knows, which its
    /// entry calls contradicted.
    pub event: Option<Event>,
    /// Its place in the chain and what that was made over.
    pub entry: Entry,
    /// The salt of its address, where that opens.
    pub address_salt: Option<[u8; 32]>,
    /// The salt of its private facts, where those open.
    pub private_salt: Option<[u8; 32]>,
}

/// An event that is not joined yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The event.
    pub record: Record,
    /// The [mark](Record::mark) under which it was written; what nobody with the key has written has none that fits.
    pub mark: Option<Link>,
}

/// Joins events into the chain.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ChainRepository: Send {
    /// Takes the turn of whoever joins events or removes joined ones; the next one, on whatever node, waits for the end of
    /// this unit of work. Says where the chain ends: `None` before the first event.
    async fn lock(&mut self) -> Result<Option<(Sequence, Link)>, StoreError>;

    /// At most `limit` events that are not joined yet, the earliest first.
    async fn waiting(&mut self, limit: u32) -> Result<Vec<Waiting>, StoreError>;

    /// Joins events, in this order; the last one is the end of the chain now.
    async fn join(&mut self, links: &[(EventId, Sequence, Link)]) -> Result<(), StoreError>;

    /// Removes every event up to the anchor, which takes their place with its signature. Says how many there were.
    async fn prune(&mut self, anchor: &Anchor, signature: &str) -> Result<u64, StoreError>;
}

/// Answers questions about the chain.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ChainDirectory: Send + Sync {
    /// Where the chain ends: `None` before the first event.
    async fn end(&self) -> Result<Option<(Sequence, Link)>, StoreError>;

    /// What stands in the place of a beginning that was removed, and its signature.
    async fn anchor(&self) -> Result<Option<(Anchor, String)>, StoreError>;

    /// At most `limit` events of the chain from the one after `after` on, as they are stored.
    async fn entries(&self, after: Sequence, limit: u32) -> Result<Vec<Proven>, StoreError>;

    /// Whether events wait to be joined.
    async fn is_waiting(&self) -> Result<bool, StoreError>;
}
