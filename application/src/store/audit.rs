//! The audit trail.

use super::StoreError;
use async_trait::async_trait;
use domain::audit::{Event, EventCursor, EventFilter, Order};

/// Writes the audit trail. There is no way to change or remove what stands in it.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send {
    /// Adds an event. It stands if, and only if, the unit of work does.
    async fn record(&mut self, event: &Event) -> Result<(), StoreError>;
}

/// Reads the audit trail.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditDirectory: Send + Sync {
    /// At most `limit` events that meet the filter, in that order, from the one after `after` on. By one criterion and
    /// a span of time, it costs the same however long the trail has become.
    async fn page(
        &self,
        filter: &EventFilter,
        order: Order,
        after: Option<EventCursor>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;
}
