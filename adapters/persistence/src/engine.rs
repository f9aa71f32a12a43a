//! The database itself: which of the two it is, and how one gets at a connection.

use crate::connections::{Connections, Held};
use crate::error::{MigrationError, OpenError};
use crate::settings::{Address, Settings};
use crate::statement::{Record, Statement};
use crate::{postgres, sqlite};
use application::store::StoreError;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// An open database.
pub(crate) struct Engine {
    pools: Pools,
    patience: Duration,
}

/// Its connections.
pub(crate) enum Pools {
    /// SQLite has one writer; readers don't wait for it.
    Sqlite {
        /// The one that changes.
        writer: Arc<Connections<SqliteConnection>>,
        /// Those that only look.
        readers: Arc<Connections<SqliteConnection>>,
    },
    /// On PostgreSQL all are alike.
    Postgres(Arc<Connections<PgConnection>>),
}

/// A connection in somebody's hands.
pub(crate) enum Lease {
    /// To SQLite.
    Sqlite(Held<SqliteConnection>),
    /// To PostgreSQL.
    Postgres(Held<PgConnection>),
}

impl Engine {
    pub(crate) async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let pools = match settings.address()? {
            Address::Sqlite(file) => sqlite::open(&file, settings).await?,
            Address::Postgres(options) => postgres::open(*options, settings).await?,
        };
        Ok(Self { pools, patience: settings.busy_timeout })
    }

    /// A connection to look with.
    pub(crate) async fn reader(&self) -> Result<Lease, StoreError> {
        match &self.pools {
            Pools::Sqlite { readers, .. } => readers.hold().await.map(Lease::Sqlite),
            Pools::Postgres(all) => all.hold().await.map(Lease::Postgres),
        }
    }

    /// A connection on which a unit of work has begun.
    pub(crate) async fn begin(&self) -> Result<Lease, StoreError> {
        timeout(self.patience, self.try_begin()).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable("the turn to write did not come in time".to_owned()))
        })
    }

    async fn try_begin(&self) -> Result<Lease, StoreError> {
        loop {
            let mut lease = match &self.pools {
                Pools::Sqlite { writer, .. } => writer.hold().await.map(Lease::Sqlite)?,
                Pools::Postgres(all) => all.hold().await.map(Lease::Postgres)?,
            };
            let begun = match &mut lease {
                Lease::Sqlite(held) => held.begin().await,
                Lease::Postgres(held) => held.begin().await,
            };
            match begun {
                Ok(()) => return Ok(lease),
                Err(_) if lease.is_stale() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Asks for at most one row.
    pub(crate) async fn optional<R: Record>(
        &self,
        sql: &'static str,
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
        sql: &'static str,
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
            Pools::Sqlite { writer, .. } => sqlite::migrate(writer.options()).await,
            Pools::Postgres(all) => postgres::migrate(all.options()).await,
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

    /// The text by which this engine says whether a table of migrations exists.
    pub(crate) const fn has_migrations(&self) -> &'static str {
        match &self.pools {
            Pools::Sqlite { .. } => sqlite::HAS_MIGRATIONS,
            Pools::Postgres(_) => postgres::HAS_MIGRATIONS,
        }
    }

    /// The migrations of this engine.
    pub(crate) const fn migrations(&self) -> crate::migrate::Texts {
        match &self.pools {
            Pools::Sqlite { .. } => crate::migrate::SQLITE,
            Pools::Postgres(_) => crate::migrate::POSTGRES,
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
    /// Prepares a text to run on this connection.
    pub(crate) fn statement(&mut self, sql: &'static str) -> Statement<'_> {
        Statement::new(self, sql)
    }

    /// Makes what was begun true.
    pub(crate) async fn commit(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(held) => held.commit().await,
            Self::Postgres(held) => held.commit().await,
        }
    }

    fn is_stale(&self) -> bool {
        match self {
            Self::Sqlite(held) => held.is_stale(),
            Self::Postgres(held) => held.is_stale(),
        }
    }
}
