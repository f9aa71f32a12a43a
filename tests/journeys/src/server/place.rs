//! Where a service lives: its folder, its two databases, its address.

use super::log::Log;
use super::{Settings, clock};
use crate::database::Database;
use crate::{Outcome, binary};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Where a service lives.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) home: Arc<TempDir>,
    pub(super) database: Database,
    pub(super) vault: Database,
    pub(super) listen: String,
}

impl Place {
    /// As the settings have it; what they do not name is made.
    pub(super) async fn of(settings: &Settings) -> Outcome<Self> {
        let home = match &settings.home {
            Some(home) => Arc::clone(home),
            None => Arc::new(tempfile::Builder::new().prefix("xtrem-journey-").tempdir()?),
        };
        let database = match &settings.database {
            Some(database) => database.clone(),
            None => Database::create(settings.engine, home.path()).await?,
        };
        let data = home.path().join("data");
        let vault = match &settings.vault {
            Some(vault) => vault.clone(),
            None if settings.vault_is_a_file => Database::Sqlite(data.join("vault.db")),
            None => database.vault_beside(&data).await?,
        };
        let listen = settings.listen.clone().map_or_else(free_address, Ok)?;
        Ok(Self { home, database, vault, listen })
    }

    pub(super) fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    pub(super) fn spawn(&self, settings: &Settings, log: &Log) -> Outcome<Child> {
        // A file that may not grow is then told to the program instead of ending it: as a full disk is.
        let mut child = Command::new("sh")
            .args(["-c", "trap '' XFSZ; exec \"$0\" serve"])
            .arg(binary::path()?)
            .current_dir(self.home.path())
            .env_clear()
            .envs(self.environment(settings)?)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()?;
        log.follow(child.stdout.take());
        log.follow(child.stderr.take());
        Ok(child)
    }

    /// What a process is told by its environment, and nothing else.
    pub(super) fn environment(&self, settings: &Settings) -> Outcome<Vec<(String, String)>> {
        let told = [
            ("XTREM_DATA__DIR", self.data().display().to_string()),
            ("XTREM_DATABASE__URL", self.database.url()),
            ("XTREM_VAULT__URL", self.vault.url()),
            ("XTREM_SERVER__LISTEN", self.listen.clone()),
            ("XTREM_METRICS__LISTEN", free_address()?),
            ("XTREM_LOG__FORMAT", "json".to_owned()),
        ];
        let mut all: Vec<_> = told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        all.extend(settings.environment.iter().cloned());
        if let Some(back) = settings.movable_clock {
            all.extend(clock::environment(self.home.path(), back)?);
        }
        Ok(all)
    }
}

/// An address at which nobody listens, below those that the system hands out by itself: whoever asks the system for any
/// port does not get this one, also while the service that has it is being started again.
fn free_address() -> Outcome<String> {
    const FIRST: u32 = 20_000;
    const NUMBER: u32 = 12_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    for _ in 0..NUMBER {
        let number = std::process::id().wrapping_add(TAKEN.fetch_add(1, Ordering::Relaxed));
        let address = format!("127.0.0.1:{}", FIRST + number % NUMBER);
        if TcpListener::bind(&address).is_ok() {
            return Ok(address);
        }
    }
    Err("no port is free".into())
}
