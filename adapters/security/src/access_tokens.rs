//! Access tokens: signed JWTs (RFC 9068), which other services can verify by themselves.
//!
//! What is verified here was signed here, so nothing about a token is negotiable. Its header says what ours say
//! and nothing else; the algorithm is the key's, whatever the header claims; a key that a token brings along, or
//! an address to fetch one from, is a reason to refuse it (RFC 8725). Time is the caller's, not the library's.
//!
//! Nothing in a token is drawn: it follows from its claims and its key, so that an answer that was lost on the way
//! can be given again without having been kept. That is why each key signs what was issued in its time, however
//! late the signature is asked for.
//!
//! A token is verified once: what it says is known until it is over, or until the keys are others.
//!
//! Private keys come and go sealed, bound to their key id. A key that does not open is not used, not even to
//! verify: somebody who can write to the database but holds no key of ours can't add one of their own.

mod claims;
pub(crate) mod jwk;
mod known;
mod pair;
mod ring;
#[cfg(test)]
mod tests;

use crate::derivation::{Purpose, TokenSecret};
use crate::sealing::Seal;
use application::tokens::{AccessClaims, AccessTokens, KeyError, TokenFlaw};
use async_trait::async_trait;
use claims::{Parties, WireClaims};
use domain::Timestamp;
use domain::keys::{Algorithm, SealedKey, SigningKey};
use domain::sessions::Token;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use pair::Pair;
use ring::Ring;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::task::spawn_blocking;

/// Tokens of our own making stay under two kilobytes; nothing longer than this is looked at.
const LONGEST: usize = 4096;

/// Signs each access token with the key whose time it is, and verifies it with every installed one.
pub struct SignedTokens {
    parties: Parties,
    seal: Seal,
    /// Replaced as a whole, so that signing and verifying never wait for an exchange of keys, and so that a token that is
    /// just being verified is known to none but the keys it was verified with.
    ring: RwLock<Arc<Ring>>,
}

impl SignedTokens {
    /// Tokens that say to be from `issuer` and for `audience`, with keys that are sealed under that secret.
    ///
    /// It signs and verifies nothing until keys are installed.
    #[must_use]
    pub fn new(issuer: String, audience: String, secret: &TokenSecret) -> Self {
        // Fails only when it has been said before in this process.
        let _ = DEFAULT_PROVIDER.install_default();
        Self {
            parties: Parties { issuer, audience },
            seal: Seal::new(&secret.derive(Purpose::KeyWrapping)),
            ring: RwLock::default(),
        }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl AccessTokens for SignedTokens {
    async fn generate(
        &self,
        algorithm: Algorithm,
        now: Timestamp,
        active_from: Timestamp,
    ) -> Result<SigningKey, KeyError> {
        let drawn = spawn_blocking(move || {
            let private = Pair::draw(algorithm).ok()?;
            let public_key = Pair::read(algorithm, &private)?.public_key();
            Some((private, public_key))
        });
        let (private, public_key) = drawn.await.ok().flatten().ok_or(KeyError::Broken)?;
        let kid = jwk::thumbprint(algorithm, &public_key).ok_or(KeyError::Broken)?;
        let sealed_private_key = SealedKey(self.seal.seal(&kid, &private));
        Ok(SigningKey { kid, algorithm, public_key, sealed_private_key, created_at: now, active_from })
    }

    /// All of them or none: when one does not open, the keys that were in use before stay in use.
    fn install(&self, keys: &[SigningKey]) -> Result<(), KeyError> {
        let ring = Arc::new(Ring::open(keys, &self.seal, &self.parties)?);
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        Ok(())
    }

    fn sign(&self, claims: &AccessClaims) -> Result<Token, KeyError> {
        let ring = self.ring();
        let key = ring.signer(claims.issued_at).ok_or(KeyError::Broken)?;
        key.sign(&WireClaims::new(&self.parties, claims)).ok_or(KeyError::Broken)
    }

    fn verify(&self, token: &str, now: Timestamp) -> Result<AccessClaims, TokenFlaw> {
        if token.len() > LONGEST {
            return Err(TokenFlaw::Unreadable);
        }
        self.ring().verify(token, now)
    }

    fn jwks(&self) -> String {
        self.ring().jwks().to_owned()
    }
}
