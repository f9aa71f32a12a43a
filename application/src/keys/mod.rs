//! Signing keys: there is always one that signs, and the world can ask for the public halves of all that verify.

use crate::Ids;
use crate::actor::Actor;
use crate::store::{Store, StoreError};
use crate::tokens::{AccessTokens, KeyError};
use domain::audit::EventKind;
use domain::keys::{KeyState, SigningKey};
use std::sync::Arc;

/// What is done with signing keys.
pub struct KeyService {
    store: Arc<dyn Store>,
    tokens: Arc<dyn AccessTokens>,
    ids: Ids,
}

/// Why there is no key to sign with.
#[derive(Debug, thiserror::Error)]
pub enum OpenKeysError {
    /// A key could not be made or opened.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl KeyService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, tokens: Arc<dyn AccessTokens>, ids: Ids) -> Self {
        Self { store, tokens, ids }
    }

    /// Takes the stored keys into use; the first start makes one. Of many that start at once, all use the same.
    pub async fn open(&self) -> Result<(), OpenKeysError> {
        let mut keys = self.stored().await?;
        if !keys.iter().any(|key| key.state == KeyState::Current) {
            self.create().await?;
            keys = self.stored().await?;
        }
        Ok(self.tokens.install(&keys)?)
    }

    async fn stored(&self) -> Result<Vec<SigningKey>, StoreError> {
        self.store.begin().await?.signing_keys().all().await
    }

    async fn create(&self) -> Result<(), OpenKeysError> {
        let now = self.ids.now();
        let key = self.tokens.generate(now)?;
        let mut work = self.store.begin().await?;
        if work.signing_keys().insert(&key).await? {
            let mut event = Actor::system().event(&self.ids, now, EventKind::SigningKeyCreated, None);
            event.detail.push(("kid", key.kid.clone()));
            work.audit().record(&event).await?;
            work.commit().await?;
        }
        Ok(())
    }

    /// The public keys as a JWK set (RFC 7517, section 5), in JSON.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.tokens.jwks()
    }
}

#[cfg(test)]
mod tests;
