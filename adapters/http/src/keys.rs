//! The public keys, for everybody who verifies access tokens or signed documents without asking.

pub mod rotation;

use crate::Tag;
use crate::published::Published;
use application::keys::KeyService;
use application::sealing::Documents;
use poem::Request;
use poem_openapi::{Object, OpenApi};
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub keys: Arc<KeyService>,
    /// Knows the key of signed documents.
    pub documents: Arc<dyn Documents>,
}

#[OpenApi]
#[expect(clippy::unused_async, reason = "poem-openapi asks for it")]
impl Routes {
    /// Read the public keys
    ///
    /// A JWK set (RFC 7517, section 5). May be kept for five minutes; a key is published before it signs.
    #[oai(path = "/.well-known/jwks.json", method = "get", operation_id = "jwks", tag = "Tag::Tokens")]
    async fn jwks(&self, request: &Request) -> Published<KeySetView> {
        Published::new(self.keys.jwks(), request.headers())
    }

    /// Read the public key of signed documents
    ///
    /// A JWK set (RFC 7517, section 5) with the one key that this installation signs with what has to be believed long
    /// after: exports of personal data, receipts of erasures, ends of the audit trail. It signs no tokens and stays the
    /// same, so that an old document can still be verified. May be kept for five minutes.
    #[oai(
        path = "/.well-known/document-keys.json",
        method = "get",
        operation_id = "documentKeys",
        tag = "Tag::Installation"
    )]
    async fn document_keys(&self, request: &Request) -> Published<KeySetView> {
        Published::new(self.documents.jwks(), request.headers())
    }
}

/// A JWK set (RFC 7517, section 5), for the document: the adapter that keeps the keys writes it.
#[derive(Debug, Object)]
#[oai(rename = "KeySet")]
struct KeySetView {
    /// The keys, the current one first.
    keys: Vec<KeyView>,
}

/// A public key (RFC 7517, section 4). Which members hold it depends on its type.
#[derive(Debug, Object)]
#[oai(rename = "Key")]
struct KeyView {
    /// `OKP` (RFC 8037, section 2), `EC` or `RSA` (RFC 7518, section 6).
    kty: String,
    /// Of `OKP` and `EC`: the curve, `Ed25519` or `P-256`.
    crv: Option<String>,
    /// Of `OKP` and `EC`: the key or its first coordinate, in base64url.
    x: Option<String>,
    /// Of `EC`: its second coordinate.
    y: Option<String>,
    /// Of `RSA`: the modulus.
    n: Option<String>,
    /// Of `RSA`: the exponent.
    e: Option<String>,
    /// Names the key: its thumbprint (RFC 7638).
    kid: String,
    /// `sig`.
    r#use: String,
    /// `EdDSA`, `ES256` or `RS256`.
    alg: String,
}

#[cfg(test)]
mod tests;
