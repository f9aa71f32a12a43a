use super::VaultService;
use crate::sealing::SealingError;
use crate::store::{Instance, StoreError, VaultError};

/// Why the installation can't be used with this root key or this vault.
#[derive(Debug, thiserror::Error)]
pub enum EstablishError {
    /// The databases were made under another root key.
    #[error("the root key is not the one this database was made with; nothing was touched")]
    ForeignRootKey,
    /// The vault is not the one of this installation.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl From<StoreError> for EstablishError {
    fn from(error: StoreError) -> Self {
        Self::Vault(error.into())
    }
}

impl From<SealingError> for EstablishError {
    fn from(error: SealingError) -> Self {
        Self::Vault(error.into())
    }
}

impl VaultService {
    /// Makes sure that root key, database and vault belong together, and opens the keyring; the first start decides that
    /// they do.
    pub async fn open(&self) -> Result<Instance, EstablishError> {
        let known = match self.instance.find().await? {
            Some(known) => known,
            None => self.found().await?,
        };
        if known.key_check != self.sealing.key_check() {
            return Err(EstablishError::ForeignRootKey);
        }
        // The vault before the keyring: a wrong one is found before anything is written.
        self.keeper.establish(known.id).await?;
        self.open_keyring().await?;
        Ok(known)
    }

    async fn found(&self) -> Result<Instance, StoreError> {
        let now = self.ids.now();
        let fresh = Instance {
            id: self.ids.instance(now),
            key_check: self.sealing.key_check(),
            created_at: now,
            administered_at: None,
        };
        let mut work = self.store.begin().await?;
        let known = work.instance().establish(&fresh).await?;
        work.commit().await?;
        Ok(known)
    }
}
