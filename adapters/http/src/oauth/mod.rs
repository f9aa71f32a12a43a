//! Tokens for applications that speak OAuth2: getting them (RFC 6749, section 3.2), giving them back (RFC 7009),
//! asking what they are worth (RFC 7662), and where all of that is found (RFC 8414).
//!
//! There is one client so far: the built-in one, which is public and belongs to the house. It may use the password
//! grant, which is what the Authorize button of the API page does; no other client ever will.

mod client;
mod error;
mod introspect;
pub mod metadata;
mod parameters;

pub use error::OAuthError;

use crate::Tag;
use crate::answer::{Json, described};
use crate::authentication::{ADMIN_READ, Caller, Visitor};
use crate::query::PublicUrl;
use crate::sessions::TokenResponse;
use application::actor::Actor;
use application::sessions::{Grant, SessionService};
use domain::access::Scopes;
use domain::sessions::{LogIn, LogInDraft};
use introspect::IntrospectionView;
use parameters::{IntrospectionRequest, Parameters, RevocationRequest, TokenRequest};
use poem::http::{StatusCode, header};
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{MetaResponses, Registry};
use poem_openapi::{ApiResponse, OpenApi};
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub sessions: Arc<SessionService>,
    /// The issuer.
    pub public_url: PublicUrl,
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
        form: Parameters<TokenRequest>,
    ) -> Result<Unkept<Json<TokenResponse>>, OAuthError> {
        client::check(request.headers(), &form)?;
        let grant = match form.get("grant_type") {
            Some("password") => self.log_in(&visitor.0, &form).await?,
            Some("refresh_token") => self.refresh(&visitor.0, &form).await?,
            Some(_) => return Err(OAuthError::unsupported_grant_type()),
            None => return Err(OAuthError::missing("grant_type")),
        };
        Ok(Unkept(Json(grant.into())))
    }

    /// Give a token back
    ///
    /// Takes an access or a refresh token out of use (RFC 7009), and with it its session and all its other tokens. To
    /// a token that does not work, or no longer, the answer is the same: it is out of use.
    #[oai(path = "/oauth2/revoke", method = "post", operation_id = "revokeToken")]
    async fn revoke(
        &self,
        visitor: Visitor,
        request: &Request,
        form: Parameters<RevocationRequest>,
    ) -> Result<Unkept<Revoked>, OAuthError> {
        client::check(request.headers(), &form)?;
        self.sessions.revoke(&visitor.0, form.required("token")?).await?;
        Ok(Unkept(Revoked))
    }

    /// Ask what a token is worth
    ///
    /// At this moment (RFC 7662): a session that was ended, another role, a suspension show at once. Of a token that
    /// does not work nothing is said but that.
    #[oai(path = "/oauth2/introspect", method = "post", operation_id = "introspectToken")]
    async fn introspect(
        &self,
        #[oai(scope = "ADMIN_READ")] caller: Caller,
        form: Parameters<IntrospectionRequest>,
    ) -> Result<Unkept<Json<IntrospectionView>>, OAuthError> {
        let token = self.sessions.introspect(&caller.0, form.required("token")?).await?;
        Ok(Unkept(Json(IntrospectionView::new(token.as_ref(), &self.public_url.0))))
    }
}

impl Routes {
    async fn log_in(&self, actor: &Actor, form: &Parameters<TokenRequest>) -> Result<Grant, OAuthError> {
        let draft =
            LogInDraft { login: form.get("username"), password: form.get("password"), device_name: None };
        let log_in = LogIn::parse(draft).map_err(|broken| OAuthError::invalid(&broken))?;
        Ok(self.sessions.log_in(actor, log_in, scopes(form)?).await?)
    }

    async fn refresh(&self, actor: &Actor, form: &Parameters<TokenRequest>) -> Result<Grant, OAuthError> {
        let token = form.required("refresh_token")?;
        Ok(self.sessions.refresh(actor, token, scopes(form)?).await?)
    }
}

/// The scopes that are asked for; all that there are to have when none is named. A blank value names none
/// (RFC 6749, sections 3.1 and 3.3).
fn scopes(form: &Parameters<TokenRequest>) -> Result<Option<Scopes>, OAuthError> {
    let named = form.get("scope").filter(|text| !text.trim_matches(' ').is_empty());
    named.map(|text| Scopes::parse(text).ok_or_else(OAuthError::invalid_scope)).transpose()
}

/// An answer that nobody on the way may keep, as RFC 6749, section 5.1, asks for.
struct Unkept<T>(T);

impl<T: IntoResponse> IntoResponse for Unkept<T> {
    fn into_response(self) -> Response {
        let answer = self.0.with_header(header::CACHE_CONTROL, "no-store");
        answer.with_header(header::PRAGMA, "no-cache").into_response()
    }
}

impl<T: ApiResponse> ApiResponse for Unkept<T> {
    fn meta() -> MetaResponses {
        T::meta()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 200 with nothing.
struct Revoked;

impl IntoResponse for Revoked {
    fn into_response(self) -> Response {
        StatusCode::OK.into_response()
    }
}

impl ApiResponse for Revoked {
    fn meta() -> MetaResponses {
        MetaResponses { responses: vec![described(StatusCode::OK, "The token is out of use.")] }
    }

    fn register(_: &mut Registry) {}
}

#[cfg(test)]
mod tests;
