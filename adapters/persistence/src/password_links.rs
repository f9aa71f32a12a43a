//! Links by which people set their passwords: at most one for each person, and gone once it was used.

use crate::error::unreadable;
use crate::sessions::row::digest;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{PasswordLink, PasswordLinkRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use domain::sessions::TokenDigest;

const FIND: &str = "SELECT digest, expires_at FROM password_links WHERE user_id = $1";

const PUT: &str = "
    INSERT INTO password_links (user_id, digest, expires_at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at";

const TAKE: &str = "DELETE FROM password_links WHERE user_id = $1 AND digest = $2";

const REMOVE: &str = "DELETE FROM password_links WHERE user_id = $1";

const SWEEP: &str = "
    DELETE FROM password_links WHERE user_id IN (
        SELECT user_id FROM password_links WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)";

record! {
    /// A link.
    LinkRow { digest: Vec<u8>, expires_at: i64 }
}

impl SqlStore {
    pub(crate) async fn password_link_of(&self, id: UserId) -> Result<Option<PasswordLink>, StoreError> {
        let Some(row) = self.engine.optional::<LinkRow>(FIND, |s| s.bind(id.as_uuid())).await? else {
            return Ok(None);
        };
        let digest = digest(row.digest).map_err(|_| unreadable("password_links", id, "digest"))?;
        Ok(Some(PasswordLink { user_id: id, digest, expires_at: Timestamp::from_micros(row.expires_at) }))
    }
}

#[async_trait]
impl PasswordLinkRepository for SqlWork {
    async fn put(&mut self, link: &PasswordLink) -> Result<(), StoreError> {
        let put = self
            .statement(PUT)
            .bind(link.user_id.as_uuid())
            .bind(link.digest.as_bytes().as_slice())
            .bind(link.expires_at.as_micros());
        put.execute().await.map(drop)
    }

    async fn take(&mut self, user: UserId, digest: &TokenDigest) -> Result<bool, StoreError> {
        let take = self.statement(TAKE).bind(user.as_uuid()).bind(digest.as_bytes().as_slice());
        Ok(take.execute().await? > 0)
    }

    async fn remove(&mut self, user: UserId) -> Result<bool, StoreError> {
        Ok(self.statement(REMOVE).bind(user.as_uuid()).execute().await? > 0)
    }

    async fn sweep(&mut self, expired_before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.statement(SWEEP).bind(expired_before.as_micros()).bind(i64::from(limit)).execute().await
    }
}
