//! The sessions of others, in the hands of those who may end them.

use super::model::{SessionList, SessionView};
use super::paged;
use crate::Tag;
use crate::answer::{CONFLICT, Done, FORBIDDEN, Failure};
use crate::authentication::{Caller, USER_WRITE};
use crate::paging::Paged;
use crate::query::Query;
use application::sessions::SessionService;
use domain::ids::{SessionId, UserId};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub sessions: Arc<SessionService>,
}

#[OpenApi(tag = "Tag::Accounts")]
impl Routes {
    /// List where somebody is logged in
    ///
    /// The latest log-in first.
    #[oai(path = "/api/v1/users/:id/sessions", method = "get", operation_id = "listUserSessions")]
    async fn of(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
        query: Query<SessionList>,
    ) -> Result<Paged<SessionView>, Failure<FORBIDDEN>> {
        let (after, limit) = query.read(SessionList::parse)?;
        let page = self.sessions.of(&caller.0, UserId::from_uuid(id.0), after, limit).await?;
        Ok(paged(&query, page, &caller.0))
    }

    /// Log somebody out everywhere
    #[oai(path = "/api/v1/users/:id/sessions", method = "delete", operation_id = "endUserSessions")]
    async fn end_all(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Done, Failure<{ FORBIDDEN | CONFLICT }>> {
        self.sessions.end_all_of(&caller.0, UserId::from_uuid(id.0)).await?;
        Ok(Done)
    }

    /// Log somebody out on one device
    #[oai(
        path = "/api/v1/users/:id/sessions/:session_id",
        method = "delete",
        operation_id = "endUserSession"
    )]
    async fn end(
        &self,
        #[oai(scope = "USER_WRITE")] caller: Caller,
        id: Path<Uuid>,
        session_id: Path<Uuid>,
    ) -> Result<Done, Failure<{ FORBIDDEN | CONFLICT }>> {
        let (user, session) = (UserId::from_uuid(id.0), SessionId::from_uuid(session_id.0));
        self.sessions.end_of(&caller.0, user, session).await?;
        Ok(Done)
    }
}
