//! The keyring of the installation, and under which of its wrapping keys the keys of people are sealed.

use crate::error::unreadable;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{KeyringDirectory, KeyringRepository, StoreError, Wrapped};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use domain::vault::{KeyName, KeyringEntry, WrappedKey};
use uuid::Uuid;

sql! {
    ALL = "SELECT name, id, sealed, created_at FROM keyring ORDER BY name, id";

    INSERT = "
        INSERT INTO keyring (name, id, wrapping, sealed, created_at) VALUES ($1, $2, $3, $4, $5)";

    RESEAL = "UPDATE keyring SET sealed = $3 WHERE name = $1 AND id = $2";

    REMOVE_WRAPPING = "DELETE FROM keyring WHERE wrapping = $1";

    /// Two walks along one index find one other wrapping key; what is under a third comes when this one is done. Takes nobody's
    /// turn: what was rewrapped meanwhile is rewrapped once more, to the same end.
    WRAPPED_OTHERWISE = "
        SELECT user_id, wrapping, sealed FROM data_keys WHERE wrapping = COALESCE(
            (SELECT wrapping FROM data_keys WHERE wrapping < $1 ORDER BY wrapping LIMIT 1),
            (SELECT wrapping FROM data_keys WHERE wrapping > $1 ORDER BY wrapping LIMIT 1))
        ORDER BY user_id LIMIT $2";

    /// Once for each row: a second time in one transaction, PostgreSQL would look the account up and wait for whoever is
    /// changing it.
    REWRAP = "UPDATE data_keys SET wrapping = $2, sealed = $3 WHERE user_id = $1";

    WRAPPED = "
        SELECT (SELECT count(*) FROM data_keys) AS every,
            (SELECT count(*) FROM data_keys WHERE wrapping <> $1) AS otherwise";
}

/// Whose turn changes the keyring: any number will do, as long as every Xtrem takes the same.
const TURN: i64 = 7_236_272_918_374_650_121;

record! {
    /// A key of the installation.
    EntryRow { name: String, id: i64, sealed: Vec<u8>, created_at: i64 }
}

record! {
    /// The key of a person.
    WrappedRow { user_id: Uuid, wrapping: i64, sealed: Vec<u8> }
}

record! {
    /// How many.
    CountsRow { every: i64, otherwise: i64 }
}

impl EntryRow {
    fn into_domain(self) -> Result<KeyringEntry, StoreError> {
        let unreadable = |column| unreadable("keyring", &self.name, column);
        Ok(KeyringEntry {
            name: KeyName::from_name(&self.name).ok_or_else(|| unreadable("name"))?,
            id: u32::try_from(self.id).map_err(|_| unreadable("id"))?,
            sealed: self.sealed,
            created_at: Timestamp::from_micros(self.created_at),
        })
    }
}

impl WrappedRow {
    fn into_domain(self) -> Result<(UserId, WrappedKey), StoreError> {
        let owner = UserId::from_uuid(self.user_id);
        let wrapping =
            u32::try_from(self.wrapping).map_err(|_| unreadable("data_keys", owner, "wrapping"))?;
        Ok((owner, WrappedKey { wrapping, sealed: self.sealed }))
    }
}

#[async_trait]
impl KeyringRepository for SqlWork {
    async fn lock(&mut self) -> Result<(), StoreError> {
        self.lease.take_turn(TURN).await
    }

    async fn all(&mut self) -> Result<Vec<KeyringEntry>, StoreError> {
        let rows: Vec<EntryRow> = self.statement(&ALL).all().await?;
        rows.into_iter().map(EntryRow::into_domain).collect()
    }

    async fn insert(&mut self, entry: &KeyringEntry) -> Result<(), StoreError> {
        let insert = self
            .statement(&INSERT)
            .bind(entry.name.name())
            .bind(i64::from(entry.id))
            .bind((entry.name == KeyName::Wrapping).then_some(i64::from(entry.id)))
            .bind(entry.sealed.as_slice())
            .bind(entry.created_at.as_micros());
        insert.execute().await.map(drop)
    }

    async fn reseal(&mut self, entry: &KeyringEntry) -> Result<(), StoreError> {
        let reseal = self.statement(&RESEAL).bind(entry.name.name()).bind(i64::from(entry.id));
        match reseal.bind(entry.sealed.as_slice()).execute().await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    async fn remove_wrapping(&mut self, id: u32) -> Result<(), StoreError> {
        // The foreign key says whether anybody's key is under it, those included that others are just adding.
        self.statement(&REMOVE_WRAPPING).bind(i64::from(id)).execute().await.map(drop)
    }

    async fn wrapped_otherwise(
        &mut self,
        wrapping: u32,
        limit: u32,
    ) -> Result<Vec<(UserId, WrappedKey)>, StoreError> {
        let find = self.statement(&WRAPPED_OTHERWISE).bind(i64::from(wrapping)).bind(i64::from(limit));
        let rows: Vec<WrappedRow> = find.all().await?;
        rows.into_iter().map(WrappedRow::into_domain).collect()
    }

    async fn rewrap(&mut self, user: UserId, wrapped: &WrappedKey) -> Result<(), StoreError> {
        let rewrap = self.statement(&REWRAP).bind(user.as_uuid()).bind(i64::from(wrapped.wrapping));
        rewrap.bind(wrapped.sealed.as_slice()).execute().await.map(drop)
    }
}

#[async_trait]
impl KeyringDirectory for SqlStore {
    async fn keyring(&self) -> Result<Vec<KeyringEntry>, StoreError> {
        let rows: Vec<EntryRow> = self.engine.all(&ALL, |s| s).await?;
        rows.into_iter().map(EntryRow::into_domain).collect()
    }

    async fn wrapped(&self, wrapping: u32) -> Result<Wrapped, StoreError> {
        let row: Option<CountsRow> = self.engine.optional(&WRAPPED, |s| s.bind(i64::from(wrapping))).await?;
        let count = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok(row.map_or(Wrapped { all: 0, otherwise: 0 }, |row| Wrapped {
            all: count(row.every),
            otherwise: count(row.otherwise),
        }))
    }
}
