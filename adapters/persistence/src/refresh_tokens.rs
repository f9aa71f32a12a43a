//! Families of refresh tokens: one row for each session, rewritten at every rotation.

use crate::error::unreadable;
use crate::sessions::digest;
use crate::statement::record;
use crate::store::SqlWork;
use application::store::{RefreshTokenRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::SessionId;
use domain::sessions::{Family, Generation};

const FIND: &str = "SELECT generation, digest, issued_at FROM refresh_tokens WHERE session_id = $1";

const INSERT: &str =
    "INSERT INTO refresh_tokens (session_id, generation, digest, issued_at) VALUES ($1, $2, $3, $4)";

const ROTATE: &str = "
    UPDATE refresh_tokens SET generation = $4, digest = $5, issued_at = $6
    WHERE session_id = $1 AND generation = $2 AND digest = $3";

record! {
    /// A family.
    FamilyRow { generation: i64, digest: Vec<u8>, issued_at: i64 }
}

impl FamilyRow {
    fn into_domain(self, session_id: SessionId) -> Result<Family, StoreError> {
        let unreadable = |column| unreadable("refresh_tokens", session_id, column);
        let generation = u32::try_from(self.generation).map_err(|_| unreadable("generation"))?;
        Ok(Family {
            session_id,
            generation: Generation::from_number(generation),
            digest: digest(self.digest).map_err(|_| unreadable("digest"))?,
            issued_at: Timestamp::from_micros(self.issued_at),
        })
    }
}

#[async_trait]
impl RefreshTokenRepository for SqlWork {
    async fn find(&mut self, session: SessionId) -> Result<Option<Family>, StoreError> {
        let row: Option<FamilyRow> = self.statement(FIND).bind(session.as_uuid()).optional().await?;
        row.map(|row| row.into_domain(session)).transpose()
    }

    async fn insert(&mut self, family: &Family) -> Result<(), StoreError> {
        let insert = self
            .statement(INSERT)
            .bind(family.session_id.as_uuid())
            .bind(i64::from(family.generation.number()))
            .bind(family.digest.as_bytes().as_slice())
            .bind(family.issued_at.as_micros());
        insert.execute().await.map(drop)
    }

    async fn rotate(&mut self, before: &Family, after: &Family) -> Result<(), StoreError> {
        let rotate = self
            .statement(ROTATE)
            .bind(before.session_id.as_uuid())
            .bind(i64::from(before.generation.number()))
            .bind(before.digest.as_bytes().as_slice())
            .bind(i64::from(after.generation.number()))
            .bind(after.digest.as_bytes().as_slice())
            .bind(after.issued_at.as_micros());
        if rotate.execute().await? == 0 { Err(StoreError::Conflict) } else { Ok(()) }
    }
}
