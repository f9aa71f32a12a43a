//! The database: one table, one connection that writes.

use super::first_token;
use aws_lc_rs::digest::{SHA256, digest};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Error};
use std::path::Path;
use uuid::Uuid;

/// A row for each token, as most services keep them. What it is looked up by has an index: the token, and the family
/// that ends when a spent one comes back.
const TABLE: &str = "
    CREATE TABLE refresh_tokens (
        digest     BLOB    NOT NULL PRIMARY KEY,
        user_id    BLOB    NOT NULL,
        family     BLOB    NOT NULL,
        expires_at INTEGER NOT NULL,
        used_at    INTEGER
    ) STRICT;
    CREATE INDEX refresh_tokens_by_user ON refresh_tokens (user_id);
    CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family)";

const SPEND: &str = "
    UPDATE refresh_tokens SET used_at = $2 WHERE digest = $1 AND used_at IS NULL AND expires_at > $2
    RETURNING user_id, family";

const INSERT: &str =
    "INSERT INTO refresh_tokens (digest, user_id, family, expires_at) VALUES ($1, $2, $3, $4)";

const LIFETIME_SECONDS: i64 = 30 * 24 * 3_600;

/// What is kept of a token.
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) fn of(token: &str) -> Self {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        Self(bytes)
    }
}

/// The database.
pub(super) struct Store {
    writer: SqlitePool,
}

impl Store {
    /// Makes it, with the first token of each family.
    pub(super) async fn create(file: &Path, families: u32) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        sqlx::raw_sql(TABLE).execute(&writer).await?;
        let mut work = writer.begin().await?;
        for family in 0..families {
            // Families and people have the same numbers: nobody asks for either.
            let id = Uuid::from_u128(family.into());
            let token = Digest::of(&first_token(family));
            let insert = sqlx::query(INSERT).bind(&token.0[..]).bind(id).bind(id).bind(i64::MAX);
            insert.execute(&mut *work).await?;
        }
        work.commit().await?;
        Ok(Self { writer })
    }

    /// Spends a token and puts another one in its place; says whose it is, and of which family. `None`: it was never
    /// issued, or is spent or over.
    pub(super) async fn rotate(
        &self,
        spent: &Digest,
        fresh: &Digest,
        now: u64,
    ) -> Result<Option<(Uuid, Uuid)>, Error> {
        let now = now.cast_signed();
        let mut work = self.writer.begin().await?;
        let spent = sqlx::query_as(SPEND).bind(&spent.0[..]).bind(now).fetch_optional(&mut *work).await?;
        let Some((user, family)): Option<(Uuid, Uuid)> = spent else { return Ok(None) };
        let insert = sqlx::query(INSERT).bind(&fresh.0[..]).bind(user).bind(family);
        insert.bind(now + LIFETIME_SECONDS).execute(&mut *work).await?;
        work.commit().await?;
        Ok(Some((user, family)))
    }
}
