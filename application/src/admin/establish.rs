use super::AdminService;
use crate::store::{Instance, StoreError};
use domain::sessions::TokenDigest;

/// Why the installation can't be used with this root key.
#[derive(Debug, thiserror::Error)]
pub enum EstablishError {
    /// The databases were made under another root key.
    #[error("the root key is not the one this database was made with; nothing was touched")]
    ForeignRootKey,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AdminService {
    /// Makes sure that root key and database belong together; the first start decides that they do.
    pub async fn establish(&self, key_check: TokenDigest) -> Result<Instance, EstablishError> {
        let known = match self.instance.find().await? {
            Some(known) => known,
            None => self.found(key_check).await?,
        };
        if known.key_check == key_check { Ok(known) } else { Err(EstablishError::ForeignRootKey) }
    }

    async fn found(&self, key_check: TokenDigest) -> Result<Instance, StoreError> {
        let now = self.ids.now();
        let fresh =
            Instance { id: self.ids.instance(now), key_check, created_at: now, administered_at: None };
        let mut work = self.store.begin().await?;
        let known = work.instance().establish(&fresh).await?;
        work.commit().await?;
        Ok(known)
    }
}
