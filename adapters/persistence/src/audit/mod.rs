//! The audit trail: rows are added and never changed.

pub(crate) mod list;
mod row;

use crate::store::{SqlStore, SqlWork};
use application::store::{AuditDirectory, AuditTrail, StoreError};
use async_trait::async_trait;
use domain::audit::{Event, EventCursor, EventFilter, Order};
use domain::ids::{RequestId, UserId};

const RECORD: &str = "
    INSERT INTO events (id, kind, actor, actor_id, subject, at, address, request_id, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

#[async_trait]
impl AuditTrail for SqlWork {
    async fn record(&mut self, event: &Event) -> Result<(), StoreError> {
        let record = self
            .statement(RECORD)
            .bind(event.id.as_uuid())
            .bind(event.kind.name())
            .bind(event.actor.name())
            .bind(event.actor.user_id().map(UserId::as_uuid))
            .bind(event.subject.map(UserId::as_uuid))
            .bind(event.at.as_micros())
            .bind(event.address.map(|address| address.to_string()))
            .bind(event.request_id.map(RequestId::as_uuid))
            .bind(row::written(&event.detail));
        record.execute().await.map(drop)
    }
}

#[async_trait]
impl AuditDirectory for SqlStore {
    async fn page(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        list::page(&self.engine, filter, order, after, limit).await
    }
}
