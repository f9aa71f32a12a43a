//! The two databases, held against each other by somebody who reaches into both.

use crate::database::Database;
use crate::{Outcome, Server, wait};

/// The versions of people that the first database points to, each as user and version in digits.
fn pointed(database: &Database) -> String {
    let row = row(database, "vault_version");
    format!("SELECT {row} FROM data_keys WHERE vault_version IS NOT NULL ORDER BY 1")
}

/// The versions of people that the vault has.
fn kept(vault: &Database) -> String {
    format!("SELECT {} FROM people ORDER BY 1", row(vault, "version"))
}

fn row(database: &Database, version: &str) -> String {
    let user = database.digits("user_id");
    format!("{user} || ' ' || {}", database.digits(version))
}

/// Waits until the vault holds exactly what the first database points to, and nothing is pending any more.
pub async fn await_in_step(server: &Server) -> Outcome {
    wait::until("the two databases to be in step", async || {
        Ok(is_in_step(server.database(), server.vault()).await?.then_some(()))
    })
    .await
}

/// Whether the vault holds exactly what the first database points to, and nothing is pending.
pub async fn is_in_step(database: &Database, vault: &Database) -> Outcome<bool> {
    let is_settled = vault.number("SELECT COUNT(*) FROM pending").await? == 0;
    Ok(is_settled && database.texts(&pointed(database)).await? == vault.texts(&kept(vault)).await?)
}

impl Database {
    /// The bytes or the identifier in that column, as digits.
    #[must_use]
    pub fn digits(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("lower(hex({column}))"),
            Self::Postgres(_) => format!("replace(ltrim({column}::text, '\\x'), '-', '')"),
        }
    }

    /// A value of bytes, written as digits, as this engine reads it in a statement.
    #[must_use]
    pub fn bytes(&self, digits: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("X'{digits}'"),
            Self::Postgres(_) => format!("'\\x{digits}'::bytea"),
        }
    }

    /// An identifier as this engine reads it in a statement.
    #[must_use]
    pub fn id(&self, id: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("X'{}'", id.replace('-', "")),
            Self::Postgres(_) => format!("'{id}'::uuid"),
        }
    }
}
