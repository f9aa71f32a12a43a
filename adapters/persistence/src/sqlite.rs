//! SQLite: how its file is made, opened and looked at.

use crate::connections::{self, Care, Connections, Wire};
use crate::engine::{Pools, Schema};
use crate::error::{MigrationError, OpenError, is_busy, is_damage, translate};
use crate::instruments::Pool;
use crate::migrate::{self, PATIENCE_SECONDS};
use crate::settings::Settings;
use crate::sql::sql;
use crate::turns::Writer;
use crate::write_ahead::LONGEST;
use application::store::StoreError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{Connection, Error, Executor};
use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

sql! {
    /// Whether the table of migrations exists.
    pub(crate) HAS_MIGRATIONS =
        "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '_sqlx_migrations') AS present";
}

/// What the first migration of each writes into the head of its file.
const MAIN_ID: i64 = 1_484_026_477;
const VAULT_ID: i64 = 1_484_026_486;
const IDENTITY: &str =
    "SELECT application_id, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id";
const QUICK_CHECK: &str = "PRAGMA quick_check(1)";
/// Up to this size a file is read from end to end before it is used; that takes a few hundredths of a second.
/// In a larger one damage shows when the page is read.
const SMALL: u64 = 16 << 20;
/// How old units of work that share a commit may be for one more to join them.
const JOINED_WITHIN: Duration = Duration::from_millis(5);
/// How many rows of an answer the thread of a connection puts down before it waits until one is taken: more than the longest
/// page, since waiting for each of them costs more than reading it.
const ROWS_AHEAD: usize = 512;

/// How much of its file each reader keeps by itself, in KiB (negative, as SQLite has it): the upper pages of every tree.
/// Whatever else is read often the system keeps, once for all.
const KEPT_BY_READER: &str = "-512";
/// The same for the writer: as much as a commit changes that as many share as may, about four pages each. What finds no room
/// is written to the log before its time, and perhaps twice.
const KEPT_BY_WRITER: &str = "-1024";

impl Wire for SqliteConnection {
    // At once: one that only becomes a writer half way can find that it is too late.
    const BEGIN: &'static str = "BEGIN IMMEDIATE";
    // Its thread does one thing after the other, and puts every answer where only whoever asked looks for it.
    const OUTLIVES_FAILURES: bool = true;

    async fn say(&mut self, statement: &'static str) -> Result<(), Error> {
        // As a prepared one: they are few, and said all the time.
        self.execute(sqlx::query(statement)).await.map(drop)
    }
}

/// Opens the file, makes it where there is nothing yet, and refuses what is not a database of Xtrem.
pub(crate) async fn open(schema: Schema, file: &Path, settings: &Settings) -> Result<Pools, OpenError> {
    create(file)?;
    let patience = settings.busy_timeout;
    let options = options(file, patience);
    let mut first = connect(file, &options, patience).await?;
    if let Err(error) = examine(schema, file, &mut first).await {
        connections::close(first).await;
        return Err(error);
    }
    let care = Care { limit: 1, patience, bound: 2 * patience, doubt_after: None, replace_after: None };
    let readers = Care { limit: settings.readers(), ..care };
    let pool = |role| Pool { database: schema, role };
    let writer = Connections::new(pool("writer"), options.clone().journal_mode(SqliteJournalMode::Wal), care);
    writer.keep(first);
    Ok(Pools::Sqlite {
        writer: Writer::new(schema, writer, JOINED_WITHIN),
        readers: Connections::new(
            pool("reader"),
            options.read_only(true).pragma("cache_size", KEPT_BY_READER),
            readers,
        ),
    })
}

fn options(file: &Path, patience: Duration) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(patience)
        .row_buffer_size(ROWS_AHEAD)
        .pragma("cache_size", KEPT_BY_WRITER)
        .pragma("trusted_schema", "OFF")
        .pragma("secure_delete", "ON")
        .pragma("temp_store", "MEMORY")
        .pragma("journal_size_limit", "67108864")
        .pragma("wal_autocheckpoint", LONGEST)
}

/// Makes an empty file that only its owner reads; SQLite gives what it keeps beside it the same rights.
fn create(file: &Path) -> Result<(), OpenError> {
    // POSIX locks of a process end when it closes any handle to the file. Whoever opens it through SQLite has
    // come through here first, so nobody has a lock yet that this handle could take away.
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let failed = |source| OpenError::File { file: file.to_owned(), source };
    if file.try_exists().map_err(failed)? {
        return Ok(());
    }
    for suffix in ["-wal", "-journal"] {
        let beside = beside(file, suffix);
        if beside.try_exists().map_err(failed)? && !file.exists() {
            return Err(OpenError::Lost { file: file.to_owned(), beside });
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(failed(error)),
        _ => Ok(()),
    }
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(suffix);
    PathBuf::from(name)
}

/// The first connection. Turning the write-ahead log on needs the file for oneself and does not wait for it by
/// itself, so several that start at once try until they have their turn.
async fn connect(
    file: &Path,
    options: &SqliteConnectOptions,
    patience: Duration,
) -> Result<SqliteConnection, OpenError> {
    let options = options.clone().journal_mode(SqliteJournalMode::Wal);
    let begun = Instant::now();
    loop {
        match SqliteConnection::connect_with(&options).await {
            Ok(connection) => return Ok(connection),
            Err(error) if is_busy(&error) && begun.elapsed() < patience => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => return Err(unusable(file, &error)),
        }
    }
}

async fn examine(schema: Schema, file: &Path, connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let identity = sqlx::query_as(IDENTITY).fetch_one(&mut *connection).await;
    let (id, tables): (i64, i64) = identity.map_err(|error| unusable(file, &error))?;
    match (tables, id, schema) {
        (0, ..) | (_, MAIN_ID, Schema::Main) | (_, VAULT_ID, Schema::Vault) => {}
        (_, MAIN_ID | VAULT_ID, _) => return Err(OpenError::mistaken(schema, file.display().to_string())),
        _ => return Err(OpenError::Foreign { file: file.to_owned() }),
    }
    let size =
        std::fs::metadata(file).map_err(|source| OpenError::File { file: file.to_owned(), source })?.len();
    if size <= SMALL {
        let verdict = sqlx::query_scalar(QUICK_CHECK).fetch_one(&mut *connection).await;
        let verdict: String = verdict.map_err(|error| unusable(file, &error))?;
        if verdict != "ok" {
            return Err(OpenError::Damaged { file: file.to_owned(), reason: verdict });
        }
    }
    Ok(())
}

fn unusable(file: &Path, error: &Error) -> OpenError {
    let reason = error.to_string();
    if is_damage(error) {
        OpenError::Damaged { file: file.to_owned(), reason }
    } else {
        OpenError::Unavailable { place: file.display().to_string(), reason }
    }
}

/// Does the missing migrations, on a connection that waits longer than a request would.
pub(crate) async fn migrate(schema: Schema, options: &SqliteConnectOptions) -> Result<(), MigrationError> {
    let options = options.clone().busy_timeout(Duration::from_secs(PATIENCE_SECONDS));
    let failed = |error: Error| MigrationError::from(translate(&error));
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    let mut work = connection.begin_with(SqliteConnection::BEGIN).await.map_err(failed)?;
    migrate::apply(&mut *work, migrate::sqlite(schema)).await?;
    work.commit().await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Writes the whole file anew: when SQLite puts rows in order it leaves copies in the free room of a page, and
/// `secure_delete` overwrites only where a row stood last. What it needs meanwhile stands in a file beside, not in memory.
pub(crate) async fn rewrite(options: &SqliteConnectOptions) -> Result<(), StoreError> {
    let options =
        options.clone().busy_timeout(Duration::from_secs(PATIENCE_SECONDS)).pragma("temp_store", "FILE");
    let failed = |error: Error| translate(&error);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
    connection.say("VACUUM").await.map_err(failed)?;
    connection.close().await.map_err(failed)
}

/// Whether two names lead to one file, by whatever way.
pub(crate) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |file: &Path| file.canonicalize().ok();
    #[cfg(unix)]
    let number = |file: &Path| {
        use std::os::unix::fs::MetadataExt;
        file.metadata().ok().map(|file| (file.dev(), file.ino()))
    };
    #[cfg(not(unix))]
    let number = place;
    one == other
        || (place(one).is_some() && place(one) == place(other))
        || (number(one).is_some() && number(one) == number(other))
}
