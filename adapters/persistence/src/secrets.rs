//! Secrets that work once: a table in which each person has at most one, of which the digest and the end are known.
//!
//! There are several such tables with equal columns, so their statements stand here once. Of any number of uses of one
//! secret one removes the row, and only that one has used it.

use crate::error::unreadable;
use crate::sessions::row::digest;
use crate::sql::Sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::StoreError;
use domain::Timestamp;
use domain::ids::UserId;
use domain::sessions::TokenDigest;

/// The statements of such a table.
pub(crate) struct Secrets {
    table: &'static str,
    find: Sql,
    put: Sql,
    take: Sql,
    remove: Sql,
    sweep: Sql,
}

#[cfg(test)]
impl Secrets {
    pub(crate) const fn texts(&self) -> [&Sql; 5] {
        [&self.find, &self.put, &self.take, &self.remove, &self.sweep]
    }
}

macro_rules! secrets {
    ($table:literal) => {
        Secrets {
            table: $table,
            find: secrets!($table, "find", "SELECT digest, expires_at FROM ", $table, " WHERE user_id = $1"),
            put: secrets!(
                $table, "put", "INSERT INTO ", $table, " (user_id, digest, expires_at) VALUES ($1, $2, $3)
                ON CONFLICT (user_id) DO UPDATE SET digest = excluded.digest, expires_at = excluded.expires_at"
            ),
            take: secrets!(
                $table, "take", "DELETE FROM ", $table, " WHERE user_id = $1 AND digest = $2 RETURNING expires_at"
            ),
            remove: secrets!($table, "remove", "DELETE FROM ", $table, " WHERE user_id = $1"),
            sweep: secrets!(
                $table, "sweep", "DELETE FROM ", $table, " WHERE user_id IN (
                    SELECT user_id FROM ", $table, " WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)"
            ),
        }
    };
    ($table:literal, $name:literal, $($text:literal),+) => {
        Sql::written(concat!(module_path!(), "::", $table, "::", $name), concat!($($text),+))
    };
}

/// Links by which people set their passwords.
pub(crate) static PASSWORD_LINKS: Secrets = secrets!("password_links");
/// Tickets for a person's own data.
pub(crate) static EXPORT_TICKETS: Secrets = secrets!("export_tickets");

record! {
    /// A secret and when it stops working.
    SecretRow { digest: Vec<u8>, expires_at: i64 }
}

record! {
    /// When it stops working.
    EndRow { expires_at: i64 }
}

impl SqlStore {
    /// The secret of a person and its end.
    pub(crate) async fn secret_of(
        &self,
        secrets: &'static Secrets,
        user: UserId,
    ) -> Result<Option<(TokenDigest, Timestamp)>, StoreError> {
        let Some(row) = self.engine.optional::<SecretRow>(&secrets.find, |s| s.bind(user.as_uuid())).await?
        else {
            return Ok(None);
        };
        let digest = digest(row.digest).map_err(|_| unreadable(secrets.table, user, "digest"))?;
        Ok(Some((digest, Timestamp::from_micros(row.expires_at))))
    }
}

impl SqlWork {
    /// Stores a secret in the place of the one before it.
    pub(crate) async fn put_secret(
        &mut self,
        secrets: &'static Secrets,
        user: UserId,
        digest: &TokenDigest,
        expires_at: Timestamp,
    ) -> Result<(), StoreError> {
        let put = self.statement(&secrets.put).bind(user.as_uuid()).bind(digest.as_bytes().as_slice());
        put.bind(expires_at.as_micros()).execute().await.map(drop)
    }

    /// Takes a secret out of use. Says when it would have stopped working, if it was there.
    pub(crate) async fn take_secret(
        &mut self,
        secrets: &'static Secrets,
        user: UserId,
        digest: &TokenDigest,
    ) -> Result<Option<Timestamp>, StoreError> {
        let take = self.statement(&secrets.take).bind(user.as_uuid()).bind(digest.as_bytes().as_slice());
        let row: Option<EndRow> = take.optional().await?;
        Ok(row.map(|row| Timestamp::from_micros(row.expires_at)))
    }

    /// Takes the secret of a person out of use, whatever it is. Says whether there was one.
    pub(crate) async fn remove_secret(
        &mut self,
        secrets: &'static Secrets,
        user: UserId,
    ) -> Result<bool, StoreError> {
        Ok(self.statement(&secrets.remove).bind(user.as_uuid()).execute().await? > 0)
    }

    /// Removes at most `limit` secrets that stopped working before that moment. Says how many.
    pub(crate) async fn sweep_secrets(
        &mut self,
        secrets: &'static Secrets,
        expired_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        self.statement(&secrets.sweep).bind(expired_before.as_micros()).bind(i64::from(limit)).execute().await
    }
}
