//! Sessions: logging in and out by JSON.

mod model;

pub use model::TokenResponse;

use crate::Tag;
use crate::answer::{CONFLICT, Created, Done, FORBIDDEN, Failure, TOO_MANY, UNAUTHENTICATED};
use crate::authentication::{Caller, Visitor};
use crate::body::Body;
use application::sessions::SessionService;
use model::LogInRequest;
use poem_openapi::OpenApi;
use std::sync::Arc;

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
}

#[cfg(test)]
mod tests;
