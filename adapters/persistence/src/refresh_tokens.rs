//! Families of refresh tokens: one row for each session, rewritten at every rotation.

use crate::error::unreadable;
use crate::keys::{KeyRow, OwnerRow};
use crate::many::{Many, SIZES, with_rows};
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
use std::collections::HashSet;
use uuid::Uuid;

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

    ROTATE_4 = || rotation_of(SIZES[0]);
    ROTATE_16 = || rotation_of(SIZES[1]);
    pub(crate) ROTATE_64 = || rotation_of(SIZES[2]);
}

static ROTATE_MANY: Many =
    Many { texts: [&ROTATE_4, &ROTATE_16, &ROTATE_64], bind_nothing: bind_no_rotation };

/// [`ROTATE`] of many: what is not as it was expected to be is left out.
fn rotation_of(rows: usize) -> String {
    let sql = "
        UPDATE refresh_tokens
        SET generation = v.column4, digest = v.column5, predecessor = v.column6, client = v.column7, scopes = v.column8,
            issued_at = v.column9
        FROM $rows
        WHERE session_id = v.column1 AND generation = v.column2 AND digest = v.column3
        RETURNING session_id,
            (SELECT s.user_id FROM sessions s WHERE s.id = refresh_tokens.session_id) AS user_id,
            (SELECT k.wrapping FROM data_keys k JOIN sessions s ON k.user_id = s.user_id
                WHERE s.id = refresh_tokens.session_id) AS wrapping,
            (SELECT k.sealed FROM data_keys k JOIN sessions s ON k.user_id = s.user_id
                WHERE s.id = refresh_tokens.session_id) AS sealed_key,
            (SELECT k.vault_version FROM data_keys k JOIN sessions s ON k.user_id = s.user_id
                WHERE s.id = refresh_tokens.session_id) AS vault_version";
    with_rows(sql, rows, 9)
}

record! {
    /// Of which session something is.
    SessionRow { session_id: Uuid }
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

/// Binds which family is to be found, and what it is to be from then on.
fn bind_rotation<'l>(statement: Statement<'l>, before: &Family, after: &Family) -> Statement<'l> {
    let statement = statement
        .bind(before.session_id.as_uuid())
        .bind(i64::from(before.generation.number()))
        .bind(before.digest.as_bytes().as_slice());
    bind_generation(statement, after)
}

/// Binds a row of [`bind_rotation`] that finds nothing.
fn bind_no_rotation(statement: Statement<'_>) -> Statement<'_> {
    let statement = statement.bind_none::<Uuid>().bind_none::<i64>().bind_none::<&[u8]>();
    let statement = statement.bind_none::<i64>().bind_none::<&[u8]>().bind_none::<&[u8]>();
    statement.bind_none::<&[u8]>().bind_none::<&str>().bind_none::<i64>()
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

impl SqlWork {
    /// Rotates families of different sessions, [`MOST`](crate::many::MOST) at most. Says of which sessions they are: what is
    /// no longer as it was before is left as it is.
    pub(crate) async fn rotate_all(
        &mut self,
        families: &[(&Family, &Family)],
    ) -> Result<HashSet<SessionId>, StoreError> {
        if let [(before, after)] = families {
            return match self.rotate(before, after).await {
                Ok(()) => Ok(HashSet::from([before.session_id])),
                Err(StoreError::Conflict) => Ok(HashSet::new()),
                Err(error) => Err(error),
            };
        }
        let rotate = self.statement_for(&ROTATE_MANY, families.iter(), |rotate, (before, after)| {
            bind_rotation(rotate, before, after)
        });
        let rotated: Vec<Beside<SessionRow, Beside<OwnerRow, KeyRow>>> = rotate.all().await?;
        let mut sessions = HashSet::with_capacity(rotated.len());
        for Beside(session, Beside(owner, key)) in rotated {
            self.note_key(UserId::from_uuid(owner.user_id), key);
            sessions.insert(SessionId::from_uuid(session.session_id));
        }
        Ok(sessions)
    }
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
        let rotate = bind_rotation(self.statement(&ROTATE), before, after);
        let rotated: Option<Beside<OwnerRow, KeyRow>> = rotate.optional().await?;
        let Beside(owner, key) = rotated.ok_or(StoreError::Conflict)?;
        self.note_key(UserId::from_uuid(owner.user_id), key);
        Ok(())
    }
}
