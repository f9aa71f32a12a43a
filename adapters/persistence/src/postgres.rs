//! PostgreSQL: how its connections are opened, and what is asked of the server.

use crate::connections::{self, Care, Connections, Wire};
use crate::engine::{Engine, Lease, Pools, Schema};
use crate::error::{MigrationError, OpenError, translate};
use crate::instruments::Pool;
use crate::migrate::{self, PATIENCE_SECONDS, PresenceRow};
use crate::settings::Settings;
use crate::sql::sql;
use crate::statement::record;
use application::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{Connection, Error, Executor};
use std::time::Duration;
use tokio::time::timeout;

sql! {
    /// Whether the table of migrations exists.
    pub(crate) HAS_MIGRATIONS = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL AS present";

    READ_ONLY = "SELECT current_setting('transaction_read_only') = 'on' AS read_only";
}
const ENCODING: &str = "SELECT current_setting('server_encoding')";
sql! {
    /// Which database of which server: the moment at which a server began is as good as its name.
    IDENTITY = "
        SELECT oid::text || ' of ' || extract(epoch FROM pg_postmaster_start_time())::text AS identity FROM pg_database
        WHERE datname = current_database()";
}
/// A table that only the one or the other has.
const HAS_MAIN: &str = "SELECT to_regclass('instance') IS NOT NULL";
const HAS_VAULT: &str = "SELECT to_regclass('people') IS NOT NULL";
sql! {
    TAKE_TURN = "SELECT pg_advisory_xact_lock($1)";
    TRY_TURN = "SELECT pg_try_advisory_xact_lock($1) AS present";
}
/// Any number will do, as long as every Xtrem takes the same.
const TAKE_TURN_TO_MIGRATE: &str = "SELECT pg_advisory_xact_lock(6303384217716846695)";

/// How much longer than for a lock one waits for a whole statement, and then for a server that says nothing.
const MARGIN: Duration = Duration::from_secs(3);

record! {
    /// Whether only looking is allowed.
    ReadOnlyRow { read_only: bool }
}

record! {
    /// Which database.
    IdentityRow { identity: String }
}

impl Wire for PgConnection {
    // Named, because an installation may have set another default.
    const BEGIN: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED";
    // After a failure the server refuses everything, and an answer that nobody waited for is still to come.
    const OUTLIVES_FAILURES: bool = false;

    async fn say(&mut self, statement: &'static str) -> Result<(), Error> {
        self.execute(sqlx::raw_sql(statement)).await.map(drop)
    }
}

/// Opens the first connection, and with it finds out whether the server will do.
pub(crate) async fn open(
    schema: Schema,
    options: PgConnectOptions,
    settings: &Settings,
) -> Result<Pools, OpenError> {
    let place = place(&options);
    let patience = settings.busy_timeout;
    let options = options.application_name("xtrem").options([
        ("lock_timeout", milliseconds(patience)),
        ("statement_timeout", milliseconds(patience + MARGIN)),
        ("idle_in_transaction_session_timeout", milliseconds(patience + 10 * MARGIN)),
    ]);
    let unreachable = |reason: String| OpenError::Unavailable { place: place.clone(), reason };
    let first = timeout(patience, PgConnection::connect_with(&options)).await;
    let mut first = first
        .map_err(|_| unreachable("it did not answer in time".to_owned()))?
        .map_err(|error| unreachable(error.to_string()))?;
    if let Err(error) = examine(schema, place, &mut first).await {
        connections::close(first).await;
        return Err(error);
    }
    let connections = Connections::new(
        Pool { database: schema, role: "all" },
        options,
        Care {
            limit: settings.connections(),
            patience,
            bound: patience + 2 * MARGIN,
            doubt_after: Some(Duration::from_secs(1)),
            replace_after: Some(Duration::from_mins(30)),
        },
    );
    connections.keep(first);
    Ok(Pools::Postgres(connections))
}

async fn examine(schema: Schema, place: String, connection: &mut PgConnection) -> Result<(), OpenError> {
    let unreachable =
        |error: Error| OpenError::Unavailable { place: place.clone(), reason: error.to_string() };
    let encoding = sqlx::query_scalar(ENCODING).fetch_one(&mut *connection).await;
    let encoding: String = encoding.map_err(unreachable)?;
    if encoding != "UTF8" {
        let reason = format!("its database is encoded as {encoding}, and only UTF8 holds every name");
        return Err(OpenError::Unfit { place, reason });
    }
    let other = match schema {
        Schema::Main => HAS_VAULT,
        Schema::Vault => HAS_MAIN,
    };
    let is_other = sqlx::query_scalar(other).fetch_one(connection).await;
    if is_other.map_err(unreachable)? { Err(OpenError::mistaken(schema, place)) } else { Ok(()) }
}

/// Does the missing migrations. On a connection of its own, since changing a large table takes its time.
pub(crate) async fn migrate(schema: Schema, options: &PgConnectOptions) -> Result<(), MigrationError> {
    let patience = milliseconds(Duration::from_secs(PATIENCE_SECONDS));
    let options =
        options.clone().options([("lock_timeout", patience), ("statement_timeout", "0".to_owned())]);
    let failed = |error: Error| MigrationError::from(translate(&error));
    let mut connection = PgConnection::connect_with(&options).await.map_err(failed)?;
    let mut work = connection.begin().await.map_err(failed)?;
    work.execute(TAKE_TURN_TO_MIGRATE).await.map_err(failed)?;
    migrate::apply(&mut *work, migrate::postgres(schema)).await?;
    work.commit().await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Refuses a standby and a server that was set to read-only.
pub(crate) async fn require_writable(lease: &mut Lease) -> Result<(), StoreError> {
    let ReadOnlyRow { read_only } = lease.statement(&READ_ONLY).one().await?;
    if read_only { Err(StoreError::Unavailable("the server is read-only".to_owned())) } else { Ok(()) }
}

/// Waits for somebody's turn.
pub(crate) async fn take_turn(lease: &mut Lease, turn: i64) -> Result<(), StoreError> {
    lease.statement(&TAKE_TURN).bind(turn).execute().await.map(drop)
}

/// Takes somebody's turn if it is free.
pub(crate) async fn try_turn(lease: &mut Lease, turn: i64) -> Result<bool, StoreError> {
    let PresenceRow { present } = lease.statement(&TRY_TURN).bind(turn).one().await?;
    Ok(present)
}

/// Whether two names lead to one database of one server.
pub(crate) async fn is_same(one: &Engine, other: &Engine) -> Result<bool, StoreError> {
    let one: Option<IdentityRow> = one.optional(&IDENTITY, |s| s).await?;
    let other: Option<IdentityRow> = other.optional(&IDENTITY, |s| s).await?;
    Ok(one.zip(other).is_some_and(|(one, other)| one.identity == other.identity))
}

fn milliseconds(span: Duration) -> String {
    span.as_millis().to_string()
}

/// The server as an operator knows it; the password is no part of it.
pub(crate) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!("PostgreSQL at {}:{}/{database}", options.get_host(), options.get_port())
}
