use crate::engine::{Engine, Lease, Schema};
use crate::error::{MigrationError, OpenError};
use crate::exchanges::Exchanges;
use crate::keys::KnownKeys;
use crate::recent::{Recent, Touch, Touched};
use crate::settings::Settings;
use crate::sql::Sql;
use crate::statement::Statement;
use crate::statistics::Differences;
use crate::vault::{self, Changes};
use crate::{audit, chain, health, migrate, moves, refresh_tokens, sessions, statistics, users};
use application::audit::announce;
use application::sealing::Sealing;
use application::store::{
    AttemptRepository, AuditTrail, ChainRepository, ErasureRepository, Exchange, ExportTicketRepository,
    InstanceRepository, KeyringRepository, NoticeRepository, PasswordLinkRepository, PersonalDataRepository,
    RefreshTokenRepository, SessionRepository, SigningKeyRepository, StatisticsRepository, Store, StoreError,
    UnitOfWork, UserRepository, VaultError,
};
use async_trait::async_trait;
use domain::access::Role;
use domain::audit::Event;
use domain::users::Status;
use std::sync::Arc;

/// The store on SQLite or on PostgreSQL, with its vault on either. Cloning it is cheap and gives another handle to the same
/// connections.
#[derive(Clone)]
pub struct SqlStore {
    pub(crate) engine: Arc<Engine>,
    pub(crate) vault: Arc<Engine>,
    pub(crate) sealing: Arc<dyn Sealing>,
    pub(crate) recent: Arc<Recent>,
    pub(crate) exchanges: Arc<Exchanges>,
}

impl SqlStore {
    /// Opens the two databases; files are made where there is nothing yet, but no vault where there has been one. The
    /// tables are left as they are: [`SqlStore::migrate`] makes them.
    pub async fn open(
        main: &Settings,
        vault: &Settings,
        sealing: Arc<dyn Sealing>,
    ) -> Result<Self, OpenError> {
        let engine = Engine::open(Schema::Main, main).await?;
        match open_vault(&engine, vault).await {
            Ok(vault) => Ok(Self {
                exchanges: Exchanges::new(engine.lanes()),
                engine: Arc::new(engine),
                vault: Arc::new(vault),
                sealing,
                recent: Recent::new(main.sessions_known_for),
            }),
            Err(error) => {
                // Whoever is refused may want to move the files, or to open them otherwise.
                engine.close().await;
                Err(error)
            }
        }
    }

    /// Makes or changes the tables of both databases to what this version needs. Any number of processes may do so at once:
    /// it is done once in each, and wholly or not at all. Refuses a database that a newer version has worked on, and a
    /// vault that is not the one of this installation.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        vault::examine(&self.engine, &self.vault).await?;
        for engine in [&self.engine, &self.vault] {
            if migrate::standing(engine).await?.require_known()? > 0 {
                engine.migrate().await?;
            }
        }
        Ok(())
    }

    /// How many migrations are still to be done. Changes nothing; refuses a database of a newer version.
    pub async fn pending_migrations(&self) -> Result<usize, MigrationError> {
        let main = migrate::standing(&self.engine).await?.require_known()?;
        Ok(main + migrate::standing(&self.vault).await?.require_known()?)
    }

    /// Whether the main database is new: no migration was ever done on it, so that there is no table to ask.
    pub async fn is_new(&self) -> Result<bool, StoreError> {
        Ok(migrate::standing(&self.engine).await?.last == 0)
    }

    /// Waits, within bounds, for what is being done, then closes every connection. Later calls are refused.
    pub async fn close(&self) {
        self.engine.close().await;
        self.vault.close().await;
    }

    /// Tells the metrics how many connections there are. Costs nothing worth naming: to be called whenever they are asked for.
    pub fn observe(&self) {
        self.engine.observe();
        self.vault.observe();
    }

    /// The statements that answer lists, or change some rows, among any number of them: for tests that ask an engine how it
    /// would go about it.
    #[doc(hidden)]
    #[must_use]
    pub fn list_statements() -> Vec<&'static str> {
        let events = audit::list::STATEMENTS.into_iter().flatten().flatten().chain(chain::LISTS).chain([
            &health::BACKLOG,
            &moves::EVENTS,
            &moves::NAMELESS,
        ]);
        let users = users::list::STATEMENTS.into_iter().chain([&users::OUTDATED]);
        let others = [&statistics::COUNT, &sessions::RECORD_USE_64, &refresh_tokens::ROTATE_64];
        users.chain(events).chain(others).map(Sql::text).collect()
    }

    /// How many statements were run so far, on both databases together: for tests that count what a question costs.
    #[doc(hidden)]
    #[must_use]
    pub fn statements_run(&self) -> u64 {
        self.engine.statements_run() + self.vault.statements_run()
    }

    /// Begins a unit of work.
    pub(crate) async fn work(&self) -> Result<SqlWork, StoreError> {
        Ok(self.work_on(self.engine.begin().await?))
    }

    /// Begins one that may be committed together with others.
    pub(crate) async fn shared_work(&self) -> Result<SqlWork, StoreError> {
        Ok(self.work_on(self.engine.begin_shared().await?))
    }

    fn work_on(&self, lease: Lease) -> SqlWork {
        let touched = Touched::nothing(Arc::clone(&self.recent));
        SqlWork {
            lease,
            vault: Arc::clone(&self.vault),
            sealing: Arc::clone(&self.sealing),
            keys: KnownKeys::new(),
            changes: Changes::new(),
            differences: Differences::new(),
            recorded: Vec::new(),
            touched,
        }
    }
}

/// Opens the vault beside the main database.
async fn open_vault(main: &Engine, settings: &Settings) -> Result<Engine, OpenError> {
    let unavailable =
        |error: StoreError| OpenError::Unavailable { place: main.place(), reason: error.to_string() };
    let is_missing = settings.file().is_some_and(|file| !file.exists());
    if is_missing && vault::has_vault(main).await.map_err(unavailable)? {
        return Err(VaultError::Lost.into());
    }
    let vault = Engine::open(Schema::Vault, settings).await?;
    let refusal = match main.is_same(&vault).await.map_err(unavailable) {
        Ok(false) => return Ok(vault),
        Ok(true) => OpenError::mistaken(Schema::Vault, vault.place()),
        Err(error) => error,
    };
    vault.close().await;
    Err(refusal)
}

#[async_trait]
impl Store for SqlStore {
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.work().await?))
    }

    async fn begin_shared(&self) -> Result<Box<dyn UnitOfWork>, StoreError> {
        Ok(Box::new(self.shared_work().await?))
    }

    async fn exchange(&self, exchange: Exchange) -> Result<(), StoreError> {
        self.exchange_with_others(exchange).await
    }
}

/// A unit of work: one transaction on one connection, and what it is to change in the vault when it ends. Each room
/// implements its port on it, in its own file.
pub(crate) struct SqlWork {
    pub(crate) lease: Lease,
    pub(crate) vault: Arc<Engine>,
    pub(crate) sealing: Arc<dyn Sealing>,
    pub(crate) keys: KnownKeys,
    pub(crate) changes: Changes,
    pub(crate) differences: Differences,
    /// What stands in the audit trail once this is committed.
    pub(crate) recorded: Vec<Event>,
    // Last, so that it is dropped when whatever was done on the lease is done.
    touched: Touched,
}

impl SqlWork {
    /// Prepares a text to run inside this unit of work.
    pub(crate) fn statement(&mut self, sql: &'static Sql) -> Statement<'_> {
        self.lease.statement(sql)
    }

    /// Notes what a statement may change of what is kept for a moment.
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

    fn keyring(&mut self) -> &mut dyn KeyringRepository {
        self
    }

    fn export_tickets(&mut self) -> &mut dyn ExportTicketRepository {
        self
    }

    fn erasures(&mut self) -> &mut dyn ErasureRepository {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditTrail {
        self
    }

    fn chain(&mut self) -> &mut dyn ChainRepository {
        self
    }

    fn statistics(&mut self) -> &mut dyn StatisticsRepository {
        self
    }

    async fn commit(mut self: Box<Self>) -> Result<(), StoreError> {
        self.write_changes().await?;
        self.write_differences().await?;
        let Self { lease, recorded, touched, .. } = *self;
        let then = move |is_committed| {
            drop(touched);
            if is_committed {
                recorded.iter().for_each(announce);
            }
        };
        lease.commit_then(Box::new(then)).await
    }
}
