//! Links by which people set their passwords: at most one for each person, and gone once it was used.

use crate::secrets::PASSWORD_LINKS;
use crate::store::{SqlStore, SqlWork};
use application::store::{PasswordLink, PasswordLinkRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use domain::sessions::TokenDigest;

impl SqlStore {
    pub(crate) async fn password_link_of(&self, id: UserId) -> Result<Option<PasswordLink>, StoreError> {
        let link = self.secret_of(&PASSWORD_LINKS, id).await?;
        Ok(link.map(|(digest, expires_at)| PasswordLink { user_id: id, digest, expires_at }))
    }
}

#[async_trait]
impl PasswordLinkRepository for SqlWork {
    async fn put(&mut self, link: &PasswordLink) -> Result<(), StoreError> {
        self.put_secret(&PASSWORD_LINKS, link.user_id, &link.digest, link.expires_at).await
    }

    async fn take(&mut self, user: UserId, digest: &TokenDigest) -> Result<bool, StoreError> {
        Ok(self.take_secret(&PASSWORD_LINKS, user, digest).await?.is_some())
    }

    async fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        self.remove_secret(&PASSWORD_LINKS, user).await
    }

    async fn sweep(&mut self, expired_before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.sweep_secrets(&PASSWORD_LINKS, expired_before, limit).await
    }
}
