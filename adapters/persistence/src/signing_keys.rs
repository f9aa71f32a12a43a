//! Signing keys. That at most one is current is said by a unique index, so that no two replicas can differ on it.

use crate::error::unreadable;
use crate::statement::record;
use crate::store::SqlWork;
use application::store::{SigningKeyRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::keys::{Algorithm, KeyState, SealedKey, SigningKey};

const ALL: &str = "
    SELECT kid, algorithm, public_key, sealed_private_key, state, created_at FROM signing_keys
    ORDER BY CASE state WHEN 'current' THEN 0 ELSE 1 END, created_at DESC, kid";

const INSERT: &str = "
    INSERT INTO signing_keys (kid, algorithm, public_key, sealed_private_key, state, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT DO NOTHING";

record! {
    /// A key.
    KeyRow {
        kid: String,
        algorithm: String,
        public_key: Vec<u8>,
        sealed_private_key: Vec<u8>,
        state: String,
        created_at: i64,
    }
}

impl KeyRow {
    fn into_domain(self) -> Result<SigningKey, StoreError> {
        let unreadable = |column| unreadable("signing_keys", &self.kid, column);
        let algorithm = Algorithm::from_name(&self.algorithm).ok_or_else(|| unreadable("algorithm"))?;
        let state = KeyState::from_name(&self.state).ok_or_else(|| unreadable("state"))?;
        Ok(SigningKey {
            algorithm,
            state,
            kid: self.kid,
            public_key: self.public_key,
            sealed_private_key: SealedKey(self.sealed_private_key),
            created_at: Timestamp::from_micros(self.created_at),
        })
    }
}

#[async_trait]
impl SigningKeyRepository for SqlWork {
    async fn all(&mut self) -> Result<Vec<SigningKey>, StoreError> {
        let rows: Vec<KeyRow> = self.statement(ALL).all().await?;
        rows.into_iter().map(KeyRow::into_domain).collect()
    }

    async fn insert(&mut self, key: &SigningKey) -> Result<bool, StoreError> {
        let insert = self
            .statement(INSERT)
            .bind(key.kid.as_str())
            .bind(key.algorithm.name())
            .bind(key.public_key.as_slice())
            .bind(key.sealed_private_key.0.as_slice())
            .bind(key.state.name())
            .bind(key.created_at.as_micros());
        Ok(insert.execute().await? > 0)
    }
}
