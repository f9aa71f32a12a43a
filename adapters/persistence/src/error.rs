use crate::engine::Schema;
use application::store::{StoreError, VaultError};
use sqlx::Error;
use sqlx::postgres::PgDatabaseError;
use sqlx::sqlite::SqliteError;
use std::fmt::Display;
use std::path::PathBuf;

/// Why a database can't be opened. Nothing was changed in it, and no text of these holds a password.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The setting that names the database can't be understood.
    #[error("the database URL can't be used: {0}")]
    Address(String),
    /// The file is not there, but what SQLite keeps beside it is: it was moved or lost, and must not be made anew.
    #[error("{} is missing, but {} is there: the database was moved or lost, and is not made anew", file.display(), beside.display())]
    Lost {
        /// The file that should be there.
        file: PathBuf,
        /// What is there.
        beside: PathBuf,
    },
    /// The file is not a database, or not one that can be read.
    #[error("{} is not an SQLite database, or it is damaged: {reason}", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What SQLite says of it.
        reason: String,
    },
    /// The file is a database of another program.
    #[error("{} is a database of another program", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// The database is the main one and was named as the vault, or the other way round.
    #[error(
        "{place} can't be the {role}: it is the {owner}, and database.url and vault.url have to name two databases"
    )]
    Mistaken {
        /// The file or the server.
        place: String,
        /// What it was named as.
        role: &'static str,
        /// What it is.
        owner: &'static str,
    },
    /// There is no vault, although this installation has filled one.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The file can't be made or read.
    #[error("{}: {source}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// The server can't be used as it is set up.
    #[error("{place} can't be used: {reason}")]
    Unfit {
        /// The server.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The database can't be reached at this moment.
    #[error("{place} can't be reached: {reason}")]
    Unavailable {
        /// The file or the server.
        place: String,
        /// What the driver says.
        reason: String,
    },
}

impl OpenError {
    /// A database that is not what it was named as.
    pub(crate) const fn mistaken(named_as: Schema, place: String) -> Self {
        let (role, owner) = match named_as {
            Schema::Main => ("main database", "vault"),
            Schema::Vault => ("vault", "main database"),
        };
        Self::Mistaken { place, role, owner }
    }
}

/// Why the tables can't be brought to where this program needs them. Nothing of it was done.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// A newer Xtrem has worked on the database. An older one could harm what it doesn't know.
    #[error(
        "the database has migration {0}, which this version of Xtrem does not know: a newer version has used it"
    )]
    Newer(i64),
    /// A migration that was done is not the one of that number in this program.
    #[error("migration {0} of the database differs from the one in this version of Xtrem")]
    Altered(i64),
    /// The database can't be reached, or another process is still migrating.
    #[error("the database could not be migrated at this moment: {0}")]
    Unavailable(String),
    /// A migration failed.
    #[error("the database could not be migrated: {0}")]
    Failed(String),
    /// The vault is not the one of this installation.
    #[error(transparent)]
    Vault(VaultError),
}

impl From<StoreError> for MigrationError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(reason) => Self::Unavailable(reason),
            other => Self::Failed(other.to_string()),
        }
    }
}

impl From<VaultError> for MigrationError {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Store(error) => error.into(),
            other => Self::Vault(other),
        }
    }
}

/// What a use case learns of an error of the driver.
pub(crate) fn translate(error: &Error) -> StoreError {
    match judge(error) {
        Judgement::Conflict => StoreError::Conflict,
        Judgement::Lost | Judgement::Unavailable => StoreError::Unavailable(error.to_string()),
        Judgement::Broken => StoreError::Broken(error.to_string()),
    }
}

/// What a use case learns where no connection came about. Whatever the driver says of it, the next attempt may do better: a
/// server that dies at that moment answers with anything, or with the end of the stream in the middle of a word.
pub(crate) fn unconnected(error: &Error) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

/// Whether the connection itself has gone, so that the same question on another one may well be answered.
pub(crate) fn is_lost(error: &Error) -> bool {
    matches!(judge(error), Judgement::Lost)
}

/// Whether a statement that failed so has undone itself and nothing else. After anything else SQLite may have given up the
/// whole transaction (<https://www.sqlite.org/lang_transaction.html>, "Response to errors within a transaction").
pub(crate) fn undoes_no_more_than_itself(error: &Error) -> bool {
    match error {
        Error::Database(_) => sqlite_code(error).is_some_and(sqlite::is_of_the_statement),
        Error::RowNotFound
        | Error::ColumnDecode { .. }
        | Error::ColumnNotFound(_)
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::Decode(_)
        | Error::Encode(_) => true,
        _ => false,
    }
}

/// Whether SQLite says of a file that it isn't a database that can be read.
pub(crate) fn is_damage(error: &Error) -> bool {
    sqlite_code(error).is_some_and(|code| matches!(code & 0xff, sqlite::CORRUPT | sqlite::NOTADB))
}

/// Whether SQLite found the file in somebody else's hands.
pub(crate) fn is_busy(error: &Error) -> bool {
    sqlite_code(error).is_some_and(|code| matches!(code & 0xff, sqlite::BUSY | sqlite::LOCKED))
}

/// A stored value that no domain type accepts. Says where it stands, never what it is.
pub(crate) fn unreadable(table: &str, id: impl Display, column: &str) -> StoreError {
    StoreError::Broken(format!("{table} {id}: {column} does not read back"))
}

enum Judgement {
    Conflict,
    Lost,
    Unavailable,
    Broken,
}

fn judge(error: &Error) -> Judgement {
    if let Some(code) = sqlite_code(error) {
        return sqlite::judge(code);
    }
    match error {
        Error::Database(error) => {
            error.try_downcast_ref::<PgDatabaseError>().map_or(Judgement::Broken, |e| postgres(e.code()))
        }
        // Not lost: whoever waited that long does not wait again on the next connection.
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => Judgement::Unavailable,
        Error::Io(_) | Error::WorkerCrashed => Judgement::Lost,
        Error::Tls(_) | Error::BeginFailed => Judgement::Unavailable,
        _ => Judgement::Broken,
    }
}

fn sqlite_code(error: &Error) -> Option<i32> {
    let error = error.as_database_error()?.try_downcast_ref::<SqliteError>()?;
    sqlx::error::DatabaseError::code(error)?.parse().ok()
}

/// Result codes of SQLite (<https://www.sqlite.org/rescode.html>), as far as they are told apart here.
mod sqlite {
    use super::Judgement;

    pub(super) const BUSY: i32 = 5;
    pub(super) const LOCKED: i32 = 6;
    const ERROR: i32 = 1;
    const NOMEM: i32 = 7;
    const READONLY: i32 = 8;
    const INTERRUPT: i32 = 9;
    const IOERR: i32 = 10;
    pub(super) const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const TOOBIG: i32 = 18;
    const CONSTRAINT: i32 = 19;
    const MISMATCH: i32 = 20;
    const CANTOPEN: i32 = 14;
    const PROTOCOL: i32 = 15;
    pub(super) const NOTADB: i32 = 26;
    const CONSTRAINT_FOREIGNKEY: i32 = 787;
    const CONSTRAINT_PRIMARYKEY: i32 = 1555;
    const CONSTRAINT_UNIQUE: i32 = 2067;

    pub(super) const fn is_of_the_statement(code: i32) -> bool {
        matches!(code & 0xff, ERROR | TOOBIG | CONSTRAINT | MISMATCH)
    }

    pub(super) fn judge(code: i32) -> Judgement {
        match code {
            CONSTRAINT_FOREIGNKEY | CONSTRAINT_PRIMARYKEY | CONSTRAINT_UNIQUE => return Judgement::Conflict,
            _ => {}
        }
        match code & 0xff {
            BUSY | LOCKED | NOMEM | READONLY | INTERRUPT | IOERR | CORRUPT | FULL | CANTOPEN | PROTOCOL
            | NOTADB => Judgement::Unavailable,
            _ => Judgement::Broken,
        }
    }
}

/// Judges an SQLSTATE (PostgreSQL, appendix A).
fn postgres(code: &str) -> Judgement {
    match code {
        // unique, foreign key: what another unit of work has just inserted or removed
        "23505" | "23503" | "40001" | "40P01" => Judgement::Conflict,
        // the server ends the connection: shut down, crashed, dropped, idle for too long
        "57P01" | "57P02" | "57P04" | "57P05" | "25P03" | "25P04" => Judgement::Lost,
        // starting up; a statement or a lock took too long; read-only; no such database; damaged data
        "57P03" | "57014" | "55P03" | "25006" | "3D000" | "XX001" | "XX002" => Judgement::Unavailable,
        _ => match code.get(..2) {
            Some("08") => Judgement::Lost,
            // no room, an error of the system beneath, refused at the door
            Some("53" | "58" | "28") => Judgement::Unavailable,
            _ => Judgement::Broken,
        },
    }
}

#[cfg(test)]
mod tests;
