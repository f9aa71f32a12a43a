use super::VaultService;
use crate::store::{StoreError, VaultError};

impl VaultService {
    /// Opens the keyring, and makes it where there is none. Of many that try at once, all get the same.
    pub(super) async fn open_keyring(&self) -> Result<(), VaultError> {
        let mut entries = self.keyring.keyring().await?;
        if entries.is_empty() {
            self.make_keyring().await?;
            entries = self.keyring.keyring().await?;
        }
        Ok(self.sealing.install(&entries)?)
    }

    async fn make_keyring(&self) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        work.keyring().lock().await?;
        if !work.keyring().all().await?.is_empty() {
            return Ok(());
        }
        // An installation makes its first signing key at its first start, so one that has any is older than keyrings.
        let is_new = work.signing_keys().all().await?.is_empty();
        for entry in self.sealing.first_keyring(is_new, self.ids.now()) {
            work.keyring().insert(&entry).await?;
        }
        work.commit().await
    }

    /// Takes in what another process has changed in the keyring. To be called about once a second; costs one read.
    pub async fn reload_keyring(&self) -> Result<(), VaultError> {
        Ok(self.sealing.install(&self.keyring.keyring().await?)?)
    }
}
