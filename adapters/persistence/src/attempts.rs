//! Failed attempts, counted under a keyed digest: the table does not say at which account.

use crate::error::unreadable;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{AttemptDirectory, AttemptRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use domain::sessions::{Attempts, TokenDigest};

sql! {
    FIND = "SELECT failures, last_failed_at FROM log_in_attempts WHERE key = $1 AND failures > 0";

    /// Takes the count's turn, also where there is none yet: of many failures at once, each is counted.
    TAKE_TURN = "
        INSERT INTO log_in_attempts (key, failures, last_failed_at) VALUES ($1, 0, 0)
        ON CONFLICT (key) DO UPDATE SET failures = log_in_attempts.failures
        RETURNING failures, last_failed_at";

    /// An owner who was deleted in the meantime owns nothing; the count then waits for the sweeping.
    PUT = "
        INSERT INTO log_in_attempts (key, owner, failures, last_failed_at)
        VALUES ($1, (SELECT id FROM users WHERE id = $2), $3, $4)
        ON CONFLICT (key) DO UPDATE SET
            owner = excluded.owner, failures = excluded.failures, last_failed_at = excluded.last_failed_at";

    CLEAR_OF = "DELETE FROM log_in_attempts WHERE owner = $1";

    SWEEP = "
        DELETE FROM log_in_attempts WHERE key IN (
            SELECT key FROM log_in_attempts WHERE owner IS NULL AND last_failed_at < $1 ORDER BY last_failed_at LIMIT $2)";
}

record! {
    /// A count.
    AttemptsRow { failures: i64, last_failed_at: i64 }
}

impl AttemptsRow {
    /// A count of nothing is a place that was taken and not used.
    fn into_domain(self) -> Result<Option<Attempts>, StoreError> {
        // Whose count it is can't be said: the key is a digest, and digests stay out of the log.
        let failures =
            u32::try_from(self.failures).map_err(|_| unreadable("log_in_attempts", "(a row)", "failures"))?;
        let last_failed_at = Timestamp::from_micros(self.last_failed_at);
        Ok((failures > 0).then_some(Attempts { failures, last_failed_at }))
    }
}

#[async_trait]
impl AttemptRepository for SqlWork {
    async fn find(&mut self, key: &TokenDigest) -> Result<Option<Attempts>, StoreError> {
        let row: AttemptsRow = self.statement(&TAKE_TURN).bind(key.as_bytes().as_slice()).one().await?;
        row.into_domain()
    }

    async fn put(
        &mut self,
        key: &TokenDigest,
        owner: Option<UserId>,
        attempts: &Attempts,
    ) -> Result<(), StoreError> {
        let put = self
            .statement(&PUT)
            .bind(key.as_bytes().as_slice())
            .bind(owner.map(UserId::as_uuid))
            .bind(i64::from(attempts.failures))
            .bind(attempts.last_failed_at.as_micros());
        put.execute().await.map(drop)
    }

    async fn clear_of(&mut self, owner: UserId) -> Result<bool, StoreError> {
        // A place that was taken and not used has no owner, so every row that goes is a count.
        Ok(self.statement(&CLEAR_OF).bind(owner.as_uuid()).execute().await? > 0)
    }

    async fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        self.statement(&SWEEP).bind(before.as_micros()).bind(i64::from(limit)).execute().await
    }
}

#[async_trait]
impl AttemptDirectory for SqlStore {
    async fn find(&self, key: &TokenDigest) -> Result<Option<Attempts>, StoreError> {
        let row: Option<AttemptsRow> =
            self.engine.optional(&FIND, |s| s.bind(key.as_bytes().as_slice())).await?;
        row.map_or(Ok(None), AttemptsRow::into_domain)
    }
}
