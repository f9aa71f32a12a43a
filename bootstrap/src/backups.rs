//! Backups: how they are taken and put back with the settings that are in force.

use crate::config::Config;
use crate::failure::Failure;
use crate::ground::{Ground, settings};
use crate::operations::instruments;
use crate::progress::Progress;
use ::backup::{FolderArchives, Identities, Recipient};
use application::Ids;
use application::audit::AuditService;
use application::backup::{
    BackupError, BackupPorts, BackupService, Half, Manifest, RestorePorts, RestoreService, Round, Schedule,
    Step, Unwatched, Watcher,
};
use ledger::FileLedger;
use persistence::{PostgresTools, Purpose, SqlSnapshots, SqlStage};
use security::{Keyring, RootKey, SystemClock, SystemEntropy};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Takes backups, by itself where a schedule says so.
pub struct Backups {
    service: BackupService,
    schedule: Option<Schedule>,
}

impl Backups {
    /// Of the databases that are open.
    pub fn on(ground: &Ground, audit: &Arc<AuditService>, config: &Config) -> Result<Self, Failure> {
        let (stored, keyring) = (ground.store.clone(), ground.keyring.clone());
        let recipient = config.backup.recipient.as_deref().map(Recipient::parse).transpose();
        let recipient = recipient.map_err(|text| Failure::Input(format!("the recipient {text}")))?;
        let snapshots = SqlSnapshots::new(
            stored.as_ref().clone(),
            settings(&config.database),
            settings(&config.vault.database),
            PostgresTools::new(config.backup.pg_dump.clone()),
        );
        let service = BackupService::new(BackupPorts {
            store: stored.clone(),
            instance: stored.clone(),
            keyring: stored.clone(),
            chain: stored,
            audit: audit.clone(),
            snapshots: Arc::new(snapshots),
            archives: Arc::new(FolderArchives::new(config.data_dir.clone(), recipient, None)),
            documents: keyring,
            ids: ground.ids.clone(),
        });
        let schedule = config.backup.dir.clone().zip(config.backup.every);
        let schedule = schedule.map(|(folder, every)| Schedule { folder, every, keep: config.backup.keep });
        if let Some(schedule) = &schedule {
            instruments::backups_every(schedule.every);
            instruments::last_backup(None);
        }
        Ok(Self { service, schedule })
    }

    /// Takes one now.
    pub async fn take(&self, place: &Path, watcher: &Watcher) -> Result<Manifest, BackupError> {
        self.service.take(place, watcher).await
    }

    /// Ends what was given up half way.
    pub async fn abandon(&self) {
        self.service.abandon().await;
    }

    /// Takes one if it is due. Before and after, measures how old the last good one is: to take one may fail, or take long.
    pub async fn round(&self) -> Result<(), BackupError> {
        let Some(schedule) = &self.schedule else { return Ok(self.service.sweep_holds().await?) };
        let kept = self.service.kept(&schedule.folder).await?;
        instruments::last_backup(kept.iter().map(|kept| kept.begun_at).max());
        let watcher: Watcher = Arc::new(Unwatched);
        let Round { last_good, taken, removed } = self.service.keep_up(schedule, &watcher).await?;
        instruments::last_backup(last_good);
        if let Some(place) = taken {
            tracing::info!(place = %place.display(), removed = removed.len(), "a backup was taken");
        }
        Ok(())
    }
}

/// Puts backups back, under a root key that is there already.
pub fn restoring(
    config: &Config,
    purpose: Purpose,
    root: &RootKey,
    identities: Option<Identities>,
) -> RestoreService {
    let keyring = Arc::new(Keyring::new(root));
    let stage = SqlStage::new(
        purpose,
        settings(&config.database),
        settings(&config.vault.database),
        config.data_dir.clone(),
        PostgresTools::new(config.backup.pg_dump.clone()),
    );
    let books = (config.audit.heads_file.clone(), config.vault.erasures_file.clone());
    RestoreService::new(RestorePorts {
        archives: Arc::new(FolderArchives::new(config.data_dir.clone(), None, identities)),
        stage: Arc::new(stage),
        sealing: keyring.clone(),
        documents: keyring,
        ledger: Arc::new(FileLedger::new(books.0, books.1)),
        ids: Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy)),
    })
}

/// Shows how far it is, one bar after the other.
#[derive(Default)]
pub struct Bars(Mutex<Option<Bar>>);

struct Bar {
    progress: Progress,
    unit: u64,
}

impl Bars {
    /// Takes the last one away.
    pub fn end(&self) {
        if let Some(Bar { progress, .. }) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            progress.end();
        }
    }
}

impl application::backup::Progress for Bars {
    fn begin(&self, step: Step, of: Option<u64>) {
        self.end();
        let (what, unit) = told(step);
        let progress = Progress::new(what, of.unwrap_or_default() / unit);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Bar { progress, unit });
    }

    fn at(&self, done: u64) {
        if let Some(Bar { progress, unit }) = self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            progress.reach(done / *unit);
        }
    }
}

/// What a step is called, and how many of what it counts make one on its bar.
const fn told(step: Step) -> (&'static str, u64) {
    const KIB: u64 = 1024;
    match step {
        Step::Copy(Half::Main) => ("copying the main database (KiB)", KIB),
        Step::Copy(Half::Vault) => ("copying the vault (KiB)", KIB),
        Step::Enclose(Half::Main) => ("writing the main database (KiB)", KIB),
        Step::Enclose(Half::Vault) => ("writing the vault (KiB)", KIB),
        Step::Compare(Half::Main) => ("checking the file of the main database (KiB)", KIB),
        Step::Compare(Half::Vault) => ("checking the file of the vault (KiB)", KIB),
        Step::Unpack(Half::Main) => ("unpacking the main database (KiB)", KIB),
        Step::Unpack(Half::Vault) => ("unpacking the vault (KiB)", KIB),
        Step::Load(Half::Main) => ("loading the main database", KIB),
        Step::Load(Half::Vault) => ("loading the vault", KIB),
        Step::Match => ("looking for every person in the vault", 1),
        Step::Follow => ("following the audit trail", 1),
    }
}
