//! The audit trail: all of it for those who may read it, one's own part for everybody.

mod export;
mod model;

pub use model::EventView;

use crate::Tag;
use crate::answer::Failure;
use crate::authentication::{Caller, LOGS_READ, PROFILE_READ};
use crate::head::HeaderOnly;
use crate::paging::Paged;
use crate::query::Query;
use application::Page;
use application::audit::{AuditError, AuditService};
use domain::audit::{Event, EventCursor, EventFilter};
use domain::ids::UserId;
use export::{EventLines, Trail};
use model::{ActivityList, EventExport, EventList};
use poem::Request;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub audit: Arc<AuditService>,
}

#[OpenApi]
impl Routes {
    /// Read the audit trail
    ///
    /// The latest events first. Whoever accepts `application/x-ndjson` rather than JSON is sent
    /// what `GET /api/v1/audit-events/export` sends, in which there are no pages.
    #[oai(path = "/api/v1/audit-events", method = "get", operation_id = "listEvents", tag = "Tag::Audit")]
    async fn list(
        &self,
        #[oai(scope = "LOGS_READ")] caller: Caller,
        header_only: HeaderOnly,
        request: &Request,
        query: Query<EventList>,
    ) -> Result<Trail, Failure<0>> {
        let (filter, after, limit) = query.read(EventList::parse)?;
        if export::is_wanted(request.headers()) {
            return Ok(Trail::All(self.export_of(&caller, header_only, filter).await?));
        }
        let page = self.audit.page(&caller.0, &filter, after, limit).await?;
        Ok(Trail::Page(paged(&query, page)))
    }

    /// Export the audit trail
    ///
    /// Everything that meets the filter, as one JSON object on each line (NDJSON). Sent as it is read, so it may be as
    /// long as it likes; where it breaks off, the connection does. Whoever exports is in the trail themselves; HEAD
    /// exports nothing.
    ///
    /// Without a filter, it is the whole trail in the order of its chain, by `sequence` without a gap, so that whoever
    /// keeps it can show that nothing was changed, removed or put in between since. With one, it is what meets it, the
    /// earliest events first, and shows only that no line of it was changed.
    ///
    /// Each line is an `AuditEvent` with one more member, `proof`: `previous` and `link`, which join the event to the
    /// one before it; `detail`, the very text of its facts that was joined; and for `address` and `private`, which are
    /// sealed under the keys of those they tell of, a `digest` with either the `salt` that proves what is shown or the
    /// `commitment` to what can't be shown any more. `xtrem audit verify --export FILE` checks all of it, where the keys
    /// of the installation are.
    #[oai(
        path = "/api/v1/audit-events/export",
        method = "get",
        operation_id = "exportEvents",
        tag = "Tag::Audit"
    )]
    async fn export(
        &self,
        #[oai(scope = "LOGS_READ")] caller: Caller,
        header_only: HeaderOnly,
        query: Query<EventExport>,
    ) -> Result<EventLines, Failure<0>> {
        let filter = query.read(EventExport::parse)?;
        Ok(self.export_of(&caller, header_only, filter).await?)
    }

    /// Read what was done to an account
    ///
    /// And by its owner to it, the latest first.
    #[oai(
        path = "/api/v1/users/:id/activity",
        method = "get",
        operation_id = "userActivity",
        tag = "Tag::Accounts"
    )]
    async fn activity_of(
        &self,
        #[oai(scope = "LOGS_READ")] caller: Caller,
        id: Path<Uuid>,
        query: Query<ActivityList>,
    ) -> Result<Paged<EventView>, Failure<0>> {
        let (kind, after, limit) = query.read(ActivityList::parse)?;
        let user = UserId::from_uuid(id.0);
        let page = self.audit.activity_of(&caller.0, user, kind, after, limit).await?;
        Ok(paged(&query, page))
    }

    /// Read what happened to the own account
    ///
    /// The latest first; with `kind=personal_data_opened`, who looked at one's data. The addresses of others are
    /// left out.
    #[oai(path = "/api/v1/me/activity", method = "get", operation_id = "ownActivity", tag = "Tag::Users")]
    async fn own_activity(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
        query: Query<ActivityList>,
    ) -> Result<Paged<EventView>, Failure<0>> {
        let (kind, after, limit) = query.read(ActivityList::parse)?;
        let page = self.audit.own_activity(&caller.0, kind, after, limit).await?;
        Ok(paged(&query, page))
    }
}

impl Routes {
    async fn export_of(
        &self,
        caller: &Caller,
        header_only: HeaderOnly,
        filter: EventFilter,
    ) -> Result<EventLines, AuditError> {
        if header_only.0 {
            return Ok(EventLines::Header);
        }
        let export = self.audit.export(&caller.0, filter).await?;
        Ok(EventLines::All { audit: Arc::clone(&self.audit), export })
    }
}

fn paged<F: crate::form::Form>(query: &Query<F>, page: Page<Event, EventCursor>) -> Paged<EventView> {
    query.page(page.items.into_iter().map(EventView::from).collect(), page.next)
}

#[cfg(test)]
mod tests;
