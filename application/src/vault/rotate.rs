use super::VaultService;
use crate::actor::Actor;
use crate::sealing::{RootChange, SealingError};
use crate::store::{StoreError, VaultError, Wrapped};
use domain::audit::EventKind;
use domain::vault::KeyName;

/// Why the root key was not replaced. Whatever was done until then stays, and the next attempt goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum RotateError {
    /// Somebody was just added by a process that does not know the new wrapping key yet; it will within a second.
    #[error("some keys are still sealed under the old wrapping key; try again")]
    NotFinished,
    /// Somebody else has replaced the root key since this was begun, or the keyring was damaged.
    #[error(
        "the keyring no longer opens under the root key that this began with: somebody else may just have replaced that \
         key. Nothing is lost; `xtrem doctor` says whether the configured root key is the one in force"
    )]
    Overtaken,
    /// A store or a key failed.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<StoreError> for RotateError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

impl From<SealingError> for RotateError {
    fn from(error: SealingError) -> Self {
        Self::Vault(error.into())
    }
}

/// The root key is replaced in three steps, while everybody goes on working: a new wrapping key is added to the keyring,
/// which every process takes in by itself; the keys of people are sealed under it, batch by batch; then the whole keyring
/// is sealed under the new root key at once, and the old wrapping key goes.
///
/// Processes that run need no root key for any of it. No field of anybody is sealed anew.
impl VaultService {
    /// How many keys of people one unit of work seals anew: few enough that nobody waits for it.
    const REWRAPPED_AT_ONCE: u32 = 200;

    /// Begins to replace the root key, or goes on with what was begun. Says which wrapping key is the new one.
    pub async fn begin_rotation(&self) -> Result<u32, RotateError> {
        let mut work = self.store.begin().await?;
        work.keyring().lock().await?;
        let entries = work.keyring().all().await?;
        let mut wrapping =
            entries.iter().filter(|entry| entry.name == KeyName::Wrapping).map(|entry| entry.id);
        let (count, newest) =
            wrapping.by_ref().fold((0, 0), |(count, newest), id| (count + 1, id.max(newest)));
        if count > 1 {
            self.sealing.install(&entries)?;
            return Ok(newest);
        }
        let fresh = newest.saturating_add(1);
        work.keyring().insert(&self.sealing.entry(KeyName::Wrapping, fresh, self.ids.now())).await?;
        let entries = work.keyring().all().await?;
        work.commit().await?;
        self.sealing.install(&entries)?;
        Ok(fresh)
    }

    /// How far the keys of people are under that wrapping key.
    pub async fn rewrapped(&self, wrapping: u32) -> Result<Wrapped, StoreError> {
        self.keyring.wrapped(wrapping).await
    }

    /// Seals some keys of people under that wrapping key. Says how many: 0 when all are.
    pub async fn rewrap_some(&self, wrapping: u32) -> Result<u64, RotateError> {
        let mut work = self.store.begin().await?;
        let others = work.keyring().wrapped_otherwise(wrapping, Self::REWRAPPED_AT_ONCE).await?;
        for (owner, wrapped) in &others {
            let wrapped = self.sealing.rewrap(*owner, wrapped)?;
            work.keyring().rewrap(*owner, &wrapped).await?;
        }
        work.commit().await?;
        Ok(others.len() as u64)
    }

    /// Puts the new root key in the place of the old one: from its commit on, the old one opens nothing that is stored.
    pub async fn finish_rotation(&self, change: &dyn RootChange, wrapping: u32) -> Result<(), RotateError> {
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        work.keyring().lock().await?;
        let entries = work.keyring().all().await?;
        let is_old = |name, id| name == KeyName::Wrapping && id != wrapping;
        for entry in entries.iter().filter(|entry| is_old(entry.name, entry.id)) {
            match work.keyring().remove_wrapping(entry.id).await {
                Err(StoreError::Conflict) => return Err(RotateError::NotFinished),
                removed => removed?,
            }
        }
        for entry in entries.iter().filter(|entry| !is_old(entry.name, entry.id)) {
            let resealed = change.reseal(entry).map_err(|_| RotateError::Overtaken)?;
            work.keyring().reseal(&resealed).await?;
        }
        work.instance().replace_key_check(&change.key_check()).await?;
        work.audit().record(&Actor::system().event(&self.ids, now, EventKind::RootKeyRotated, None)).await?;
        work.commit().await?;
        Ok(())
    }
}
