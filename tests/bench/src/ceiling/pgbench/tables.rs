//! The tables the statements run on: those of the service, by its own migrations, with as many people, sessions and
//! families as are asked for.

use super::SCHEMA;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Error, Executor, PgConnection};
use std::path::Path;

const MIGRATIONS: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/persistence/migrations/postgres");

/// Identifiers have the number of their family behind [`FIRST`], which the script adds too.
const FILL: &str = "
    INSERT INTO keyring (name, id, wrapping, sealed, created_at) VALUES ('wrapping', 1, 1, :sealed_key, 0);

    INSERT INTO users (id, username, username_key, email_key, role, status, locale, theme, email_notifications, created_at,
        updated_at, version)
    SELECT :id, 'u' || n, 'u' || n, md5(n::text), 'user', 'active', 'en', 'system', TRUE, 0, 0, 1
    FROM generate_series(:first, :last) n;

    INSERT INTO data_keys (user_id, wrapping, sealed, vault_version) SELECT :id, 1, :sealed_key, :id
    FROM generate_series(:first, :last) n;

    INSERT INTO sessions (id, user_id, channel, method, sealed_address, scopes, created_at, last_used_at)
    SELECT :id, :id, 'api', 'password', :sealed_address, :scopes, 0, 0 FROM generate_series(:first, :last) n;

    INSERT INTO refresh_tokens (session_id, generation, digest, client, scopes, issued_at)
    SELECT :id, 0, :bytes, :bytes, :scopes, 0 FROM generate_series(:first, :last) n;

    ANALYZE";

/// Twelve digits, whatever is added.
const FIRST: u64 = 100_000_000_000;

/// What the script calls by name: as long as what the service writes there.
pub(super) fn values() -> [(&'static str, String); 6] {
    let session = "00000000-0000-7000-8000-100000000000";
    [
        ("kind", "session_refreshed".to_owned()),
        ("actor", "visitor".to_owned()),
        ("scopes", SCOPES.to_owned()),
        ("detail", format!(r#"{{"channel":"api","session":"{session}"}}"#)),
        // A digest, a commitment, an index and a mark are all of one length.
        ("bytes", bytes(32)),
        // Whose key, its form, nonce, salt, text and tag.
        ("sealed", bytes(1 + 1 + 24 + 32 + "127.0.0.1".len() + 16)),
    ]
}

const SCOPES: &str = "profile:read profile:write";

/// As PostgreSQL writes them.
fn bytes(length: usize) -> String {
    format!("\\x{}", "5a".repeat(length))
}

/// Makes the schema anew.
pub(super) async fn fill(
    connection: &mut PgConnection,
    families: u32,
) -> Result<(), Box<dyn std::error::Error>> {
    remove(connection).await?;
    run(connection, format!("CREATE SCHEMA {SCHEMA}; SET search_path = {SCHEMA}")).await?;
    Migrator::new(Path::new(MIGRATIONS)).await?.run(&mut *connection).await?;
    Ok(run(connection, filling(families)).await?)
}

/// Removes the schema, if it is there.
pub(super) async fn remove(connection: &mut PgConnection) -> Result<(), Error> {
    run(connection, format!("DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")).await
}

async fn run(connection: &mut PgConnection, sql: String) -> Result<(), Error> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await.map(drop)
}

/// The statements that fill the tables. Nothing in them comes from outside.
fn filling(families: u32) -> String {
    let literal = |text: &str| format!("'{text}'");
    let replacements = [
        (":id", "('00000000-0000-7000-8000-' || n)::uuid".to_owned()),
        (":first", FIRST.to_string()),
        (":last", (FIRST + u64::from(families) - 1).to_string()),
        (":sealed_key", literal(&bytes(1 + 24 + 32 + 16))),
        (":sealed_address", literal(&bytes(1 + 24 + "127.0.0.1".len() + 16))),
        (":scopes", literal(SCOPES)),
        (":bytes", literal(&bytes(32))),
    ];
    replacements.iter().fold(FILL.to_owned(), |sql, (name, value)| sql.replace(name, value))
}
