//! A PostgreSQL server of one journey's own, which it may stop and crash.

use crate::Outcome;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A private server; stopped at the end.
#[derive(Debug)]
pub struct Cluster {
    folder: TempDir,
    url: String,
}

impl Cluster {
    /// Makes and starts one.
    pub async fn start() -> Outcome<Self> {
        let folder =
            tempfile::Builder::new().prefix("xtrem-cluster-").permissions(traversable()).tempdir()?;
        let url = control(&["start".as_ref(), server(&folder).as_os_str()]).await?;
        Ok(Self { folder, url })
    }

    /// Where it listens, now and after every restart.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where everything lies that it keeps: tables, log, its log of writes.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        server(&self.folder)
    }

    /// Where a program of PostgreSQL stands, such as `pg_dump`: beside the newest server.
    pub fn tool(name: &str) -> Outcome<PathBuf> {
        let versions = std::fs::read_dir("/usr/lib/postgresql")?.map_while(Result::ok);
        let newest = versions.max_by_key(|version| version.file_name().to_string_lossy().parse::<u32>().ok());
        Ok(newest
            .ok_or("there is no PostgreSQL: run the journeys with tests/run")?
            .path()
            .join("bin")
            .join(name))
    }

    /// Stops it in an orderly way; clients lose their connections.
    pub async fn stop(&self) -> Outcome {
        control(&["stop".as_ref(), server(&self.folder).as_os_str()]).await.map(drop)
    }

    /// Ends it as a power switch would.
    pub async fn crash(&self) -> Outcome {
        let mode = "immediate".as_ref();
        control(&["stop".as_ref(), server(&self.folder).as_os_str(), mode]).await.map(drop)
    }

    /// Starts it again where it was.
    pub async fn start_again(&self) -> Outcome {
        let port = self.url.rsplit(':').next().and_then(|rest| rest.split('/').next()).unwrap_or_default();
        control(&["start".as_ref(), server(&self.folder).as_os_str(), port.as_ref()]).await.map(drop)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // It may have been stopped already, and nobody is left to be told.
        let _ = Command::new(script())
            .args(["stop".as_ref(), server(&self.folder).as_os_str(), "immediate".as_ref()])
            .stderr(Stdio::null())
            .status();
    }
}

fn server(folder: &TempDir) -> PathBuf {
    folder.path().join("postgres")
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../lib/postgres")
}

/// The user `postgres` has to pass through the folder of the user who runs the journey.
fn traversable() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o711)
}

async fn control(arguments: &[&OsStr]) -> Outcome<String> {
    let mut command = Command::new(script());
    command.args(arguments);
    let done = tokio::task::spawn_blocking(move || command.output()).await??;
    if !done.status.success() {
        return Err(format!("tests/lib/postgres: {}", String::from_utf8_lossy(&done.stderr)).into());
    }
    Ok(String::from_utf8(done.stdout)?.trim().to_owned())
}
