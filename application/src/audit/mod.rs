//! The audit trail, as people read it: administrators all of it, everybody what concerns them.

mod line;

pub use line::{facts, line};

use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::{AuditDirectory, Store, StoreError, UserDirectory};
use crate::{Ids, Limit, Page};
use domain::access::Scope;
use domain::audit::{ActorRef, Event, EventCursor, EventFilter, EventKind, Order};
use domain::ids::UserId;
use std::sync::Arc;

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

/// What is asked of the audit trail.
pub struct AuditService {
    store: Arc<dyn Store>,
    events: Arc<dyn AuditDirectory>,
    users: Arc<dyn UserDirectory>,
    ids: Ids,
}

/// Leave to export the trail, and what it was given for.
#[derive(Clone, Copy, Debug)]
pub struct Export {
    filter: EventFilter,
}

type Events = Page<Event, EventCursor>;

impl AuditService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        events: Arc<dyn AuditDirectory>,
        users: Arc<dyn UserDirectory>,
        ids: Ids,
    ) -> Self {
        Self { store, events, users, ids }
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
        Ok(page.map(|event| match event.actor {
            ActorRef::User(other) if other != own => Event { address: None, request_id: None, ..event },
            _ => event,
        }))
    }

    /// Gives leave to export the events that meet the filter, and writes down that it was given.
    pub async fn export(&self, actor: &Actor, filter: EventFilter) -> Result<Export, AuditError> {
        actor.require(Scope::LogsRead)?;
        let now = self.ids.now();
        let mut event = actor.event(&self.ids, now, EventKind::AuditExported, None);
        event.detail = filter_detail(&filter);
        let mut work = self.store.begin().await?;
        work.audit().record(&event).await?;
        work.commit().await?;
        // What happens from now on is not part of it, so that it comes to an end.
        let until = filter.until.map_or(now, |until| until.min(now));
        Ok(Export { filter: EventFilter { until: Some(until), ..filter } })
    }

    /// The next piece of an export, the earliest events first.
    pub async fn export_page(
        &self,
        export: &Export,
        after: Option<EventCursor>,
    ) -> Result<Events, AuditError> {
        let limit = Limit::new(Limit::MAXIMUM).unwrap_or_default();
        self.read(&export.filter, Order::OldestFirst, after, limit).await
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

/// What an export was asked for.
fn filter_detail(filter: &EventFilter) -> Vec<(std::borrow::Cow<'static, str>, String)> {
    let named = [
        ("actor", filter.actor.map(|id| id.to_string())),
        ("subject", filter.subject.map(|id| id.to_string())),
        ("kind", filter.kind.map(|kind| kind.name().to_owned())),
        ("address", filter.address.map(|address| address.to_string())),
        ("from", filter.from.map(|at| at.as_micros().to_string())),
        ("until", filter.until.map(|at| at.as_micros().to_string())),
    ];
    named.into_iter().filter_map(|(name, value)| Some((name.into(), value?))).collect()
}

#[cfg(test)]
mod tests;
