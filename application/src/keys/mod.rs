//! Signing keys: there is always one that signs, and the world can ask for the public halves of all that verify.

mod rotate;

pub use rotate::{KeyRecord, RotateError};

use crate::Ids;
use crate::actor::Actor;
use crate::store::{SigningKeyDirectory, Store, StoreError, UnitOfWork};
use crate::tokens::{AccessTokens, KeyError};
use domain::Timestamp;
use domain::audit::EventKind;
use domain::keys::{Plan, Schedule, SigningKey, signer};
use std::sync::{Arc, Mutex, PoisonError};

/// What is done with signing keys.
pub struct KeyService {
    store: Arc<dyn Store>,
    directory: Arc<dyn SigningKeyDirectory>,
    tokens: Arc<dyn AccessTokens>,
    ids: Ids,
    schedule: Schedule,
    /// The keys in use.
    installed: Mutex<Vec<SigningKey>>,
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
    pub fn new(
        store: Arc<dyn Store>,
        directory: Arc<dyn SigningKeyDirectory>,
        tokens: Arc<dyn AccessTokens>,
        ids: Ids,
        schedule: Schedule,
    ) -> Self {
        Self { store, directory, tokens, ids, schedule, installed: Mutex::default() }
    }

    /// Takes the stored keys into use, and does what the schedule asks for: the first start makes a key, and whoever looks
    /// when the next one is due makes that. Of many that look at once, one does it.
    ///
    /// To be called at the start and then about once a second, since another replica or the command line may have changed
    /// keys: it costs one read, and nothing more as long as nothing changed.
    pub async fn open(&self) -> Result<(), OpenKeysError> {
        let mut keys = self.directory.all().await?;
        let now = self.ids.now();
        let plan = self.schedule.plan(&keys, now);
        if !plan.is_empty() {
            self.follow(&plan, now).await?;
            keys = self.directory.all().await?;
        }
        self.install(keys)
    }

    fn install(&self, keys: Vec<SigningKey>) -> Result<(), OpenKeysError> {
        let mut installed = self.installed.lock().unwrap_or_else(PoisonError::into_inner);
        if *installed != keys {
            self.tokens.install(&keys)?;
            *installed = keys;
        }
        Ok(())
    }

    /// Has these keys in use already, whatever the tokens are signed with.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn assume(&self, keys: Vec<SigningKey>) {
        *self.installed.lock().unwrap_or_else(PoisonError::into_inner) = keys;
    }

    /// Does what a plan says, unless somebody else has done it in the meantime.
    async fn follow(&self, plan: &Plan, now: Timestamp) -> Result<(), OpenKeysError> {
        let fresh = match plan.create_from {
            Some(from) => Some(self.tokens.generate(self.schedule.algorithm, now, from).await?),
            None => None,
        };
        let mut work = self.store.begin().await?;
        work.signing_keys().lock().await?;
        let keys = work.signing_keys().all().await?;
        let still = self.schedule.plan(&keys, now);
        let actor = Actor::system();
        if let (Some(key), Some(_)) = (&fresh, still.create_from) {
            self.add(&actor, work.as_mut(), key, now).await?;
        }
        for kid in &still.remove {
            work.signing_keys().remove(kid).await?;
            self.record(&actor, work.as_mut(), EventKind::SigningKeyRemoved, kid, now).await?;
        }
        Ok(work.commit().await?)
    }

    async fn add(
        &self,
        actor: &Actor,
        work: &mut dyn UnitOfWork,
        key: &SigningKey,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        work.signing_keys().insert(key).await?;
        self.record(actor, work, EventKind::SigningKeyCreated, &key.kid, now).await
    }

    async fn record(
        &self,
        actor: &Actor,
        work: &mut dyn UnitOfWork,
        kind: EventKind,
        key_id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut event = actor.event(&self.ids, now, kind, None);
        event.detail.push(("kid".into(), key_id.to_owned()));
        work.audit().record(&event).await
    }

    /// Since when the key that signs at `now` does so, and until when by the schedule; `None` where none does.
    #[must_use]
    pub fn signer_since(&self, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
        let installed = self.installed.lock().unwrap_or_else(PoisonError::into_inner);
        let since = signer(&installed, now)?.active_from;
        Some((since, since.plus(self.schedule.rotation)))
    }

    /// The public keys as a JWK set (RFC 7517, section 5), in JSON.
    #[must_use]
    pub fn jwks(&self) -> String {
        self.tokens.jwks()
    }
}

#[cfg(test)]
mod tests;
