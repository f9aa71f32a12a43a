//! Signing keys. Whoever changes them queues first, so that no two replicas make the next one at the same moment.

use crate::error::unreadable;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{SigningKeyDirectory, SigningKeyRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::keys::{Algorithm, SealedKey, SigningKey};

sql! {
    ALL = "
        SELECT kid, algorithm, public_key, sealed_private_key, created_at, active_from FROM signing_keys
        ORDER BY active_from, kid";

    INSERT = "
        INSERT INTO signing_keys (kid, algorithm, public_key, sealed_private_key, created_at, active_from)
        VALUES ($1, $2, $3, $4, $5, $6)";

    RESCHEDULE = "UPDATE signing_keys SET active_from = $2 WHERE kid = $1";

    REMOVE = "DELETE FROM signing_keys WHERE kid = $1";
}

record! {
    /// A key.
    KeyRow {
        kid: String,
        algorithm: String,
        public_key: Vec<u8>,
        sealed_private_key: Vec<u8>,
        created_at: i64,
        active_from: i64,
    }
}

impl KeyRow {
    fn into_domain(self) -> Result<SigningKey, StoreError> {
        let algorithm = Algorithm::from_name(&self.algorithm)
            .ok_or_else(|| unreadable("signing_keys", &self.kid, "algorithm"))?;
        Ok(SigningKey {
            algorithm,
            kid: self.kid,
            public_key: self.public_key,
            sealed_private_key: SealedKey(self.sealed_private_key),
            created_at: Timestamp::from_micros(self.created_at),
            active_from: Timestamp::from_micros(self.active_from),
        })
    }
}

#[async_trait]
impl SigningKeyRepository for SqlWork {
    async fn lock(&mut self) -> Result<(), StoreError> {
        self.queue_at_the_installation().await
    }

    async fn all(&mut self) -> Result<Vec<SigningKey>, StoreError> {
        let rows: Vec<KeyRow> = self.statement(&ALL).all().await?;
        rows.into_iter().map(KeyRow::into_domain).collect()
    }

    async fn insert(&mut self, key: &SigningKey) -> Result<(), StoreError> {
        let insert = self
            .statement(&INSERT)
            .bind(key.kid.as_str())
            .bind(key.algorithm.name())
            .bind(key.public_key.as_slice())
            .bind(key.sealed_private_key.0.as_slice())
            .bind(key.created_at.as_micros())
            .bind(key.active_from.as_micros());
        insert.execute().await.map(drop)
    }

    async fn reschedule(&mut self, kid: &str, active_from: Timestamp) -> Result<(), StoreError> {
        match self.statement(&RESCHEDULE).bind(kid).bind(active_from.as_micros()).execute().await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }

    async fn remove(&mut self, kid: &str) -> Result<bool, StoreError> {
        Ok(self.statement(&REMOVE).bind(kid).execute().await? > 0)
    }
}

#[async_trait]
impl SigningKeyDirectory for SqlStore {
    async fn all(&self) -> Result<Vec<SigningKey>, StoreError> {
        let rows: Vec<KeyRow> = self.engine.all(&ALL, |s| s).await?;
        rows.into_iter().map(KeyRow::into_domain).collect()
    }
}
