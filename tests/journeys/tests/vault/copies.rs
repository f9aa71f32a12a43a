//! Databases copied, put back, written out and compared, by somebody who has the run of the machine.

use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::{Failure, Outcome, Server, traces};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

static COPIES: AtomicU32 = AtomicU32::new(1);

/// A copy of a database that nobody is working on, beside it.
pub async fn copied(database: &Database) -> Outcome<Database> {
    let number = COPIES.fetch_add(1, Ordering::Relaxed);
    match database {
        Database::Sqlite(path) => {
            let copy = path.with_extension(format!("copy-{number}"));
            database.execute(&format!("VACUUM INTO '{}'", copy.display())).await?;
            Ok(Database::Sqlite(copy))
        }
        Database::Postgres(url) => Database::copied_on_server(url, &format!("_copy_{number}")).await,
    }
}

/// A copy into which somebody has put a text.
pub async fn planted(database: &Database, text: &str) -> Outcome<Database> {
    let copy = copied(database).await?;
    let (digits, column) =
        (digits(text.as_bytes()), if matches!(copy, Database::Sqlite(_)) { "BLOB" } else { "bytea" });
    copy.execute(&format!("CREATE TABLE planted (bytes {column})")).await?;
    copy.execute(&format!("INSERT INTO planted (bytes) VALUES ({})", copy.bytes(&digits))).await?;
    Ok(copy)
}

/// Bytes, written as digits.
pub fn digits(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

/// Everything in a database of the server, as text.
pub async fn dump(database: &Database) -> Outcome<String> {
    let Database::Postgres(url) = database else {
        return Err("only a server writes its databases out".into());
    };
    let mut command = Command::new(Cluster::tool("pg_dump")?);
    command.arg(url);
    let written = tokio::task::spawn_blocking(move || command.output()).await??;
    if !written.status.success() {
        return Err(format!("pg_dump: {}", String::from_utf8_lossy(&written.stderr)).into());
    }
    Ok(String::from_utf8(written.stdout)?)
}

/// Everything that a service keeps, to be compared: each of its files and, where they are on a server, each of its databases.
pub async fn everything(server: &Server) -> Outcome<BTreeMap<PathBuf, Vec<u8>>> {
    let mut all = traces::files(server.home().path())?;
    // What SQLite keeps beside a file while somebody looks at it is nothing that is kept.
    all.retain(|path, bytes| {
        !is_beside(path) || !bytes.is_empty() && !path.to_string_lossy().ends_with("-shm")
    });
    for database in [server.database(), server.vault()] {
        if let Database::Postgres(url) = database {
            // It says something else at the beginning and at the end each time.
            let text = dump(database).await?;
            let lines: Vec<&str> = text.lines().filter(|line| !line.contains("restrict ")).collect();
            all.insert(url.into(), lines.join("\n").into_bytes());
        }
    }
    Ok(all)
}

fn is_beside(path: &Path) -> bool {
    ["-wal", "-shm"].iter().any(|suffix| path.to_string_lossy().ends_with(suffix))
}

/// What differs between two looks.
pub fn differing(before: &BTreeMap<PathBuf, Vec<u8>>, after: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<PathBuf> {
    let all = before.keys().chain(after.keys());
    let mut differing: Vec<PathBuf> =
        all.filter(|path| before.get(*path) != after.get(*path)).cloned().collect();
    differing.dedup();
    differing
}

/// Stops a service in an orderly way.
pub async fn stop(server: &mut Server) -> Outcome {
    server.terminate()?;
    let ended = server.ended().await?;
    if ended.success() { Ok(()) } else { Err(Failure::from(format!("it ended with {ended}"))) }
}
