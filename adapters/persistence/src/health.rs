//! How the databases are: what readiness, the metrics and an operator ask. Whatever a database does, the answer comes
//! within a moment.

use crate::engine::Engine;
use crate::migrate;
use crate::sql::sql;
use crate::statement::record;
use crate::store::SqlStore;
use application::store::{Backlog, Half, StoreError, StoreHealth};
use async_trait::async_trait;
use domain::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// How long one look may take.
const WITHIN: Duration = Duration::from_secs(1);

sql! {
    /// Along the index of those that wait, which is empty but for the last second.
    pub(crate) BACKLOG = "
        SELECT count(*) AS events, min(at) AS since
        FROM (SELECT at FROM events WHERE sequence IS NULL AND NOT in_clear ORDER BY at, id LIMIT $1) waiting";
}

record! {
    /// How many events wait, and since when the first of them does.
    BacklogRow { events: i64, since: Option<i64> }
}

impl SqlStore {
    const fn half(&self, half: Half) -> &Arc<Engine> {
        match half {
            Half::Main => &self.engine,
            Half::Vault => &self.vault,
        }
    }
}

async fn promptly<T>(look: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late = || StoreError::Unavailable("the database did not answer in time".to_owned());
    timeout(WITHIN, look).await.unwrap_or_else(|_| Err(late()))
}

#[async_trait]
impl StoreHealth for SqlStore {
    async fn ready(&self, half: Half) -> Result<(), StoreError> {
        let engine = self.half(half);
        promptly(async {
            let mut lease = engine.begin().await?;
            engine.require_writable(&mut lease).await
        })
        .await
    }

    async fn missing_migrations(&self) -> Result<usize, StoreError> {
        promptly(async {
            let main = migrate::standing(&self.engine).await?.missing;
            Ok(main + migrate::standing(&self.vault).await?.missing)
        })
        .await
    }

    async fn backlog(&self) -> Result<Backlog, StoreError> {
        let most = i64::from(Backlog::MOST);
        let row: Option<BacklogRow> = promptly(self.engine.optional(&BACKLOG, |s| s.bind(most))).await?;
        Ok(row.map_or_else(Backlog::default, |row| Backlog {
            events: u64::try_from(row.events).unwrap_or(0),
            since: row.since.map(Timestamp::from_micros),
        }))
    }
}
