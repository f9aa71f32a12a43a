use super::failed;
use crate::error::{is_busy, is_damage};
use application::backup::SnapshotError;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteLockingMode};
use sqlx::{Connection, Error, Executor};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// What stands in the file afterwards is what one reader saw, packed, without anything that was deleted. Writers go on.
const COPY: &str = "VACUUM INTO $1";
const CHECK: &str = "PRAGMA integrity_check(1)";
/// With the file for oneself from the first look on.
const LOOK: &str = "BEGIN IMMEDIATE; ROLLBACK";

/// What SQLite keeps beside a file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Copies a database into an empty file, and looks through what was written.
pub(super) async fn copy(file: &Path, to: &Path) -> Result<(), SnapshotError> {
    let wrong = |error: &Error| unable(file, to, error);
    let Some(name) = to.to_str() else {
        return Err(SnapshotError::Refused(format!("{}: SQLite takes only names in UTF-8", to.display())));
    };
    let options = SqliteConnectOptions::new().filename(file).read_only(true);
    let mut connection = connect(&options).await.map_err(|error| wrong(&error))?;
    let copied = sqlx::query(COPY).bind(name).execute(&mut connection).await;
    // Closed in any case, or what it has locked stays locked for a while.
    let closed = connection.close().await;
    copied.map_err(|error| wrong(&error))?;
    closed.map_err(|error| wrong(&error))?;
    check(to).await
}

/// Reads a file that nobody else uses from end to end.
pub(super) async fn check(file: &Path) -> Result<(), SnapshotError> {
    let damaged = |reason: &str| {
        SnapshotError::Failed(format!(
            "{} is damaged, and so is what it was copied from: {reason}",
            file.display()
        ))
    };
    let options = SqliteConnectOptions::new().filename(file).read_only(true).immutable(true);
    let mut connection = connect(&options).await.map_err(|error| damaged(&error.to_string()))?;
    let verdict: Result<String, Error> = sqlx::query_scalar(CHECK).fetch_one(&mut connection).await;
    // Nothing was written.
    let _ = connection.close().await;
    match verdict {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(verdict) => Err(damaged(&verdict)),
        Err(error) => Err(damaged(&error.to_string())),
    }
}

/// Takes a database for oneself until the connection is closed, and brings home what stands beside its file. `None` when
/// it can't be opened because it is damaged: then nobody works with it either.
pub(super) async fn take(file: &Path) -> Result<Option<SqliteConnection>, SnapshotError> {
    let options = SqliteConnectOptions::new().filename(file).locking_mode(SqliteLockingMode::Exclusive);
    let taken = async {
        let mut connection = connect(&options).await?;
        connection.execute(sqlx::raw_sql(LOOK)).await?;
        Ok(connection)
    };
    match taken.await {
        Ok(connection) => Ok(Some(connection)),
        Err(error) if is_damage(&error) => Ok(None),
        Err(error) if is_busy(&error) => {
            Err(SnapshotError::Refused(format!("{} is in use: stop the service first", file.display())))
        }
        Err(error) => Err(SnapshotError::Failed(format!("{} can't be opened: {error}", file.display()))),
    }
}

async fn connect(options: &SqliteConnectOptions) -> Result<SqliteConnection, Error> {
    SqliteConnection::connect_with(
        &options.clone().pragma("trusted_schema", "OFF").pragma("temp_store", "MEMORY"),
    )
    .await
}

/// The file and whatever stands beside it.
pub(super) fn family(file: &Path) -> impl Iterator<Item = PathBuf> {
    let name = file.as_os_str().to_owned();
    ["", BESIDE[0], BESIDE[1], BESIDE[2]].into_iter().map(move |suffix| {
        let mut name: OsString = name.clone();
        name.push(suffix);
        PathBuf::from(name)
    })
}

/// Removes a database that was only tried.
pub(super) fn remove(file: &Path) -> Result<(), SnapshotError> {
    for path in family(file) {
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&path, &error)),
            _ => {}
        }
    }
    Ok(())
}

fn unable(file: &Path, to: &Path, error: &Error) -> SnapshotError {
    let (file, to) = (file.display(), to.display());
    SnapshotError::Failed(format!("{file} can't be copied to {to}: {error}; see that there is room for it"))
}
