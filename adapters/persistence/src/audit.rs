//! The audit trail: rows are added and never changed.

use crate::store::SqlWork;
use application::store::{AuditTrail, StoreError};
use async_trait::async_trait;
use domain::audit::Event;
use domain::ids::{RequestId, UserId};
use serde_json::{Map, Value};

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
            .bind(detail(event));
        record.execute().await.map(drop)
    }
}

fn detail(event: &Event) -> String {
    let facts = event.detail.iter().map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())));
    Value::Object(facts.collect::<Map<_, _>>()).to_string()
}
