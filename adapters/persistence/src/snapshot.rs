//! Copies of the two databases while they are used, and the way back.
//!
//! Each engine copies itself: SQLite writes what one reader sees into a new file, without what was deleted and without
//! keeping anybody waiting; PostgreSQL is dumped by its own `pg_dump`, which sees one moment too. The vault is copied
//! last and gives nothing away while a hold stands in it, so that it has whatever the copy of the main database points to.

mod halves;
mod moves;
mod postgres;
mod server;
mod sqlite;
mod stage;

pub use server::PostgresTools;
pub use stage::{Purpose, SqlStage};

use crate::engine::Engine;
use crate::migrate;
use crate::settings::{Address, Settings};
use crate::sql::{Sql, sql};
use crate::store::SqlStore;
use application::backup::{Half, Hold, Keeper, SnapshotError, Snapshots, Step, Watcher};
use application::store::StoreError;
use async_trait::async_trait;
use domain::Timestamp;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};
use uuid::Uuid;

sql! {
    HOLD = "INSERT INTO holds (id, until) VALUES ($1, $2)";
    RELEASE = "DELETE FROM holds WHERE id = $1";
    SWEEP = "DELETE FROM holds WHERE until < $1";
    CLEAR = "DELETE FROM holds";
}

/// How often one looks how far a copy is.
const GLANCE: Duration = Duration::from_millis(100);

/// Copies of the databases of a store.
pub struct SqlSnapshots {
    store: SqlStore,
    main: Settings,
    vault: Settings,
    tools: PostgresTools,
}

impl SqlSnapshots {
    /// Of the store that was opened with these settings.
    #[must_use]
    pub const fn new(store: SqlStore, main: Settings, vault: Settings, tools: PostgresTools) -> Self {
        Self { store, main, vault, tools }
    }

    const fn settings(&self, half: Half) -> &Settings {
        match half {
            Half::Main => &self.main,
            Half::Vault => &self.vault,
        }
    }

    fn engine(&self, half: Half) -> &Engine {
        match half {
            Half::Main => &self.store.engine,
            Half::Vault => &self.store.vault,
        }
    }

    async fn change_holds(
        &self,
        sql: &'static Sql,
        bind: impl FnOnce(crate::statement::Statement<'_>) -> crate::statement::Statement<'_> + Send,
    ) -> Result<u64, StoreError> {
        let mut work = self.store.vault.begin().await?;
        let changed = bind(work.statement(sql)).execute().await?;
        work.commit().await?;
        Ok(changed)
    }
}

#[async_trait]
impl Snapshots for SqlSnapshots {
    async fn hold(&self, until: Timestamp) -> Result<Hold, StoreError> {
        let id = self.store.sealing.version();
        self.change_holds(&HOLD, |s| s.bind(Uuid::from_bytes(id)).bind(until.as_micros())).await?;
        Ok(Hold(id))
    }

    async fn release(&self, Hold(id): Hold) -> Result<bool, StoreError> {
        Ok(self.change_holds(&RELEASE, |s| s.bind(Uuid::from_bytes(id))).await? > 0)
    }

    async fn sweep_holds(&self, now: Timestamp) -> Result<(), StoreError> {
        self.change_holds(&SWEEP, |s| s.bind(now.as_micros())).await.map(drop)
    }

    async fn standing(&self, half: Half) -> Result<(Keeper, i64), StoreError> {
        let last = migrate::standing(self.engine(half)).await?.last;
        Ok((keeper(self.settings(half)), last))
    }

    async fn copy(&self, half: Half, to: &Path, watcher: &Watcher) -> Result<(), SnapshotError> {
        make_private(to)?;
        match address(self.settings(half))? {
            Address::Sqlite(file) => {
                watcher.begin(Step::Copy(half), size(&file));
                watched(to, watcher, sqlite::copy(&file, to)).await
            }
            Address::Postgres(options) => {
                watcher.begin(Step::Copy(half), None);
                let server = server::Server::new(&options, self.settings(half))?;
                let ground = postgres::Ground::new(&options);
                watched(to, watcher, postgres::dump(&self.tools, &ground, &server, to)).await
            }
        }
    }
}

/// Ends every hold in a store that was copied with them.
async fn clear_holds(store: &SqlStore) -> Result<(), StoreError> {
    let mut work = store.vault.begin().await?;
    work.statement(&CLEAR).execute().await?;
    work.commit().await
}

fn keeper(settings: &Settings) -> Keeper {
    if settings.file().is_some() { Keeper::Sqlite } else { Keeper::Postgres }
}

fn address(settings: &Settings) -> Result<Address, SnapshotError> {
    settings.address().map_err(|error| SnapshotError::Refused(error.to_string()))
}

/// Makes an empty file that only its owner reads: whoever writes into it leaves that as it is.
fn make_private(path: &Path) -> Result<(), SnapshotError> {
    let made = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| failed(path, &error))
}

fn failed(path: &Path, error: &std::io::Error) -> SnapshotError {
    let advice = match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; make room there",
        _ => "",
    };
    SnapshotError::Failed(format!("{}: {error}{advice}", path.display()))
}

fn size(path: &Path) -> Option<u64> {
    std::fs::metadata(path).ok().map(|found| found.len())
}

/// Tells how much of a file is there while somebody else writes it.
async fn watched<T>(path: &Path, watcher: &Watcher, work: impl Future<Output = T>) -> T {
    let mut glances = interval(GLANCE);
    glances.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            done = &mut work => {
                watcher.at(size(path).unwrap_or_default());
                return done;
            }
            _ = glances.tick() => watcher.at(size(path).unwrap_or_default()),
        }
    }
}
