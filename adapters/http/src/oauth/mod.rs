//! The token endpoint (RFC 6749, section 3.2), for applications that speak OAuth2.
//!
//! There is one client so far: the built-in one, which is public and belongs to the house. It may use the password
//! grant, which is what the Authorize button of the API page does; no other client ever will.

mod client;
mod error;
mod parameters;

pub use error::OAuthError;

use crate::Tag;
use crate::answer::Json;
use crate::authentication::Visitor;
use crate::sessions::TokenResponse;
use application::actor::Actor;
use application::sessions::{Grant, SessionService};
use domain::access::Scopes;
use domain::sessions::{LogIn, LogInDraft};
use parameters::Parameters;
use poem::http::header;
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub sessions: Arc<SessionService>,
}

#[OpenApi(tag = "Tag::Tokens")]
impl Routes {
    /// Get tokens
    ///
    /// With `grant_type=password`, `username` and `password`, or with `grant_type=refresh_token` and
    /// `refresh_token`, which works once. `client_id` may be left out.
    #[oai(path = "/oauth2/token", method = "post", operation_id = "token")]
    async fn token(
        &self,
        visitor: Visitor,
        request: &Request,
        form: Parameters,
    ) -> Result<Tokens, OAuthError> {
        client::check(request.headers(), &form)?;
        let grant = match form.get("grant_type") {
            Some("password") => self.log_in(&visitor.0, &form).await?,
            Some("refresh_token") => self.refresh(&visitor.0, &form).await?,
            Some(_) => return Err(OAuthError::unsupported_grant_type()),
            None => return Err(OAuthError::missing("grant_type")),
        };
        Ok(Tokens(grant))
    }
}

impl Routes {
    async fn log_in(&self, actor: &Actor, form: &Parameters) -> Result<Grant, OAuthError> {
        let draft =
            LogInDraft { login: form.get("username"), password: form.get("password"), device_name: None };
        let log_in = LogIn::parse(draft).map_err(|broken| OAuthError::invalid(&broken))?;
        Ok(self.sessions.log_in(actor, log_in, scopes(form)?).await?)
    }

    async fn refresh(&self, actor: &Actor, form: &Parameters) -> Result<Grant, OAuthError> {
        let token = form.get("refresh_token").ok_or_else(|| OAuthError::missing("refresh_token"))?;
        Ok(self.sessions.refresh(actor, token, scopes(form)?).await?)
    }
}

/// The scopes that are asked for; all that there are to have when none is named. A blank value names none
/// (RFC 6749, sections 3.1 and 3.3).
fn scopes(form: &Parameters) -> Result<Option<Scopes>, OAuthError> {
    let named = form.get("scope").filter(|text| !text.trim_matches(' ').is_empty());
    named.map(|text| Scopes::parse(text).ok_or_else(OAuthError::invalid_scope)).transpose()
}

/// 200 with tokens, which nobody on the way may keep (RFC 6749, section 5.1).
struct Tokens(Grant);

impl IntoResponse for Tokens {
    fn into_response(self) -> Response {
        let response = Json(TokenResponse::from(self.0)).into_response();
        response
            .with_header(header::CACHE_CONTROL, "no-store")
            .with_header(header::PRAGMA, "no-cache")
            .into_response()
    }
}

impl ApiResponse for Tokens {
    fn meta() -> MetaResponses {
        Json::<TokenResponse>::meta()
    }

    fn register(registry: &mut Registry) {
        Json::<TokenResponse>::register(registry);
    }
}

#[cfg(test)]
mod tests;
