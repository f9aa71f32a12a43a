//! A database: on which of the two engines it is, what it is for, and how one gets at a connection.

use crate::connections::{Connections, Held};
use crate::error::{MigrationError, OpenError};
use crate::settings::{Address, Settings};
use crate::sql::Sql;
use crate::statement::{Record, Statement};
use crate::turns::{Afterwards, Sharing, Unit, Writer};
use crate::{postgres, sqlite};
use application::store::StoreError;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::timeout;

/// What a database is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Everything but what says who people are.
    Main,
    /// What says who people are, sealed.
    Vault,
}

impl Schema {
    /// The name in metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Vault => "vault",
        }
    }
}

/// An open database.
pub(crate) struct Engine {
    pools: Pools,
    schema: Schema,
    patience: Duration,
    /// Since when it has not answered those for whom others wait.
    silent_since: Mutex<Option<Instant>>,
}

/// Its connections.
pub(crate) enum Pools {
    /// SQLite has one writer; readers don't wait for it.
    Sqlite {
        /// The one that changes.
        writer: Arc<Writer>,
        /// Those that only look.
        readers: Arc<Connections<SqliteConnection>>,
    },
    /// On PostgreSQL all are alike.
    Postgres(Arc<Connections<PgConnection>>),
}

/// A connection in somebody's hands.
pub(crate) enum Lease {
    /// To SQLite, to look.
    Reader(Held<SqliteConnection>),
    /// To SQLite, to change.
    Unit(Unit),
    /// To PostgreSQL.
    Postgres(Held<PgConnection>),
}

impl Engine {
    pub(crate) async fn open(schema: Schema, settings: &Settings) -> Result<Self, OpenError> {
        let pools = match settings.address()? {
            Address::Sqlite(file) => sqlite::open(schema, &file, settings).await?,
            Address::Postgres(options) => postgres::open(schema, *options, settings).await?,
        };
        Ok(Self { pools, schema, patience: settings.busy_timeout, silent_since: Mutex::default() })
    }

    /// A connection to look with.
    pub(crate) async fn reader(&self) -> Result<Lease, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => readers.hold().await.map(Lease::Reader),
            Pools::Postgres(all) => all.hold().await.map(Lease::Postgres),
        }
    }

    /// Does something that others wait for meanwhile, or gives up after a moment; after that nothing of the kind is tried
    /// for another moment. So a database that says nothing costs those who don't need it half of their time at most.
    pub(crate) async fn promptly<T>(
        &self,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        const MOMENT: Duration = Duration::from_secs(1);
        let late = || StoreError::Unavailable("the other database does not answer in time".to_owned());
        let silent_since = *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner);
        if silent_since.is_some_and(|since| since.elapsed() < MOMENT) {
            return Err(late());
        }
        let done = timeout(MOMENT, work).await;
        let is_silent = done.is_err();
        *self.silent_since.lock().unwrap_or_else(PoisonError::into_inner) = is_silent.then(Instant::now);
        done.unwrap_or_else(|_| Err(late()))
    }

    /// A connection on which a unit of work has begun; all that it sees is on disk.
    pub(crate) async fn begin(&self) -> Result<Lease, StoreError> {
        self.begin_as(Sharing::Alone).await
    }

    /// The same for one that may see what others have done who are not committed yet, and is committed with them.
    pub(crate) async fn begin_shared(&self) -> Result<Lease, StoreError> {
        self.begin_as(Sharing::Shared).await
    }

    async fn begin_as(&self, sharing: Sharing) -> Result<Lease, StoreError> {
        timeout(self.patience, self.try_begin(sharing)).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable("the turn to write did not come in time".to_owned()))
        })
    }

    async fn try_begin(&self, sharing: Sharing) -> Result<Lease, StoreError> {
        let all = match &self.pools {
            Pools::Sqlite { writer, .. } => return writer.begin(sharing).await.map(Lease::Unit),
            Pools::Postgres(all) => all,
        };
        loop {
            let mut held = all.hold().await?;
            match held.begin().await {
                Ok(()) => return Ok(Lease::Postgres(held)),
                Err(_) if held.is_stale() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks for at most one row.
    pub(crate) async fn optional<R: Record>(
        &self,
        sql: &'static Sql,
        bind: impl Fn(Statement<'_>) -> Statement<'_> + Send + Sync,
    ) -> Result<Option<R>, StoreError> {
        loop {
            let mut lease = self.reader().await?;
            match bind(lease.statement(sql)).optional().await {
                Err(_) if lease.is_stale() => {}
                answer => return answer,
            }
        }
    }

    /// Asks for any number of rows.
    pub(crate) async fn all<R: Record>(
        &self,
        sql: &'static Sql,
        bind: impl Fn(Statement<'_>) -> Statement<'_> + Send + Sync,
    ) -> Result<Vec<R>, StoreError> {
        loop {
            let mut lease = self.reader().await?;
            match bind(lease.statement(sql)).all().await {
                Err(_) if lease.is_stale() => {}
                answer => return answer,
            }
        }
    }

    /// Brings the tables to where this program needs them.
    pub(crate) async fn migrate(&self) -> Result<(), MigrationError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => {
                sqlite::migrate(self.schema, writer.connections().options()).await
            }
            Pools::Postgres(all) => postgres::migrate(self.schema, all.options()).await,
        }
    }

    /// Refuses a database that can be looked at but not changed.
    pub(crate) async fn require_writable(&self, lease: &mut Lease) -> Result<(), StoreError> {
        match &self.pools {
            // Whoever has begun there has the right to write already.
            Pools::Sqlite { .. } => Ok(()),
            Pools::Postgres(_) => postgres::require_writable(lease).await,
        }
    }

    /// Whether several nodes may serve the same people with it at once.
    pub(crate) const fn has_many_nodes(&self) -> bool {
        matches!(self.pools, Pools::Postgres(_))
    }

    /// The text by which this engine says whether a table of migrations exists.
    pub(crate) const fn has_migrations(&self) -> &'static Sql {
        match &self.pools {
            Pools::Sqlite { .. } => &sqlite::HAS_MIGRATIONS,
            Pools::Postgres(_) => &postgres::HAS_MIGRATIONS,
        }
    }

    /// The migrations of this engine.
    pub(crate) const fn migrations(&self) -> crate::migrate::Texts {
        match &self.pools {
            Pools::Sqlite { .. } => crate::migrate::sqlite(self.schema),
            Pools::Postgres(_) => crate::migrate::postgres(self.schema),
        }
    }

    /// Whether both are one and the same database, by whatever name.
    pub(crate) async fn is_same(&self, other: &Self) -> Result<bool, StoreError> {
        match (&self.pools, &other.pools) {
            (Pools::Sqlite { writer: one, .. }, Pools::Sqlite { writer: other, .. }) => {
                Ok(sqlite::is_same(one.file(), other.file()))
            }
            (Pools::Postgres(_), Pools::Postgres(_)) => postgres::is_same(self, other).await,
            _ => Ok(false),
        }
    }

    /// The file or the server, as an operator knows it.
    pub(crate) fn place(&self) -> String {
        match &self.pools {
            Pools::Sqlite { writer, .. } => writer.file().display().to_string(),
            Pools::Postgres(all) => postgres::place(all.options()),
        }
    }

    /// How many batches of what is written most often are worth being worked on at the same time.
    pub(crate) const fn lanes(&self) -> usize {
        match &self.pools {
            Pools::Sqlite { .. } => 1,
            // While the server has one on its disk, another one is being written; and a row for which one has to wait keeps
            // nobody waiting but those in its batch.
            Pools::Postgres(_) => 4,
        }
    }

    /// How many statements were run.
    pub(crate) fn statements_run(&self) -> u64 {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                writer.connections().statements_run() + readers.statements_run()
            }
            Pools::Postgres(all) => all.statements_run(),
        }
    }

    /// Tells the metrics how many connections there are.
    pub(crate) fn observe(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                writer.connections().observe();
                readers.observe();
            }
            Pools::Postgres(all) => all.observe(),
        }
    }

    /// Overwrites every copy of what was deleted, however long that takes. PostgreSQL decides by itself when it does so.
    pub(crate) async fn rewrite(&self) -> Result<(), StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => sqlite::rewrite(writer.connections().options()).await,
            Pools::Postgres(_) => Ok(()),
        }
    }

    /// Overwrites what was deleted also where it still stands in the log of writes. Says whether that could be done: not
    /// while somebody else is looking.
    pub(crate) async fn forget_deleted(&self) -> Result<bool, StoreError> {
        match &self.pools {
            Pools::Sqlite { writer, .. } => writer.truncate_log().await,
            // Its log is the server's, and that of its copies.
            Pools::Postgres(_) => Ok(true),
        }
    }

    pub(crate) async fn close(&self) {
        match &self.pools {
            Pools::Sqlite { writer, readers } => {
                // The writer last: it is the one that can bring the write-ahead log home.
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres(all) => all.close().await,
        }
    }
}

impl Lease {
    /// Whether nobody else changes anything meanwhile. On SQLite whoever has begun has everybody's turn.
    pub(crate) const fn has_every_turn(&self) -> bool {
        matches!(self, Self::Unit(_))
    }

    /// Takes somebody's turn until the end of what was begun on this connection; the next one waits.
    pub(crate) async fn take_turn(&mut self, turn: i64) -> Result<(), StoreError> {
        match self {
            Self::Reader(_) | Self::Unit(_) => Ok(()),
            Self::Postgres(_) => postgres::take_turn(self, turn).await,
        }
    }

    /// The same without waiting. Says whether it was free.
    pub(crate) async fn try_turn(&mut self, turn: i64) -> Result<bool, StoreError> {
        match self {
            Self::Reader(_) | Self::Unit(_) => Ok(true),
            Self::Postgres(_) => postgres::try_turn(self, turn).await,
        }
    }

    /// Prepares a text to run on this connection.
    pub(crate) fn statement(&mut self, sql: &'static Sql) -> Statement<'_> {
        Statement::new(self, sql)
    }

    /// Makes what was begun true; on disk before it returns.
    pub(crate) async fn commit(self) -> Result<(), StoreError> {
        self.commit_then(Box::new(|_| {})).await
    }

    /// The same, with what is to be done once it is known whether it is true: before this returns, or when nobody waits for
    /// it any more.
    pub(crate) async fn commit_then(self, then: Afterwards) -> Result<(), StoreError> {
        match self {
            Self::Unit(unit) => unit.commit(then).await,
            Self::Reader(mut held) => held.commit().await,
            Self::Postgres(mut held) => {
                let committed = held.commit().await;
                then(committed.is_ok());
                committed
            }
        }
    }

    fn is_stale(&self) -> bool {
        match self {
            Self::Reader(held) => held.is_stale(),
            Self::Unit(_) => false,
            Self::Postgres(held) => held.is_stale(),
        }
    }
}
