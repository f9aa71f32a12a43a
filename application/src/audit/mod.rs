//! The audit trail, as people read it: administrators all of it, everybody what concerns them.

mod announce;
mod chain;
mod export;
mod line;
mod read_line;
mod verify;

pub use announce::announce;
pub(crate) use announce::mention;
pub use chain::ChainError;
pub use export::Export;
pub use line::{facts, line, written};
pub(crate) use line::{hexadecimal, members, moment};
pub use verify::{Report, VerifyError};

use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::ledger::Ledger;
use crate::sealing::{Documents, Sealing};
use crate::store::{AuditDirectory, ChainDirectory, Store, StoreError, UserDirectory};
use crate::{Ids, Limit, Page};
use domain::access::Scope;
use domain::audit::{Event, EventCursor, EventFilter, EventKind, Link, Order, Sequence};
use domain::ids::UserId;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Why events were not shown.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such user.
    #[error("no such user")]
    Missing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for AuditError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
            Self::Store(error) => error.fault(),
        }
    }
}

/// What is done with the audit trail, and asked of it.
pub struct AuditService {
    store: Arc<dyn Store>,
    events: Arc<dyn AuditDirectory>,
    chain: Arc<dyn ChainDirectory>,
    users: Arc<dyn UserDirectory>,
    sealing: Arc<dyn Sealing>,
    documents: Arc<dyn Documents>,
    ledger: Arc<dyn Ledger>,
    ids: Ids,
    retention: Option<Duration>,
    /// The last head that this process has published.
    published: Mutex<Sequence>,
    /// Where this process has last seen the chain end.
    seen: Mutex<(Sequence, Link)>,
}

/// The ports that the audit trail needs.
pub struct AuditPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// Events.
    pub events: Arc<dyn AuditDirectory>,
    /// The chain of them.
    pub chain: Arc<dyn ChainDirectory>,
    /// Accounts.
    pub users: Arc<dyn UserDirectory>,
    /// Links the chain.
    pub sealing: Arc<dyn Sealing>,
    /// Signs its heads.
    pub documents: Arc<dyn Documents>,
    /// Keeps them outside of the database.
    pub ledger: Arc<dyn Ledger>,
    /// Names things.
    pub ids: Ids,
}

type Events = Page<Event, EventCursor>;

impl AuditService {
    /// Joins the ports it works through. Events older than `retention` are removed; without it, never.
    #[must_use]
    pub fn new(ports: AuditPorts, retention: Option<Duration>) -> Self {
        let AuditPorts { store, events, chain, users, sealing, documents, ledger, ids } = ports;
        let (published, seen) = (Mutex::new(Sequence::NONE), Mutex::new((Sequence::NONE, Link::NONE)));
        Self { store, events, chain, users, sealing, documents, ledger, ids, retention, published, seen }
    }

    /// The events that meet the filter, the latest first.
    pub async fn page(
        &self,
        actor: &Actor,
        filter: &EventFilter,
        after: Option<EventCursor>,
        limit: Limit,
    ) -> Result<Events, AuditError> {
        actor.require(Scope::LogsRead)?;
        self.read(filter, Order::NewestFirst, after, limit).await
    }

    /// What was done to a user, and by them to themselves, the latest first.
    pub async fn activity_of(
        &self,
        actor: &Actor,
        user: UserId,
        kind: Option<EventKind>,
        after: Option<EventCursor>,
        limit: Limit,
    ) -> Result<Events, AuditError> {
        actor.require(Scope::LogsRead)?;
        self.users.account_of(user).await?.ok_or(AuditError::Missing)?;
        let filter = EventFilter { subject: Some(user), kind, ..EventFilter::default() };
        self.read(&filter, Order::NewestFirst, after, limit).await
    }

    /// What happened to the actor's own account, the latest first; of one kind only where one is given, such as who
    /// looked at their data.
    ///
    /// What others did, they see without the others' addresses.
    pub async fn own_activity(
        &self,
        actor: &Actor,
        kind: Option<EventKind>,
        after: Option<EventCursor>,
        limit: Limit,
    ) -> Result<Events, AuditError> {
        let own = actor.member_with(Scope::ProfileRead)?.user_id;
        let filter = EventFilter { subject: Some(own), kind, ..EventFilter::default() };
        let page = self.read(&filter, Order::NewestFirst, after, limit).await?;
        Ok(page.map(|event| event.seen_by(own)))
    }

    async fn read(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: Limit,
    ) -> Result<Events, AuditError> {
        let found = self.events.page(filter, order, after, limit.and_one()).await?;
        Ok(Page::cut(found, limit, |event| EventCursor { at: event.at, id: event.id }))
    }
}

#[cfg(test)]
mod tests;
