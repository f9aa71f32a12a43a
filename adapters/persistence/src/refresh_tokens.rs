//! Families of refresh tokens: one row for each session, rewritten at every rotation.

use crate::error::unreadable;
use crate::sessions::row::digest;
use crate::sql::sql;
use crate::statement::{Statement, record};
use crate::store::{SqlStore, SqlWork};
use application::store::{RefreshTokenRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::Scopes;
use domain::ids::SessionId;
use domain::sessions::{Family, Generation};

sql! {
    FIND = "
        SELECT generation, digest, predecessor, client, scopes, issued_at FROM refresh_tokens WHERE session_id = $1";

    INSERT = "
        INSERT INTO refresh_tokens (session_id, generation, digest, predecessor, client, scopes, issued_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";

    ROTATE = "
        UPDATE refresh_tokens
        SET generation = $4, digest = $5, predecessor = $6, client = $7, scopes = $8, issued_at = $9
        WHERE session_id = $1 AND generation = $2 AND digest = $3";
}

record! {
    /// A family.
    FamilyRow {
        generation: i64,
        digest: Vec<u8>,
        predecessor: Option<Vec<u8>>,
        client: Vec<u8>,
        scopes: String,
        issued_at: i64,
    }
}

impl FamilyRow {
    fn into_domain(self, session_id: SessionId) -> Result<Family, StoreError> {
        let unreadable = |column| unreadable("refresh_tokens", session_id, column);
        let generation = u32::try_from(self.generation).map_err(|_| unreadable("generation"))?;
        let predecessor = self.predecessor.map(digest).transpose();
        Ok(Family {
            session_id,
            generation: Generation::from_number(generation),
            digest: digest(self.digest).map_err(|_| unreadable("digest"))?,
            predecessor: predecessor.map_err(|_| unreadable("predecessor"))?,
            client: digest(self.client).map_err(|_| unreadable("client"))?,
            scopes: Scopes::parse(&self.scopes).ok_or_else(|| unreadable("scopes"))?,
            issued_at: Timestamp::from_micros(self.issued_at),
        })
    }
}

/// Binds what is kept of a generation, in the order of the columns.
fn bind_generation<'l>(statement: Statement<'l>, family: &Family) -> Statement<'l> {
    statement
        .bind(i64::from(family.generation.number()))
        .bind(family.digest.as_bytes().as_slice())
        .bind(family.predecessor.as_ref().map(|digest| digest.as_bytes().as_slice()))
        .bind(family.client.as_bytes().as_slice())
        .bind(family.scopes.to_string())
        .bind(family.issued_at.as_micros())
}

impl SqlStore {
    pub(crate) async fn family_of(&self, session: SessionId) -> Result<Option<Family>, StoreError> {
        let row: Option<FamilyRow> = self.engine.optional(&FIND, |s| s.bind(session.as_uuid())).await?;
        row.map(|row| row.into_domain(session)).transpose()
    }
}

#[async_trait]
impl RefreshTokenRepository for SqlWork {
    async fn find(&mut self, session: SessionId) -> Result<Option<Family>, StoreError> {
        let row: Option<FamilyRow> = self.statement(&FIND).bind(session.as_uuid()).optional().await?;
        row.map(|row| row.into_domain(session)).transpose()
    }

    async fn insert(&mut self, family: &Family) -> Result<(), StoreError> {
        let insert = self.statement(&INSERT).bind(family.session_id.as_uuid());
        bind_generation(insert, family).execute().await.map(drop)
    }

    async fn rotate(&mut self, before: &Family, after: &Family) -> Result<(), StoreError> {
        let rotate = self
            .statement(&ROTATE)
            .bind(before.session_id.as_uuid())
            .bind(i64::from(before.generation.number()))
            .bind(before.digest.as_bytes().as_slice());
        match bind_generation(rotate, after).execute().await? {
            0 => Err(StoreError::Conflict),
            _ => Ok(()),
        }
    }
}
