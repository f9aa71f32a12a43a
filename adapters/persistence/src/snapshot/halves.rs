use crate::sql::sql;
use crate::statement::{listing, record};
use crate::store::SqlStore;
use application::backup::{Loaded, LoadedPorts, Step, Watcher};
use application::store::StoreError;
use async_trait::async_trait;
use domain::ids::UserId;
use std::collections::HashSet;
use std::sync::Arc;
use uuid::Uuid;

/// How many people are looked at together.
const AT_ONCE: usize = 201;

sql! {
    COUNT = "SELECT CAST(COUNT(*) AS BIGINT) AS people FROM data_keys WHERE vault_version IS NOT NULL";

    POINTERS = "
        SELECT user_id, vault_version AS version FROM data_keys
        WHERE user_id > $1 AND vault_version IS NOT NULL ORDER BY user_id LIMIT $2";

    VERSIONS = || listing("SELECT user_id, version FROM people WHERE user_id IN ($list)", AT_ONCE);
}

record! {
    /// How many there are.
    CountRow { people: i64 }
}

record! {
    /// A version of somebody.
    VersionRow { user_id: Uuid, version: Uuid }
}

#[async_trait]
impl Loaded for SqlStore {
    fn ports(&self) -> LoadedPorts {
        let store = Arc::new(self.clone());
        LoadedPorts {
            store: store.clone(),
            instance: store.clone(),
            keyring: store.clone(),
            keeper: store.clone(),
            events: store.clone(),
            chain: store.clone(),
            users: store,
        }
    }

    async fn missing_people(&self, watcher: &Watcher) -> Result<u64, StoreError> {
        let count: Option<CountRow> = self.engine.optional(&COUNT, |s| s).await?;
        watcher.begin(Step::Match, count.and_then(|row| u64::try_from(row.people).ok()));
        let limit = i64::try_from(AT_ONCE).unwrap_or(i64::MAX);
        let (mut after, mut done, mut missing) = (Uuid::nil(), 0, 0);
        loop {
            let pointers: Vec<VersionRow> = self.engine.all(&POINTERS, |s| s.bind(after).bind(limit)).await?;
            let Some(last) = pointers.last() else { return Ok(missing) };
            after = last.user_id;
            let people: Vec<UserId> = pointers.iter().map(|row| UserId::from_uuid(row.user_id)).collect();
            let found: Vec<VersionRow> = self
                .vault
                .all(&VERSIONS, |s| s.bind_list(people.iter().map(|id| id.as_uuid()), AT_ONCE))
                .await?;
            let found: HashSet<_> = found.into_iter().map(|row| (row.user_id, row.version)).collect();
            missing +=
                pointers.iter().filter(|row| !found.contains(&(row.user_id, row.version))).count() as u64;
            done += pointers.len() as u64;
            watcher.at(done);
        }
    }

    async fn close(&self) {
        Self::close(self).await;
    }
}
