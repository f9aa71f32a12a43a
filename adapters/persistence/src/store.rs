use crate::engine::{Engine, Lease};
use crate::error::{MigrationError, OpenError};
use crate::migrate;
use crate::sessions::cache::{SessionCache, Touch, Touched};
use crate::settings::Settings;
use crate::statement::Statement;
use crate::statistics::Differences;
use crate::{audit, statistics, users};
use application::store::{
    AttemptRepository, AuditTrail, InstanceRepository, NoticeRepository, PasswordLinkRepository,
    PersonalDataRepository, RefreshTokenRepository, SessionRepository, SigningKeyRepository,
    StatisticsRepository, Store, StoreError, UnitOfWork, UserRepository,
};
use async_trait::async_trait;
use domain::access::Role;
use domain::users::Status;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The store on SQLite or on PostgreSQL. Cloning it is cheap and gives another handle to the same connections.
#[derive(Clone)]
pub struct SqlStore {
    pub(crate) engine: Arc<Engine>,
    pub(crate) sessions: Arc<SessionCache>,
}

impl SqlStore {
    /// How long readiness may be looked into.
    const READY_WITHIN: Duration = Duration::from_secs(1);

    /// Opens the database; a file is made where there is nothing yet. The tables are left as they are:
    /// [`SqlStore::migrate`] makes them.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        let engine = Arc::new(Engine::open(settings).await?);
        Ok(Self { engine, sessions: SessionCache::new(settings.sessions_known_for) })
    }

    /// Makes or changes the tables to what this version needs. Any number of processes may do so at once: it is
    /// done once, and wholly or not at all. Refuses a database that a newer version has worked on.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        if self.pending_migrations().await? == 0 {
            return Ok(());
        }
        self.engine.migrate().await
    }

    /// How many migrations are still to be done. Changes nothing; refuses a database of a newer version.
    pub async fn pending_migrations(&self) -> Result<usize, MigrationError> {
        migrate::standing(&self.engine).await?.require_known()
    }

    /// Waits, within bounds, for what is being done, then closes every connection. Later calls are refused.
    pub async fn close(&self) {
        self.engine.close().await;
    }

    /// The statements that answer lists among any number of rows: for tests that ask an engine how it would go about it.
    #[doc(hidden)]
    #[must_use]
    pub fn list_statements() -> Vec<&'static str> {
        let events = audit::list::STATEMENTS.into_iter().flatten();
        let users = users::list::STATEMENTS.into_iter().chain([users::OUTDATED]);
        users.chain(events).chain([statistics::COUNT]).collect()
    }

    async fn look(&self) -> Result<(), StoreError> {
        let mut lease = self.engine.begin().await?;
        self.engine.require_writable(&mut lease).await?;
        drop(lease);
        // A newer version may have added migrations while this one goes on working: only missing ones count.
        match migrate::standing(&self.engine).await?.missing {
            0 => Ok(()),
            missing => Err(StoreError::Unavailable(format!("{missing} migrations are still to be done"))),
        }
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        let touched = Touched::nothing(Arc::clone(&self.sessions));
        let lease = self.engine.begin().await?;
        Ok(Box::new(SqlWork { lease, differences: Differences::new(), touched }))
    }

    async fn ready(&self) -> Result<(), StoreError> {
        timeout(Self::READY_WITHIN, self.look()).await.unwrap_or_else(|_| {
            Err(StoreError::Unavailable("the database did not answer in time".to_owned()))
        })
    }
}

/// A unit of work: one transaction on one connection. Each room implements its port on it, in its own file.
pub(crate) struct SqlWork {
    lease: Lease,
    pub(crate) differences: Differences,
    // Last, so that it is dropped when whatever was done on the lease is done.
    touched: Touched,
}

impl SqlWork {
    /// Prepares a text to run inside this unit of work.
    pub(crate) fn statement(&mut self, sql: &'static str) -> Statement<'_> {
        self.lease.statement(sql)
    }

    /// Notes what sessions a statement may change.
    pub(crate) fn touch(&mut self, touch: Touch) {
        self.touched.note(touch);
    }

    /// Notes that there are more or fewer accounts of a role and a status.
    pub(crate) fn count(&mut self, role: Role, status: Status, difference: i64) {
        *self.differences.entry((role, status)).or_default() += difference;
    }
}

#[async_trait]
impl UnitOfWork for SqlWork {
    fn users(&mut self) -> &mut dyn UserRepository {
        self
    }

    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository {
        self
    }

    fn password_links(&mut self) -> &mut dyn PasswordLinkRepository {
        self
    }

    fn notices(&mut self) -> &mut dyn NoticeRepository {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionRepository {
        self
    }

    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository {
        self
    }

    fn attempts(&mut self) -> &mut dyn AttemptRepository {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository {
        self
    }

    fn instance(&mut self) -> &mut dyn InstanceRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditTrail {
        self
    }

    fn statistics(&mut self) -> &mut dyn StatisticsRepository {
        self
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.write_differences().await?;
        self.lease.commit().await
    }
}
