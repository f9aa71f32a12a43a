//! Families of refresh tokens: one row for each session, rewritten at every rotation.

use crate::error::unreadable;
use crate::keys::{KeyRow, OwnerRow};
use crate::sessions::row::digest;
use crate::sql::sql;
use crate::statement::{Beside, Statement, record};
use crate::store::{SqlStore, SqlWork};
use application::store::{RefreshTokenRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::Scopes;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Family, Generation};

/// The columns of [`FamilyRow`], of a table called `t`.
macro_rules! family_columns {
    () => {
        "t.generation, t.digest, t.predecessor, t.client, t.scopes AS family_scopes, t.issued_at"
    };
}

pub(crate) use family_columns;

sql! {
    FIND = concat!("SELECT ", family_columns!(), " FROM refresh_tokens t WHERE t.session_id = $1");

    INSERT = "
        INSERT INTO refresh_tokens (session_id, generation, digest, predecessor, client, scopes, issued_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";

    /// Gives the key of whose it is beside, because an event that is recorded with it is sealed under that.
    ROTATE = "
        UPDATE refresh_tokens
        SET generation = $4, digest = $5, predecessor = $6, client = $7, scopes = $8, issued_at = $9
        WHERE session_id = $1 AND generation = $2 AND digest = $3
        RETURNING (SELECT s.user_id FROM sessions s WHERE s.id = $1) AS user_id,
            (SELECT k.wrapping FROM data_keys k JOIN sessions s ON k.user_id = s.user_id WHERE s.id = $1) AS wrapping,
            (SELECT k.sealed FROM data_keys k JOIN sessions s ON k.user_id = s.user_id WHERE s.id = $1) AS sealed_key,
            (SELECT k.vault_version FROM data_keys k JOIN sessions s ON k.user_id = s.user_id WHERE s.id = $1)
                AS vault_version";
}

record! {
    /// A family.
    FamilyRow {
        generation: i64,
        digest: Vec<u8>,
        predecessor: Option<Vec<u8>>,
        client: Vec<u8>,
        family_scopes: String,
        issued_at: i64,
    }
}

impl FamilyRow {
    pub(crate) fn into_domain(self, session_id: SessionId) -> Result<Family, StoreError> {
        let unreadable = |column| unreadable("refresh_tokens", session_id, column);
        let generation = u32::try_from(self.generation).map_err(|_| unreadable("generation"))?;
        let predecessor = self.predecessor.map(digest).transpose();
        Ok(Family {
            session_id,
            generation: Generation::from_number(generation),
            digest: digest(self.digest).map_err(|_| unreadable("digest"))?,
            predecessor: predecessor.map_err(|_| unreadable("predecessor"))?,
            client: digest(self.client).map_err(|_| unreadable("client"))?,
            scopes: Scopes::parse(&self.family_scopes).ok_or_else(|| unreadable("scopes"))?,
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
        let rotated: Option<Beside<OwnerRow, KeyRow>> = bind_generation(rotate, after).optional().await?;
        let Beside(owner, key) = rotated.ok_or(StoreError::Conflict)?;
        self.note_key(UserId::from_uuid(owner.user_id), key);
        Ok(())
    }
}
