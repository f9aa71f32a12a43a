//! A small database for tests of those who take turns at it.

use crate::connections::{Care, Connections};
use crate::engine::Schema;
use crate::instruments::Pool;
use crate::sql::Meter;
use crate::turns::{Sharing, Unit, Writer};
use application::store::StoreError;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::{JoinHandle, yield_now};

static METER: Meter = Meter::at("turns::tests");

/// A statement that works for so long that nobody gets its answer at the first asking.
pub(super) const LONG: &str = "INSERT INTO t SELECT n + 1000 FROM
    (WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 100000) SELECT n FROM c)";

/// A file with a table of numbers, its writer, and somebody who looks at it from outside.
pub(super) struct Desk {
    pub(super) writer: Arc<Writer>,
    outside: SqliteConnection,
    _folder: TempDir,
}

pub(super) async fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteConnectOptions::new().filename(folder.path().join("t.db")).create_if_missing(true);
    let options = options.journal_mode(SqliteJournalMode::Wal).foreign_keys(true);
    let mut outside = options.connect().await.unwrap();
    let tables = "CREATE TABLE t (n INTEGER PRIMARY KEY);
        CREATE TABLE child (of INTEGER REFERENCES t (n) DEFERRABLE INITIALLY DEFERRED);
        CREATE TABLE big (bytes BLOB)";
    sqlx::raw_sql(tables).execute(&mut outside).await.unwrap();
    let (patience, bound) = (Duration::MAX, Duration::from_hours(1));
    let care = Care { limit: 1, patience, bound, doubt_after: None, replace_after: None };
    let pool = Pool { database: Schema::Main, role: "writer" };
    Desk {
        writer: Writer::new(Schema::Main, Connections::new(pool, options, care), Duration::MAX),
        outside,
        _folder: folder,
    }
}

impl Desk {
    pub(super) async fn begin(&self) -> Unit {
        self.writer.begin(Sharing::Shared).await.unwrap()
    }

    pub(super) async fn numbers(&mut self) -> Vec<i64> {
        sqlx::query_scalar("SELECT n FROM t ORDER BY n").fetch_all(&mut self.outside).await.unwrap()
    }

    /// Somebody who waits for the turn, and then does this.
    pub(super) async fn queued<T, F>(
        &self,
        sharing: Sharing,
        work: impl FnOnce(Unit) -> F + Send + 'static,
    ) -> JoinHandle<T>
    where
        T: Send + 'static,
        F: Future<Output = T> + Send,
    {
        let (before, writer) = (self.waiting(), Arc::clone(&self.writer));
        let queued = tokio::spawn(async move { work(writer.begin(sharing).await.unwrap()).await });
        while self.waiting() == before {
            yield_now().await;
        }
        queued
    }

    /// Somebody who waits for the turn, puts a number and has it committed.
    pub(super) async fn puts(&self, number: i64) -> JoinHandle<Result<(), StoreError>> {
        self.queued(Sharing::Shared, move |unit| put(unit, number)).await
    }

    pub(super) fn waiting(&self) -> usize {
        self.writer.queue().waiting.len()
    }
}

pub(super) async fn put(mut unit: Unit, number: i64) -> Result<(), StoreError> {
    say(&mut unit, insert(number)).await?;
    unit.commit(Box::new(|_| {})).await
}

pub(super) async fn say(unit: &mut Unit, statement: &'static str) -> Result<(), StoreError> {
    unit.held().control(&METER, statement).await
}

/// The statements are few, and live as long as the tests.
pub(super) fn insert(number: i64) -> &'static str {
    Box::leak(format!("INSERT INTO t VALUES ({number})").into_boxed_str())
}

pub(super) fn unavailable(answer: &Result<(), StoreError>) {
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}

/// Asks once, and goes away. Says whether that was before the answer.
pub(super) fn asked_once(future: impl Future) -> bool {
    pin!(future).poll(&mut Context::from_waker(Waker::noop())).is_pending()
}

/// Plays something through until whoever goes away in it went before their answer, which may be there at once.
pub(super) async fn until_too_early(play: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if play().await {
            return;
        }
    }
    panic!("the answer was always there at once");
}
