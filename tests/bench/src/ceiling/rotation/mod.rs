//! Refresh tokens that rotate durably, the plain way: poem, sqlx, a transaction and a commit for each request.
//!
//! It answers the form of the service (RFC 6749, section 6) in the shape of the service, so that one scenario of a driver
//! loads both. Like any such service it keeps a digest of each token, spends it once, and signs an access token (HS256,
//! the cheapest signature there is). Of what the service does beside that it does nothing.

mod store;
#[cfg(test)]
mod tests;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{EncodingKey, Header, get_current_timestamp};
use poem::error::InternalServerError;
use poem::http::StatusCode;
use poem::web::{Data, Form, Json};
use poem::{EndpointExt, Result, Route, handler, post};
use serde::{Deserialize, Serialize};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use store::{Digest, Store};

const ACCESS_SECONDS: u64 = 15 * 60;
const SECRET: &[u8; 32] = &[7; 32];

/// The token that a family begins with: its number with zeros before it, as long as the tokens that follow.
#[must_use]
pub fn first_token(family: u32) -> String {
    format!("{family:043}")
}

/// The service and its state.
pub struct Rotation {
    store: Store,
    key: EncodingKey,
    header: Header,
}

/// What a token is exchanged for, as the service answers (RFC 6749, section 5.1).
#[derive(Debug, Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
    refresh_token: String,
    scope: &'static str,
    session_id: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: String,
    sid: String,
    iat: u64,
    exp: u64,
    scope: String,
}

#[derive(Deserialize)]
struct TokenRequest {
    grant_type: String,
    refresh_token: String,
}

impl Rotation {
    /// Makes the database and its families.
    pub async fn create(database: &Path, families: u32) -> Result<Self, Box<dyn Error>> {
        let store = Store::create(database, families).await?;
        Ok(Self { store, key: EncodingKey::from_secret(SECRET), header: Header::default() })
    }

    /// Exchanges a token; `None` where it was never issued, is spent or over.
    async fn rotate(&self, token: &str) -> Result<Option<Tokens>> {
        let mut fresh = [0; 32];
        rand::fill(&mut fresh).map_err(InternalServerError)?;
        let refresh_token = URL_SAFE_NO_PAD.encode(fresh);
        let now = get_current_timestamp();
        let rotated = self.store.rotate(&Digest::of(token), &Digest::of(&refresh_token), now).await;
        let Some((sub, sid)) = rotated.map_err(InternalServerError)? else { return Ok(None) };
        let scope = "profile:read profile:write";
        let claims = Claims {
            sub: sub.to_string(),
            sid: sid.to_string(),
            iat: now,
            exp: now + ACCESS_SECONDS,
            scope: scope.to_owned(),
        };
        let access_token =
            jsonwebtoken::encode(&self.header, &claims, &self.key).map_err(InternalServerError)?;
        Ok(Some(Tokens {
            access_token,
            token_type: "Bearer",
            expires_in: ACCESS_SECONDS,
            refresh_token,
            scope,
            session_id: claims.sid,
        }))
    }
}

/// The route at `POST /oauth2/token`.
#[must_use]
pub fn routes(rotation: Rotation) -> Route {
    Route::new().at("/oauth2/token", post(exchange.data(Arc::new(rotation))))
}

#[handler]
async fn exchange(
    Data(rotation): Data<&Arc<Rotation>>,
    Form(TokenRequest { grant_type, refresh_token }): Form<TokenRequest>,
) -> Result<Json<Tokens>> {
    if grant_type != "refresh_token" {
        return Err(StatusCode::BAD_REQUEST.into());
    }
    let tokens = rotation.rotate(&refresh_token).await?;
    tokens.map(Json).ok_or_else(|| StatusCode::BAD_REQUEST.into())
}
