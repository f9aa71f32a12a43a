use super::{KeyService, OpenKeysError};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use crate::tokens::KeyError;
use domain::Timestamp;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::keys::{Algorithm, KeyState, SigningKey, state};

/// A signing key, as an administrator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRecord {
    /// Its `kid`.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// Where it stands in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub active_from: Timestamp,
}

/// Why keys were not shown or rotated.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// A key could not be made or taken into use.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OpenKeysError> for RotateError {
    fn from(error: OpenKeysError) -> Self {
        match error {
            OpenKeysError::Key(error) => Self::Key(error),
            OpenKeysError::Store(error) => Self::Store(error),
        }
    }
}

impl Describe for RotateError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Key(error) => error.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

impl KeyService {
    /// The signing keys, in the order in which they sign.
    pub async fn list(&self, actor: &Actor) -> Result<Vec<KeyRecord>, RotateError> {
        actor.require(Scope::AdminRead)?;
        Ok(self.records().await?)
    }

    async fn records(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let (keys, now) = (self.directory.all().await?, self.ids.now());
        Ok(keys.iter().map(|key| record(&keys, key, now)).collect())
    }

    /// Brings the next key into use as soon as everybody has had time to fetch it; one that is waiting already is brought
    /// forward. What the current one has signed is verified to its end.
    pub async fn rotate(&self, actor: &Actor) -> Result<Vec<KeyRecord>, RotateError> {
        actor.require(Scope::AdminWrite)?;
        let now = self.ids.now();
        let from = self.schedule.on_demand(now);
        let fresh = self.tokens.generate(self.schedule.algorithm, now, from).await?;
        let mut work = self.store.begin().await?;
        work.signing_keys().lock().await?;
        actor.as_of(work.as_mut(), now).await??.require(Scope::AdminWrite)?;
        let keys = work.signing_keys().all().await?;
        let waiting = keys.iter().filter(|key| key.active_from > now);
        let (fitting, other): (Vec<_>, Vec<_>) =
            waiting.partition(|key| key.algorithm == self.schedule.algorithm);
        // A key of another algorithm that has never signed would only take over again later.
        for key in other {
            work.signing_keys().remove(&key.kid).await?;
            self.record(actor, work.as_mut(), EventKind::SigningKeyRemoved, &key.kid, now).await?;
        }
        match fitting.first() {
            Some(key) if from < key.active_from => {
                work.signing_keys().reschedule(&key.kid, from).await?;
                self.record(actor, work.as_mut(), EventKind::SigningKeyAdvanced, &key.kid, now).await?;
            }
            Some(_) => {}
            None => self.add(actor, work.as_mut(), &fresh, now).await?,
        }
        work.commit().await?;
        self.open().await?;
        Ok(self.records().await?)
    }

    /// Takes every key out of use at once and begins anew, because one has leaked: whatever was signed until now is
    /// refused from now on. Refresh tokens and browser sessions go on, so nobody has to log in again.
    pub async fn revoke(&self, actor: &Actor) -> Result<Vec<KeyRecord>, RotateError> {
        actor.require(Scope::AdminWrite)?;
        let now = self.ids.now();
        let fresh = self.tokens.generate(self.schedule.algorithm, now, now).await?;
        let mut work = self.store.begin().await?;
        work.signing_keys().lock().await?;
        actor.as_of(work.as_mut(), now).await??.require(Scope::AdminWrite)?;
        for key in work.signing_keys().all().await? {
            work.signing_keys().remove(&key.kid).await?;
            self.record(actor, work.as_mut(), EventKind::SigningKeyRevoked, &key.kid, now).await?;
        }
        self.add(actor, work.as_mut(), &fresh, now).await?;
        work.commit().await?;
        self.open().await?;
        Ok(self.records().await?)
    }
}

fn record(keys: &[SigningKey], key: &SigningKey, now: Timestamp) -> KeyRecord {
    KeyRecord {
        kid: key.kid.clone(),
        algorithm: key.algorithm,
        state: state(keys, key, now),
        created_at: key.created_at,
        active_from: key.active_from,
    }
}
