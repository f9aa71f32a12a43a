//! Access tokens: JWTs (RFC 9068) signed with Ed25519 (RFC 8037), which other services can verify by themselves.
//!
//! What is verified here was signed here, so nothing about a token is negotiable. Its header says what ours say
//! and nothing else; the algorithm is the key's, whatever the header claims; a key that a token brings along, or
//! an address to fetch one from, is a reason to refuse it (RFC 8725). Time is the caller's, not the library's.
//!
//! Private keys come and go sealed, bound to their key id. A key that does not open is not used, not even to
//! verify: somebody who can write to the database but does not hold the root key can't add one of their own.

mod claims;
mod ring;
#[cfg(test)]
mod tests;

use crate::entropy::random;
use crate::root_key::{Purpose, RootKey};
use crate::sealing::Seal;
use application::tokens::{AccessClaims, AccessTokens, KeyError};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use claims::{Parties, WireClaims};
use domain::Timestamp;
use domain::keys::{Algorithm, KeyState, SealedKey, SigningKey};
use domain::sessions::Token;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Header, Validation};
use ring::Ring;
use std::sync::{Arc, PoisonError, RwLock};
use zeroize::Zeroizing;

/// The type of an access token (RFC 9068, section 2.1), so that no other kind of JWT passes for one.
const TYPE: &str = "at+jwt";
/// Tokens of our own making stay under a kilobyte; nothing longer than this is looked at.
const LONGEST: usize = 4096;

/// Signs access tokens with the current key and verifies them with every installed one.
pub struct Ed25519Tokens {
    parties: Parties,
    validation: Validation,
    seal: Seal,
    /// Replaced as a whole, so that signing and verifying never wait for an exchange of keys.
    ring: RwLock<Arc<Ring>>,
}

impl Ed25519Tokens {
    /// Tokens that say to be from `issuer` and for `audience`, with keys that are sealed under that root key.
    ///
    /// It signs and verifies nothing until keys are installed.
    #[must_use]
    pub fn new(issuer: String, audience: String, root: &RootKey) -> Self {
        // Fails only when it has been said before in this process.
        let _ = DEFAULT_PROVIDER.install_default();
        let parties = Parties { issuer, audience };
        Self {
            validation: parties.validation(),
            parties,
            seal: Seal::new(&root.derive(Purpose::KeyWrapping)),
            ring: RwLock::default(),
        }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl AccessTokens for Ed25519Tokens {
    fn generate(&self, now: Timestamp) -> Result<SigningKey, KeyError> {
        // The private key of Ed25519 is 32 random bytes (RFC 8032, section 5.1.5).
        let seed = Zeroizing::new(random::<32>());
        let pair = Ed25519KeyPair::from_seed_unchecked(seed.as_slice()).map_err(|_| KeyError::Broken)?;
        let public_key = pair.public_key().as_ref().to_vec();
        let kid = ring::thumbprint(&public_key);
        Ok(SigningKey {
            sealed_private_key: SealedKey(self.seal.seal(&kid, seed.as_slice())),
            kid,
            algorithm: Algorithm::EdDsa,
            public_key,
            state: KeyState::Current,
            created_at: now,
        })
    }

    /// All of them or none: when one does not open, the keys that were in use before stay in use.
    fn install(&self, keys: &[SigningKey]) -> Result<(), KeyError> {
        let ring = Arc::new(Ring::open(keys, &self.seal)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<Token, KeyError> {
        let ring = self.ring();
        let current = ring.current().ok_or(KeyError::Broken)?;
        let mut header = Header::new(jsonwebtoken::Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(current.kid.clone());
        let text = jsonwebtoken::encode(&header, &WireClaims::new(&self.parties, claims), &current.private);
        text.map(Token::new).map_err(|_| KeyError::Broken)
    }

    fn verify(&self, token: &str, now: Timestamp) -> Option<AccessClaims> {
        if token.len() > LONGEST {
            return None;
        }
        let kid = key_id(jsonwebtoken::decode_header(token).ok()?)?;
        let ring = self.ring();
        let read = jsonwebtoken::decode::<WireClaims>(token, ring.public(&kid)?, &self.validation).ok()?;
        read.claims.read(now)
    }

    fn jwks(&self) -> String {
        self.ring().jwks().to_owned()
    }
}

/// The key that a header names, if it is a header such as ours: a type, an algorithm, a key id and nothing more.
fn key_id(mut header: Header) -> Option<String> {
    let (media_type, kid) = (header.typ.take()?.to_ascii_lowercase(), header.kid.take()?);
    let bare = Header { typ: None, ..Header::new(jsonwebtoken::Algorithm::EdDSA) };
    // A media type may leave out `application/` (RFC 7515, section 4.1.9).
    let is_ours = header == bare && media_type.strip_prefix("application/").unwrap_or(&media_type) == TYPE;
    is_ours.then_some(kid)
}
