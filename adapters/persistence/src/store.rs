use crate::engine::{Engine, Lease};
use crate::error::{MigrationError, OpenError};
use crate::migrate;
use crate::settings::Settings;
use crate::statement::Statement;
use application::store::{
    AttemptRepository, AuditTrail, InstanceRepository, PersonalDataRepository, RefreshTokenRepository,
    SessionRepository, SigningKeyRepository, Store, StoreError, UnitOfWork, UserRepository,
};
use async_trait::async_trait;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::timeout;

/// The store on SQLite or on PostgreSQL. Cloning it is cheap and gives another handle to the same connections.
#[derive(Clone)]
pub struct SqlStore {
    pub(crate) engine: Arc<Engine>,
}

impl SqlStore {
    /// How long readiness may be looked into.
    const READY_WITHIN: Duration = Duration::from_secs(1);

    /// Opens the database; a file is made where there is nothing yet. The tables are left as they are:
    /// [`SqlStore::migrate`] makes them.
    pub async fn open(settings: &Settings) -> Result<Self, OpenError> {
        Ok(Self { engine: Arc::new(Engine::open(settings).await?) })
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
        Ok(Box::new(SqlWork { lease: self.engine.begin().await? }))
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
}

impl SqlWork {
    /// Prepares a text to run inside this unit of work.
    pub(crate) fn statement(&mut self, sql: &'static str) -> Statement<'_> {
        self.lease.statement(sql)
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

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.lease.commit().await
    }
}
