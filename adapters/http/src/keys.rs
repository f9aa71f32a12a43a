//! The public keys, for everybody who verifies access tokens without asking.

use crate::Tag;
use crate::answer::{JSON, content, described, line};
use crate::etag;
use application::keys::KeyService;
use poem::http::{StatusCode, header};
use poem::{IntoResponse, Request, Response};
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use poem_openapi::{ApiResponse, Object, OpenApi};
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub keys: Arc<KeyService>,
}

#[OpenApi(tag = "Tag::Tokens")]
impl Routes {
    /// Read the public keys
    ///
    /// A JWK set (RFC 7517, section 5). May be kept for five minutes; a key is published before it signs.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "jwks")]
    #[expect(clippy::unused_async, reason = "poem-openapi asks for it")]
    async fn jwks(&self, request: &Request) -> KeySet {
        let keys = self.keys.jwks();
        let tag = etag::of(keys.as_bytes());
        let is_known = etag::is_known(request.headers(), &tag);
        KeySet { tag, keys: (!is_known).then_some(keys) }
    }
}

/// The keys, or nothing where the client has them.
struct KeySet {
    tag: String,
    keys: Option<String>,
}

impl IntoResponse for KeySet {
    fn into_response(self) -> Response {
        let answer = Response::builder()
            .header(header::ETAG, self.tag)
            .header(header::CACHE_CONTROL, "public, max-age=300")
            // Public in every sense; the only answer that pages of other hosts may read.
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .header("Cross-Origin-Resource-Policy", "cross-origin");
        match self.keys {
            Some(keys) => answer.content_type(JSON).body(keys),
            None => answer.status(StatusCode::NOT_MODIFIED).finish(),
        }
    }
}

impl ApiResponse for KeySet {
    fn meta() -> MetaResponses {
        let lines = || {
            vec![
                line("ETag", "string", "Changes when the keys do."),
                line("Cache-Control", "string", "How long the keys may be kept."),
                line("Access-Control-Allow-Origin", "string", "`*`: pages of other hosts may read them."),
            ]
        };
        let fresh = MetaResponse {
            content: content::<KeySetView>(JSON),
            headers: lines(),
            ..described(StatusCode::OK, "The keys.")
        };
        let unchanged = MetaResponse {
            headers: lines(),
            ..described(StatusCode::NOT_MODIFIED, "The keys that the client has are still the ones.")
        };
        MetaResponses { responses: vec![fresh, unchanged] }
    }

    fn register(registry: &mut Registry) {
        KeySetView::register(registry);
    }
}

/// A JWK set (RFC 7517, section 5), for the document: the adapter that keeps the keys writes it.
#[derive(Debug, Object)]
#[oai(rename = "KeySet")]
struct KeySetView {
    /// The keys, the current one first.
    keys: Vec<KeyView>,
}

/// A public key (RFC 8037, section 2).
#[derive(Debug, Object)]
#[oai(rename = "Key")]
struct KeyView {
    /// `OKP`.
    kty: String,
    /// `Ed25519`.
    crv: String,
    /// The public key, in base64url.
    x: String,
    /// Names the key: its thumbprint (RFC 7638).
    kid: String,
    /// `sig`.
    r#use: String,
    /// `EdDSA`.
    alg: String,
}

#[cfg(test)]
mod tests;
