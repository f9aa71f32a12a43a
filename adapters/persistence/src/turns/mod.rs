//! The turn to write, of which SQLite has one for each file, and how those who wait for it share a commit.
//!
//! Having a commit on disk costs more than most of what is committed. So a unit of work that ends while others wait passes
//! the connection on with the transaction open, and whoever is last, or closes a group that has become large or old, commits
//! for all. Nobody is told that a change stands before it is on disk, and nobody is waited for who is not there yet.
//!
//! Each of a group but the first works behind a savepoint: one that fails, or is given up, undoes itself and nothing of the
//! others. What breaks the transaction itself breaks all of it, and everybody in it is told so.
//!
//! Only those share who say so. Whoever does not, because they act on what they see before they commit, gets the turn when
//! the group before them is on disk.

mod group;
#[cfg(test)]
mod tests;

pub(crate) use group::{Afterwards, Unit};

use crate::connections::Connections;
use crate::engine::Schema;
use crate::write_ahead::WriteAheadLog;
use application::store::StoreError;
use sqlx::sqlite::SqliteConnection;
use std::collections::VecDeque;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// The one connection that changes a file, and the queue before it.
pub(crate) struct Writer {
    connections: Arc<Connections<SqliteConnection>>,
    /// How old a group may be for one more to join it: whoever was first waits for the last.
    joined_within: Duration,
    log: Arc<WriteAheadLog>,
    queue: Mutex<Queue>,
}

/// Whether a unit of work may be committed together with those before it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// It sees only what is on disk.
    Alone,
    /// It may see what others have done who are not committed yet.
    Shared,
}

#[derive(Default)]
struct Queue {
    is_taken: bool,
    /// In the order in which they came.
    waiting: VecDeque<Waiting>,
}

struct Waiting {
    sharing: Sharing,
    call: oneshot::Sender<Call>,
}

/// How somebody gets the turn.
enum Call {
    /// With nothing begun.
    Turn(Turn),
    /// With what the ones before have done.
    Unit(Unit),
}

/// The turn to write. Dropping gives it to whoever has waited longest.
struct Turn(Arc<Writer>);

impl Writer {
    /// Orders those who want to write on the one connection of these.
    pub(crate) fn new(
        schema: Schema,
        connections: Arc<Connections<SqliteConnection>>,
        joined_within: Duration,
    ) -> Arc<Self> {
        let log = WriteAheadLog::new(schema, Arc::clone(&connections));
        Arc::new(Self { connections, joined_within, log, queue: Mutex::default() })
    }

    /// Its connection.
    pub(crate) const fn connections(&self) -> &Arc<Connections<SqliteConnection>> {
        &self.connections
    }

    /// Makes the log of writes empty. Says whether nobody was in the way.
    pub(crate) async fn truncate_log(&self) -> Result<bool, StoreError> {
        self.log.truncate().await
    }

    /// Closes its connection, and what brings home the log before it, so that this is the last one of the file.
    pub(crate) async fn close(&self) {
        self.log.close().await;
        self.connections.close().await;
    }

    /// The file it changes.
    pub(crate) fn file(&self) -> &Path {
        self.connections.options().get_filename()
    }

    /// Waits for the turn, and begins a unit of work. Without a bound: whoever calls has one.
    pub(crate) async fn begin(self: &Arc<Self>, sharing: Sharing) -> Result<Unit, StoreError> {
        let noted = self.connections.wait();
        let turn = match self.queue_up(sharing) {
            Ok(turn) => turn,
            Err(call) => match call.await {
                Ok(Call::Turn(turn)) => turn,
                Ok(Call::Unit(unit)) => return Ok(unit),
                Err(_) => {
                    return Err(StoreError::Unavailable("nobody gives the turn to write on".to_owned()));
                }
            },
        };
        loop {
            let mut held = self.connections.next().await?;
            match held.begin().await {
                Ok(()) => {
                    drop(noted);
                    return Ok(Unit::first(held, turn));
                }
                Err(_) if held.is_stale() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// The turn, where it is free; otherwise what will bring it.
    fn queue_up(self: &Arc<Self>, sharing: Sharing) -> Result<Turn, oneshot::Receiver<Call>> {
        let mut queue = self.queue();
        if !queue.is_taken {
            queue.is_taken = true;
            return Ok(Turn(Arc::clone(self)));
        }
        let (call, called) = oneshot::channel();
        queue.waiting.push_back(Waiting { sharing, call });
        Err(called)
    }

    /// Whether somebody waits who would share.
    fn has_partner(&self) -> bool {
        self.queue().first().is_some_and(|waiting| waiting.sharing == Sharing::Shared)
    }

    /// Whoever waits longest, if they would share.
    fn next_partner(&self) -> Option<oneshot::Sender<Call>> {
        let mut queue = self.queue();
        let is_partner = queue.first().is_some_and(|waiting| waiting.sharing == Sharing::Shared);
        if is_partner { queue.waiting.pop_front().map(|waiting| waiting.call) } else { None }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Whoever waits longest of those who still wait.
    fn first(&mut self) -> Option<&Waiting> {
        while self.waiting.front().is_some_and(|waiting| waiting.call.is_closed()) {
            self.waiting.pop_front();
        }
        self.waiting.front()
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.first();
        match queue.waiting.pop_front() {
            Some(waiting) => {
                // Not under the lock: where they have just gone, the turn comes back and is dropped.
                drop(queue);
                let _gone = waiting.call.send(Call::Turn(Self(Arc::clone(&self.0))));
            }
            None => queue.is_taken = false,
        }
    }
}
