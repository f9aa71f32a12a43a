//! Who was erased: an identifier and a moment. Kept in the main database, where it is also known how far it has come, and
//! in the vault, so that either of the two, put back from an old copy, learns it from the other one.

use crate::sql::{Sql, sql};
use crate::statement::{listing, record};
use crate::store::{SqlStore, SqlWork};
use application::store::{Erasure, ErasureRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use uuid::Uuid;

sql! {
    RECORD = "
        INSERT INTO erasures (user_id, at, finished, listed) VALUES ($1, $2, FALSE, FALSE)
        ON CONFLICT (user_id) DO UPDATE SET finished = FALSE";

    UNFINISHED = "
        SELECT user_id, at FROM erasures WHERE NOT finished ORDER BY at, user_id LIMIT $1";

    FINISH = "UPDATE erasures SET finished = TRUE WHERE user_id = $1";

    UNLISTED = "
        SELECT user_id, at FROM erasures WHERE NOT listed AND finished ORDER BY at, user_id LIMIT $1";

    LIST = "UPDATE erasures SET listed = TRUE WHERE user_id = $1";

    LIST_IN_VAULT = "
        INSERT INTO erasures (user_id, at) VALUES ($1, $2) ON CONFLICT (user_id) DO NOTHING";

    AFTER = "SELECT user_id, at FROM erasures WHERE user_id > $1 ORDER BY user_id LIMIT $2";
}

/// How many are asked for at once.
const AT_ONCE: usize = 402;

sql! {
    PRESENT = || listing("SELECT id AS user_id FROM users WHERE id IN ($list)", AT_ONCE);
}

record! {
    /// Somebody who was erased.
    ErasureRow { user_id: Uuid, at: i64 }
}

impl ErasureRow {
    fn into_domain(self) -> Erasure {
        Erasure { user_id: UserId::from_uuid(self.user_id), at: Timestamp::from_micros(self.at) }
    }
}

#[async_trait]
impl ErasureRepository for SqlWork {
    async fn record(&mut self, erasure: &Erasure) -> Result<(), StoreError> {
        let record = self.statement(&RECORD).bind(erasure.user_id.as_uuid()).bind(erasure.at.as_micros());
        record.execute().await.map(drop)
    }
}

impl SqlStore {
    /// Those of whom something may still be left.
    pub(crate) async fn unfinished(&self, limit: usize) -> Result<Vec<Erasure>, StoreError> {
        self.erasures(&UNFINISHED, i64::try_from(limit).unwrap_or(i64::MAX)).await
    }

    /// Those of whom nothing is left, and who do not stand in the list outside.
    pub(crate) async fn finished_unlisted(&self, limit: u32) -> Result<Vec<Erasure>, StoreError> {
        self.erasures(&UNLISTED, i64::from(limit)).await
    }

    async fn erasures(&self, sql: &'static Sql, limit: i64) -> Result<Vec<Erasure>, StoreError> {
        let rows: Vec<ErasureRow> = self.engine.all(sql, |s| s.bind(limit)).await?;
        Ok(rows.into_iter().map(ErasureRow::into_domain).collect())
    }

    /// Notes that nothing is left of them.
    pub(crate) async fn mark_finished(&self, erasures: &[Erasure]) -> Result<(), StoreError> {
        self.mark(&FINISH, erasures).await
    }

    /// Notes that they stand in the list outside: in the vault first, which is what may be asked for it later.
    pub(crate) async fn mark_listed(&self, erasures: &[Erasure]) -> Result<(), StoreError> {
        let mut vault = self.vault.begin().await?;
        for Erasure { user_id, at } in erasures {
            vault.statement(&LIST_IN_VAULT).bind(user_id.as_uuid()).bind(at.as_micros()).execute().await?;
        }
        // Nobody holds the vault's turn and waits for that of the main database: others hold that one and wait for this.
        vault.commit().await?;
        self.mark(&LIST, erasures).await
    }

    async fn mark(&self, sql: &'static Sql, erasures: &[Erasure]) -> Result<(), StoreError> {
        let mut main = self.engine.begin().await?;
        for erasure in erasures {
            main.statement(sql).bind(erasure.user_id.as_uuid()).execute().await?;
        }
        main.commit().await
    }

    /// Who was erased according to the vault.
    pub(crate) async fn erased_by_the_vault(
        &self,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Erasure>, StoreError> {
        // Nobody has the nil identifier (RFC 9562, section 5.9).
        let after = after.map_or(Uuid::nil(), UserId::as_uuid);
        let rows: Vec<ErasureRow> = self.vault.all(&AFTER, |s| s.bind(after).bind(i64::from(limit))).await?;
        Ok(rows.into_iter().map(ErasureRow::into_domain).collect())
    }

    /// Those of the given people who have an account.
    pub(crate) async fn with_an_account(&self, people: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        let mut present = Vec::new();
        for people in people.chunks(AT_ONCE) {
            let rows: Vec<crate::keys::OwnerRow> = self
                .engine
                .all(&PRESENT, |s| s.bind_list(people.iter().map(|id| id.as_uuid()), AT_ONCE))
                .await?;
            present.extend(rows.into_iter().map(|row| UserId::from_uuid(row.user_id)));
        }
        Ok(present)
    }
}
