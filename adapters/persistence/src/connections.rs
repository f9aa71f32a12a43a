//! Connections, kept open and lent out one at a time.
//!
//! sqlx has a pool of its own, which asks a connection whether it lives each time it is taken and each time it
//! comes back. Those two questions cost more than reading a row, so this one asks only what has lain idle, and
//! makes up for it in two ways: what fails is never used again, unless it is sure that nothing but its last statement
//! has; and whoever finds a kept connection dead at the first word takes another.

use crate::engine::Schema;
use crate::error::{is_lost, translate, unconnected, undoes_no_more_than_itself};
use crate::instruments::{Pool, Stopwatch};
use crate::sql::Meter;
use application::store::StoreError;
use metrics::Histogram;
use sqlx::{ConnectOptions, Connection, Error};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What the two kinds of connection have in common beyond sqlx's own trait.
pub(crate) trait Wire: Connection + 'static {
    /// How a unit of work begins.
    const BEGIN: &'static str;

    /// Whether a connection is as good as before when a statement on it failed, or nobody waited for its answer: what is
    /// said on it next is done after it.
    const OUTLIVES_FAILURES: bool;

    /// Runs a statement that takes no arguments and gives no rows.
    fn say(&mut self, statement: &'static str) -> impl Future<Output = Result<(), Error>> + Send;
}

/// What all units of work have in common, by the names under which it is measured.
static BEGIN: Meter = Meter::at("begin");
static COMMIT: Meter = Meter::at("commit");
static ROLLBACK: Meter = Meter::at("rollback");

/// How long a connection that is asked whether it lives may take to say so.
const ASKED_WITHIN: Duration = Duration::from_secs(1);

/// How connections are looked after.
#[derive(Clone, Copy)]
pub(crate) struct Care {
    /// How many there may be.
    pub limit: u32,
    /// How long one waits for a free one.
    pub patience: Duration,
    /// How long a statement may take, whatever the other side says or does not say.
    pub bound: Duration,
    /// After this long idle, a connection is asked whether it lives; `None` where it can't die by itself.
    pub doubt_after: Option<Duration>,
    /// At this age a connection is replaced; `None` where it does not age.
    pub replace_after: Option<Duration>,
}

/// Connections of one kind to one database.
pub(crate) struct Connections<C: Wire> {
    pool: Pool,
    options: C::Options,
    care: Care,
    waits: Histogram,
    permits: Arc<Semaphore>,
    idle: Mutex<Vec<Idle<C>>>,
    statements: AtomicU64,
}

struct Idle<C> {
    connection: C,
    opened: Instant,
    since: Instant,
}

/// A connection in somebody's hands; dropping gives it back.
///
/// It answers statements as long as each has succeeded. After one that failed, or whose future was dropped half way,
/// everything later is refused: that is how a unit of work is poisoned.
pub(crate) struct Held<C: Wire> {
    connection: Option<C>,
    state: State,
    opened: Instant,
    kept: bool,
    in_transaction: bool,
    home: Arc<Connections<C>>,
    permit: Option<OwnedSemaphorePermit>,
}

/// What has become of the statements on a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// All have succeeded.
    Sound,
    /// One is being answered; or nobody waits for its answer any more.
    Asked,
    /// One has failed by itself, and was undone by itself.
    Failed,
    /// One has failed, and the transaction perhaps with it.
    Broken,
    /// The connection has gone.
    Lost,
}

impl<C: Wire> Connections<C> {
    pub(crate) fn new(pool: Pool, options: C::Options, care: Care) -> Arc<Self> {
        Arc::new(Self {
            pool,
            options,
            care,
            waits: pool.waits(),
            permits: Arc::new(Semaphore::new(care.limit as usize)),
            idle: Mutex::new(Vec::new()),
            statements: AtomicU64::new(0),
        })
    }

    /// Tells the metrics how many there are.
    pub(crate) fn observe(&self) {
        let used = (self.care.limit as usize).saturating_sub(self.permits.available_permits());
        self.pool.show(used, self.idle().len(), self.care.limit);
    }

    /// How many statements were run on them.
    pub(crate) fn statements_run(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The options a connection is opened with.
    pub(crate) const fn options(&self) -> &C::Options {
        &self.options
    }

    /// Takes in a connection that was opened elsewhere.
    pub(crate) fn keep(&self, connection: C) {
        let now = Instant::now();
        self.idle().push(Idle { connection, opened: now, since: now });
    }

    /// Waits for a connection, opens one where there is room. How long one waited is noted also where one gave up: at a
    /// bound of one's own, or because a client hung up.
    pub(crate) async fn hold(self: &Arc<Self>) -> Result<Held<C>, StoreError> {
        let _noted = self.wait();
        let held = timeout(self.care.patience, self.next()).await;
        held.unwrap_or_else(|_| Err(StoreError::Unavailable("no connection became free in time".to_owned())))
    }

    /// Begins to note how long somebody waits.
    pub(crate) fn wait(&self) -> Stopwatch<'_> {
        Stopwatch::start(&self.waits)
    }

    /// The same without a bound, for whoever has one, and notes it.
    pub(crate) async fn next(self: &Arc<Self>) -> Result<Held<C>, StoreError> {
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        let permit = permit.map_err(|_| StoreError::Unavailable("the store is closed".to_owned()))?;
        loop {
            // Taken in a statement of its own, so that the lock is not held across what follows.
            let idle = self.idle().pop();
            let Some(Idle { mut connection, opened, since }) = idle else {
                let connection = self.options.connect().await.map_err(|error| unconnected(&error))?;
                return Ok(self.lend(connection, Instant::now(), false, permit));
            };
            if self.care.replace_after.is_some_and(|age| opened.elapsed() > age) {
                continue;
            }
            let doubtful = self.care.doubt_after.is_some_and(|idle| since.elapsed() > idle);
            if !doubtful || within(ASKED_WITHIN, connection.ping()).await.is_ok() {
                return Ok(self.lend(connection, opened, true, permit));
            }
        }
    }

    fn lend(
        self: &Arc<Self>,
        connection: C,
        opened: Instant,
        kept: bool,
        permit: OwnedSemaphorePermit,
    ) -> Held<C> {
        Held {
            connection: Some(connection),
            state: State::Sound,
            opened,
            kept,
            in_transaction: false,
            home: Arc::clone(self),
            permit: Some(permit),
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Idle<C>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn take_back(&self, connection: C, opened: Instant) {
        if !self.permits.is_closed() {
            self.idle().push(Idle { connection, opened, since: Instant::now() });
        }
    }

    /// Waits, within bounds, until all have come back, and closes them.
    pub(crate) async fn close(&self) {
        // Whether all came back in time or not: from here on nobody gets one.
        let _all = timeout(self.care.patience, self.permits.acquire_many(self.care.limit)).await;
        self.permits.close();
        let idle = std::mem::take(&mut *self.idle());
        for Idle { connection, .. } in idle {
            close(connection).await;
        }
    }
}

impl<C: Wire> Held<C> {
    /// Lends the connection for one statement. Refused after a statement that failed or was abandoned.
    pub(crate) fn ask(&mut self) -> Result<&mut C, StoreError> {
        self.home.statements.fetch_add(1, Ordering::Relaxed);
        self.require_sound()?;
        self.state = State::Asked;
        self.connection.as_mut().ok_or_else(poisoned)
    }

    /// Refuses what comes after a statement that failed or was abandoned.
    pub(crate) fn require_sound(&self) -> Result<(), StoreError> {
        if self.state == State::Sound { Ok(()) } else { Err(poisoned()) }
    }

    /// Notes how a statement has ended.
    pub(crate) fn settle<T>(&mut self, outcome: Result<T, Error>) -> Result<T, StoreError> {
        self.state = match &outcome {
            Ok(_) => State::Sound,
            Err(error) if is_lost(error) => State::Lost,
            Err(error) if undoes_no_more_than_itself(error) => State::Failed,
            Err(_) => State::Broken,
        };
        outcome.map_err(|error| translate(&error))
    }

    /// Lets more be said on it after a statement that failed or was abandoned, to undo what it belonged to. Says whether that
    /// can be done.
    pub(crate) fn forgive(&mut self) -> bool {
        let is_usable = self.is_usable();
        if is_usable {
            self.state = State::Sound;
        }
        is_usable
    }

    const fn is_usable(&self) -> bool {
        match self.state {
            State::Sound => true,
            State::Asked | State::Failed => C::OUTLIVES_FAILURES,
            State::Broken | State::Lost => false,
        }
    }

    /// All of it, to be taken elsewhere; what stays answers nothing.
    pub(crate) fn take_over(&mut self) -> Self {
        let whole = Self {
            connection: self.connection.take(),
            home: Arc::clone(&self.home),
            permit: self.permit.take(),
            ..*self
        };
        self.state = State::Lost;
        whole
    }

    /// Whether this was a connection from before, and turned out to be dead.
    pub(crate) fn is_stale(&self) -> bool {
        self.kept && self.state == State::Lost
    }

    /// To which database it leads.
    pub(crate) fn database(&self) -> Schema {
        self.home.pool.database
    }

    /// How long a statement may take on it.
    pub(crate) fn bound(&self) -> Duration {
        self.home.care.bound
    }

    /// Begins a unit of work; dropping undoes it.
    pub(crate) async fn begin(&mut self) -> Result<(), StoreError> {
        // Also where nobody waits for the answer.
        self.in_transaction = true;
        let begun = self.control(&BEGIN, C::BEGIN).await;
        self.in_transaction = begun.is_ok();
        begun
    }

    /// Makes the unit of work true.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        self.control(&COMMIT, "COMMIT").await?;
        self.in_transaction = false;
        Ok(())
    }

    /// Runs a statement that takes no arguments and gives no rows.
    pub(crate) async fn control(&mut self, meter: &Meter, statement: &'static str) -> Result<(), StoreError> {
        let (database, bound) = (self.database(), self.bound());
        let said = within(bound, self.ask()?.say(statement));
        let outcome = meter.measure(database, said).await;
        self.settle(outcome)
    }
}

fn poisoned() -> StoreError {
    StoreError::Broken("an earlier statement of this unit of work failed or was abandoned".to_owned())
}

impl<C: Wire> Drop for Held<C> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take().filter(|_| self.is_usable()) else { return };
        let (home, opened, permit) = (Arc::clone(&self.home), self.opened, self.permit.take());
        if !self.in_transaction {
            home.take_back(connection, opened);
            return;
        }
        // Undone before anybody else gets the connection; outside of a runtime it is closed, which undoes it too.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                let said = within(home.care.bound, connection.say("ROLLBACK"));
                if ROLLBACK.measure(home.pool.database, said).await.is_ok() {
                    home.take_back(connection, opened);
                }
                drop(permit);
            });
        }
    }
}

/// Closes a connection that nobody needs any more, whatever comes of it.
pub(crate) async fn close(connection: impl Connection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a connection was not closed cleanly");
    }
}

/// Waits for an answer no longer than `bound`: a server that vanished without a word says nothing for ever.
pub(crate) async fn within<T>(
    bound: Duration,
    answer: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let late = || std::io::Error::new(std::io::ErrorKind::TimedOut, "the database did not answer in time");
    timeout(bound, answer).await.unwrap_or_else(|_| Err(Error::Io(late())))
}

#[cfg(test)]
mod tests;
