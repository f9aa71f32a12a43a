//! The write-ahead log of SQLite: what was committed stands there until it is brought home, into the file of the database.
//!
//! By itself SQLite does that in whichever commit finds the log long, so that one in a hundred waits for the pages of all
//! the others and for two more syncs of the disk. Here it is done soon after the commits and beside them, on a connection of
//! its own. A log of which everything is at home is written anew from its beginning, so where commits follow each other
//! without a gap, nobody writes while the last few pages are brought home: a log that grows costs more with each commit than one
//! that is written over.

use crate::connections::{self, Connections};
use crate::engine::Schema;
use crate::error::{translate, unconnected};
use crate::sql::Meter;
use crate::statement::record;
use application::store::StoreError;
use sqlx::ConnectOptions;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::Mutex;
use tokio::time::sleep;

/// From how many pages on a log is to begin anew: 8 MiB.
const LONG: i64 = 2048;
/// From how many pages on each commit tries that itself, because somebody who looked at an old state was in the way: 64 MiB.
pub(crate) const LONGEST: &str = "16384";
/// How long after a commit what it wrote is brought home, with whatever was committed since.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an old state that somebody looks at may keep the log from being emptied: nobody writes meanwhile.
const PATIENCE: Duration = Duration::from_millis(50);

const PASSIVE: &str = "PRAGMA wal_checkpoint(PASSIVE)";
const TRUNCATE: &str = "PRAGMA wal_checkpoint(TRUNCATE)";

/// Both, by the name under which they are measured.
static CHECKPOINT: Meter = Meter::at("checkpoint");

record! {
    /// Whether somebody was in the way, and how many pages the log has.
    CheckpointRow { busy: i64, log: i64 }
}

/// The log of one file.
pub(crate) struct WriteAheadLog {
    database: Schema,
    writers: Arc<Connections<SqliteConnection>>,
    /// Whether what is committed now will be brought home without anything further.
    is_awaited: AtomicBool,
    keeper: Mutex<Keeper>,
}

/// Whoever brings home what stands in it: one at a time, since two are in each other's way.
enum Keeper {
    /// Nobody yet, or the last one failed.
    Absent,
    Present(SqliteConnection),
    /// Nobody any more.
    Dismissed,
}

impl WriteAheadLog {
    /// Of the file that this connection changes.
    pub(crate) fn new(database: Schema, writers: Arc<Connections<SqliteConnection>>) -> Arc<Self> {
        let (is_awaited, keeper) = (AtomicBool::new(false), Mutex::new(Keeper::Absent));
        Arc::new(Self { database, writers, is_awaited, keeper })
    }

    /// Has what was just committed brought home. Nobody waits for that.
    pub(crate) fn committed(self: &Arc<Self>) {
        if self.is_awaited.swap(true, Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = Handle::try_current() else { return };
        // Whoever has closed or dropped the file by then has brought home everything by that.
        let log = Arc::downgrade(self);
        runtime.spawn(async move {
            sleep(PAUSE).await;
            let Some(log) = log.upgrade() else { return };
            // Before, so that nothing is missed that is committed meanwhile.
            log.is_awaited.store(false, Ordering::Relaxed);
            if let Err(error) = log.bring_home().await {
                let database = log.database.name();
                tracing::warn!(%error, database, "the write-ahead log could not be brought home, and grows meanwhile");
            }
        });
    }

    async fn bring_home(&self) -> Result<(), StoreError> {
        let mut keeper = self.keeper.lock().await;
        if matches!(*keeper, Keeper::Dismissed) {
            return Ok(());
        }
        // Most of it while others commit.
        self.checkpoint(&mut keeper, PASSIVE).await?;
        // SQLite syncs the file only where nothing was committed while it was written. There is little left, so that holds now.
        let CheckpointRow { log, .. } = self.checkpoint(&mut keeper, PASSIVE).await?;
        if log >= LONG {
            // What was committed during that sync is little.
            let _turn = self.writers.hold().await?;
            self.checkpoint(&mut keeper, PASSIVE).await?;
        }
        Ok(())
    }

    /// Brings home all that stands in it, and makes it empty; nobody writes meanwhile. Says whether nobody was in the way.
    pub(crate) async fn truncate(&self) -> Result<bool, StoreError> {
        // In this order, so that nobody who writes waits for the one before.
        let mut keeper = self.keeper.lock().await;
        let _turn = self.writers.hold().await?;
        let CheckpointRow { busy, log } = self.checkpoint(&mut keeper, TRUNCATE).await?;
        Ok(busy == 0 && log == 0)
    }

    async fn checkpoint(&self, keeper: &mut Keeper, how: &'static str) -> Result<CheckpointRow, StoreError> {
        // One that fails, or whose answer nobody waits for, does not come back.
        let mut connection = match std::mem::replace(keeper, Keeper::Absent) {
            Keeper::Present(connection) => connection,
            Keeper::Absent => {
                let options = self.writers.options().clone().busy_timeout(PATIENCE);
                options.connect().await.map_err(|error| unconnected(&error))?
            }
            Keeper::Dismissed => {
                *keeper = Keeper::Dismissed;
                return Err(StoreError::Unavailable("the store is closed".to_owned()));
            }
        };
        let done = CHECKPOINT.measure(self.database, sqlx::query_as(how).fetch_one(&mut connection)).await;
        let row = done.map_err(|error| translate(&error))?;
        *keeper = Keeper::Present(connection);
        Ok(row)
    }

    /// Waits for whoever is at it, and lets nobody else. What stands in the log then, the last connection of the file brings
    /// home when it closes.
    pub(crate) async fn close(&self) {
        let mut keeper = self.keeper.lock().await;
        if let Keeper::Present(connection) = std::mem::replace(&mut *keeper, Keeper::Dismissed) {
            connections::close(connection).await;
        }
    }
}

#[cfg(test)]
mod tests;
