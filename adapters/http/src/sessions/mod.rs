//! Sessions: logging in and out by JSON, and where somebody is logged in.

mod model;
pub mod others;

pub use model::TokenResponse;

use crate::Tag;
use crate::answer::{CONFLICT, Created, Done, FORBIDDEN, Failure, TOO_MANY, UNAUTHENTICATED};
use crate::authentication::{Caller, PROFILE_READ, PROFILE_WRITE, Visitor};
use crate::body::Body;
use crate::paging::Paged;
use crate::query::Query;
use application::Page;
use application::actor::Actor;
use application::sessions::SessionService;
use domain::ids::SessionId;
use domain::sessions::BegunSession;
use model::{LogInRequest, SessionList, SessionView};
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub sessions: Arc<SessionService>,
}

#[OpenApi(tag = "Tag::Sessions")]
impl Routes {
    /// Log in
    ///
    /// Opens a session and gives the tokens that carry it, with all scopes that the account's role gives.
    #[oai(path = "/api/v1/sessions", method = "post", operation_id = "logIn")]
    async fn log_in(
        &self,
        visitor: Visitor,
        body: Body<LogInRequest>,
    ) -> Result<Created<TokenResponse>, Failure<{ UNAUTHENTICATED | FORBIDDEN | CONFLICT | TOO_MANY }>> {
        let form = body.read(LogInRequest::parse)?;
        let grant = self.sessions.log_in(&visitor.0, form, None).await?;
        Ok(Created { location: format!("/api/v1/me/sessions/{}", grant.session_id), value: grant.into() })
    }

    /// Log out
    ///
    /// Ends the session of the token that this is asked with. Its access and refresh tokens stop working at once.
    #[oai(path = "/api/v1/sessions/current", method = "delete", operation_id = "logOut")]
    async fn log_out(&self, caller: Caller) -> Result<Done, Failure<CONFLICT>> {
        self.sessions.log_out(&caller.0).await?;
        Ok(Done)
    }

    /// List where you are logged in
    ///
    /// The latest log-in first.
    #[oai(path = "/api/v1/me/sessions", method = "get", operation_id = "listSessions")]
    async fn own(
        &self,
        #[oai(scope = "PROFILE_READ")] caller: Caller,
        query: Query<SessionList>,
    ) -> Result<Paged<SessionView>, Failure<0>> {
        let (after, limit) = query.read(SessionList::parse)?;
        let page = self.sessions.own(&caller.0, after, limit).await?;
        Ok(paged(&query, page, &caller.0))
    }

    /// Log out everywhere else
    ///
    /// Ends every session but the one that this is asked by.
    #[oai(path = "/api/v1/me/sessions", method = "delete", operation_id = "endOtherSessions")]
    async fn end_others(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
    ) -> Result<Done, Failure<CONFLICT>> {
        self.sessions.end_others(&caller.0).await?;
        Ok(Done)
    }

    /// Log out on one device
    #[oai(path = "/api/v1/me/sessions/:id", method = "delete", operation_id = "endSession")]
    async fn end_own(
        &self,
        #[oai(scope = "PROFILE_WRITE")] caller: Caller,
        id: Path<Uuid>,
    ) -> Result<Done, Failure<CONFLICT>> {
        self.sessions.end_own(&caller.0, SessionId::from_uuid(id.0)).await?;
        Ok(Done)
    }
}

/// A page of sessions, as that actor sees them.
fn paged(
    query: &Query<SessionList>,
    page: Page<BegunSession, SessionId>,
    actor: &Actor,
) -> Paged<SessionView> {
    let sessions = page.items.into_iter().map(|begun| SessionView::new(begun, actor));
    query.page(sessions.collect(), page.next)
}

#[cfg(test)]
mod tests;
