//! The tables, and how they come to be.
//!
//! The texts are part of the program. All that are missing run in one transaction, under a lock that every
//! starting process waits for, so that they are done once, and wholly or not at all.

use crate::engine::{Engine, Schema};
use crate::error::{MigrationError, translate};
use crate::sql::sql;
use crate::statement::record;
use application::store::StoreError;
use sqlx::SqlSafeStr;
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};

/// Room and text of each migration, in order; the number is the place in the list.
pub(crate) type Texts = &'static [(&'static str, &'static str)];

macro_rules! texts {
    ($engine:literal) => {
        texts!(
            $engine,
            "0001_instance",
            "0002_users",
            "0003_personal_data",
            "0004_sessions",
            "0005_attempts",
            "0006_signing_keys",
            "0007_audit",
            "0008_standing",
            "0009_families",
            "0010_key_schedule",
            "0011_password_links",
            "0012_notices",
            "0013_audit_lists",
            "0014_counts",
            "0015_vault",
            "0016_audit_chain",
            "0017_starts"
        )
    };
    ($engine:literal, $($name:literal),+) => {
        &[$(($name, include_str!(concat!("../migrations/", $engine, "/", $name, ".sql")))),+]
    };
}

/// For SQLite.
pub(crate) const fn sqlite(schema: Schema) -> Texts {
    match schema {
        Schema::Main => texts!("sqlite"),
        Schema::Vault => texts!("vault-sqlite", "0001_vault"),
    }
}

/// For PostgreSQL.
pub(crate) const fn postgres(schema: Schema) -> Texts {
    match schema {
        Schema::Main => texts!("postgres"),
        Schema::Vault => texts!("vault-postgres", "0001_vault"),
    }
}

/// How long a process that starts waits for another one that is migrating.
pub(crate) const PATIENCE_SECONDS: u64 = 60;

sql! {
    APPLIED = "SELECT version, checksum FROM _sqlx_migrations ORDER BY version";
}

record! {
    /// A migration that was done.
    AppliedRow { version: i64, checksum: Vec<u8> }
}

record! {
    /// Whether something is there.
    PresenceRow { present: bool }
}

/// What a look at a database showed.
pub(crate) struct Standing {
    /// The number of the last one that was done.
    pub last: i64,
    /// How many migrations are still to be done.
    pub missing: usize,
    /// The first one that this program does not know.
    pub unknown: Option<i64>,
    /// The first one that is not what this program knows by its number.
    pub altered: Option<i64>,
}

impl Standing {
    /// Refuses what a newer program has made, or nobody should have made.
    pub(crate) fn require_known(&self) -> Result<usize, MigrationError> {
        match (self.unknown, self.altered) {
            (Some(version), _) => Err(MigrationError::Newer(version)),
            (None, Some(version)) => Err(MigrationError::Altered(version)),
            (None, None) => Ok(self.missing),
        }
    }
}

/// Looks at what was done, and changes nothing.
pub(crate) async fn standing(engine: &Engine) -> Result<Standing, StoreError> {
    let there: Option<PresenceRow> = engine.optional(engine.has_migrations(), |statement| statement).await?;
    let applied: Vec<AppliedRow> = match there {
        Some(PresenceRow { present: true }) => engine.all(&APPLIED, |statement| statement).await?,
        _ => Vec::new(),
    };
    let known = migrator(engine.migrations());
    let of = |version| known.iter().find(|migration| migration.version == version);
    let unknown = applied.iter().find(|row| of(row.version).is_none());
    let altered =
        applied.iter().find(|row| of(row.version).is_some_and(|known| *known.checksum != *row.checksum));
    let is_applied = |migration: &&Migration| applied.iter().any(|row| row.version == migration.version);
    Ok(Standing {
        last: applied.last().map_or(0, |row| row.version),
        missing: known.iter().count() - known.iter().filter(is_applied).count(),
        unknown: unknown.map(|row| row.version),
        altered: altered.map(|row| row.version),
    })
}

/// Does what is missing, inside the transaction that the connection is in.
pub(crate) async fn apply<C: Migrate>(connection: &mut C, texts: Texts) -> Result<(), MigrationError> {
    let mut migrator = migrator(texts);
    // Whoever calls has locked the database already, for longer than sqlx would.
    migrator.set_locking(false);
    migrator.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(version) => MigrationError::Newer(version),
        MigrateError::VersionMismatch(version) => MigrationError::Altered(version),
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => translate(&error).into(),
        other => MigrationError::Failed(other.to_string()),
    })
}

fn migrator(texts: Texts) -> Migrator {
    let migrations = (1..).zip(texts).map(|(version, (name, sql))| {
        let room = name.split_once('_').map_or(*name, |(_, room)| room);
        Migration::new(version, room.into(), MigrationType::Simple, sql.into_sql_str(), false)
    });
    Migrator::with_migrations(migrations.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_migration_stands_at_its_number_on_both_engines() {
        for schema in [Schema::Main, Schema::Vault] {
            for texts in [sqlite(schema), postgres(schema)] {
                for (number, (name, _)) in (1..).zip(texts) {
                    assert!(name.starts_with(&format!("{number:04}_")), "{name} is not at its place");
                }
            }
            assert_eq!(sqlite(schema).len(), postgres(schema).len());
        }
    }
}
