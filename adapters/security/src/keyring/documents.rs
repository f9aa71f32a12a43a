use crate::access_tokens::jwk;
use crate::derivation::Key32;
use application::sealing::DocumentKind;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::keys::Algorithm;
use serde_json::json;

/// Signs documents by Ed25519 (RFC 8032).
pub(super) struct Signer {
    pair: Ed25519KeyPair,
    kid: String,
    jwks: String,
}

impl Signer {
    /// The pair whose private half is that key (RFC 8032, section 5.1.5: any 32 bytes are one).
    pub(super) fn new(seed: &Key32) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_bytes()).ok()?;
        let public_key = pair.public_key().as_ref();
        let kid = jwk::thumbprint(Algorithm::EdDsa, public_key)?;
        let jwks = jwk::set_of_one(&kid, Algorithm::EdDsa, public_key)?;
        Some(Self { pair, kid, jwks })
    }

    /// The compact form (RFC 7515, section 7.1) without its middle part (appendix F): the text stands elsewhere.
    pub(super) fn sign(&self, kind: DocumentKind, text: &[u8]) -> String {
        let header = json!({ "alg": Algorithm::EdDsa.name(), "kid": self.kid, "typ": kind.name() });
        let protected = URL_SAFE_NO_PAD.encode(header.to_string());
        let mut message = protected.clone() + ".";
        URL_SAFE_NO_PAD.encode_string(text, &mut message);
        let signature = self.pair.sign(message.as_bytes());
        format!("{protected}..{}", URL_SAFE_NO_PAD.encode(signature))
    }

    /// Whether that is what this key signs.
    ///
    /// Signed again and compared: a text has one signature of each kind under one key (RFC 8032, section 5.1.6), so there
    /// is nothing to parse, no header to be lenient about, and no second way to write the same.
    pub(super) fn verify(&self, kind: DocumentKind, text: &[u8], signature: &str) -> bool {
        verify_slices_are_equal(self.sign(kind, text).as_bytes(), signature.as_bytes()).is_ok()
    }

    pub(super) fn jwks(&self) -> &str {
        &self.jwks
    }
}
