use super::{
    ArchiveError, Archives, Draft, Half, HalfFacts, Hold, Manifest, SnapshotError, Snapshots, Watcher,
};
use crate::Ids;
use crate::actor::Actor;
use crate::audit::AuditService;
use crate::fault::{Describe, Fault, FaultKind};
use crate::sealing::Documents;
use crate::store::{ChainDirectory, Instance, InstanceDirectory, KeyringDirectory, Store, StoreError};
use domain::Timestamp;
use domain::audit::{EventKind, Head, Link, Sequence};
use domain::vault::KeyringEntry;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Why no backup was taken. What was begun is gone.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no installation yet.
    #[error("there is nothing to take a backup of: start the service once, and it makes its databases")]
    NothingThere,
    /// Keys were replaced while the copies were made.
    #[error("the root key was being replaced; nothing was kept: take the backup again when that is done")]
    KeysChanged,
    /// It took longer than anything may be kept back in the vault.
    #[error(
        "copying took longer than {} hours, so that the vault may lack something by now; nothing was kept",
        BackupService::LONGEST.as_secs() / 3600
    )]
    TookTooLong,
    /// It could not be written.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// A database could not be copied.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for BackupError {
    fn fault(&self) -> Fault {
        match self {
            Self::NothingThere => Fault::missing(),
            Self::KeysChanged => Fault::new(FaultKind::Conflict, "conflict", self.to_string()),
            Self::TookTooLong => {
                Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
            }
            Self::Archive(error) => error.fault(),
            Self::Snapshot(error) => error.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

/// Takes backups.
pub struct BackupService {
    store: Arc<dyn Store>,
    instance: Arc<dyn InstanceDirectory>,
    keyring: Arc<dyn KeyringDirectory>,
    chain: Arc<dyn ChainDirectory>,
    audit: Arc<AuditService>,
    pub(super) snapshots: Arc<dyn Snapshots>,
    pub(super) archives: Arc<dyn Archives>,
    pub(super) documents: Arc<dyn Documents>,
    pub(super) ids: Ids,
    /// What keeps the vault from giving anything away, because of this process.
    held: Mutex<Vec<Hold>>,
}

/// The ports that backups need.
pub struct BackupPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// The installation.
    pub instance: Arc<dyn InstanceDirectory>,
    /// Keys.
    pub keyring: Arc<dyn KeyringDirectory>,
    /// The chain of the audit trail.
    pub chain: Arc<dyn ChainDirectory>,
    /// Carries it on.
    pub audit: Arc<AuditService>,
    /// Copies of the databases.
    pub snapshots: Arc<dyn Snapshots>,
    /// Where they are kept.
    pub archives: Arc<dyn Archives>,
    /// Signs manifests.
    pub documents: Arc<dyn Documents>,
    /// Names things.
    pub ids: Ids,
}

impl BackupService {
    /// How long a backup may take. For so long nothing that is superseded goes from the vault; when whoever took it was
    /// killed, it goes after that.
    pub const LONGEST: Duration = Duration::from_hours(12);

    /// Joins the ports it works through.
    #[must_use]
    pub fn new(ports: BackupPorts) -> Self {
        let BackupPorts { store, instance, keyring, chain, audit, snapshots, archives, documents, ids } =
            ports;
        let held = Mutex::default();
        Self { store, instance, keyring, chain, audit, snapshots, archives, documents, ids, held }
    }

    /// Takes a backup while everybody goes on working. Everything that was acknowledged before is in it, each of its halves
    /// is as it was at one moment, and the vault's holds whatever the main one points to.
    ///
    /// That it was taken stands in the audit trail before it has its name; it is not in the backup itself.
    pub async fn take(&self, place: &Path, watcher: &Watcher) -> Result<Manifest, BackupError> {
        let mut draft = self.archives.begin(place).await?;
        let begun_at = self.ids.now();
        let hold = self.snapshots.hold(begun_at.plus(Self::LONGEST)).await?;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).push(hold);
        let copied = self.copy(begun_at, draft.as_mut(), watcher).await;
        let released = self.release(hold).await;
        let manifest = copied?;
        if !released? {
            return Err(BackupError::TookTooLong);
        }
        self.record(&manifest).await?;
        draft.finish(&manifest.signed(self.documents.as_ref())).await?;
        Ok(manifest)
    }

    /// Copies both halves, and encloses what was copied.
    async fn copy(
        &self,
        begun_at: Timestamp,
        draft: &mut dyn Draft,
        watcher: &Watcher,
    ) -> Result<Manifest, BackupError> {
        let (instance, keyring) = self.identity().await?;
        let head = self.head(begun_at).await?;
        let mut halves = Vec::with_capacity(Half::BOTH.len());
        for half in Half::BOTH {
            let (keeper, migrations) = self.snapshots.standing(half).await?;
            let copied_at = self.ids.now();
            self.snapshots.copy(half, &draft.room(half), watcher).await?;
            halves.push((half, keeper, migrations, copied_at));
        }
        // The manifest must open under the same root key as the copy that it goes with.
        if self.identity().await? != (instance.clone(), keyring.clone()) {
            return Err(BackupError::KeysChanged);
        }
        let mut enclosed = Vec::with_capacity(halves.len());
        for (half, keeper, migrations, copied_at) in halves {
            let file = draft.enclose(half, keeper, watcher).await?;
            enclosed.push(HalfFacts { keeper, migrations, copied_at, file });
        }
        let [main, vault] = enclosed[..] else { return Err(BackupError::NothingThere) };
        let recipient = self.archives.recipient();
        let Instance { id: instance, key_check, .. } = instance;
        Ok(Manifest { instance, begun_at, key_check, keyring, head, recipient, main, vault })
    }

    /// Whose databases these are, and their keys.
    pub(super) async fn identity(&self) -> Result<(Instance, Vec<KeyringEntry>), BackupError> {
        let instance = self.instance.find().await?.ok_or(BackupError::NothingThere)?;
        let keyring = self.keyring.keyring().await?;
        Ok((instance, keyring))
    }

    /// The end of the trail, which has everything now that happened until now. The copy that is made after this holds it,
    /// whatever is added meanwhile.
    async fn head(&self, at: Timestamp) -> Result<Head, StoreError> {
        self.audit.seal().await?;
        let (sequence, link) = self.chain.end().await?.unwrap_or((Sequence::NONE, Link::NONE));
        Ok(Head { sequence, link, at })
    }

    /// Ends what a backup that was given up half way has left standing. To be called where [`BackupService::take`] was not
    /// waited for.
    pub async fn abandon(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for hold in held {
            // What went wrong was told, and goes by itself in time.
            let _ = self.release(hold).await;
        }
    }

    async fn release(&self, hold: Hold) -> Result<bool, StoreError> {
        let released = self.snapshots.release(hold).await;
        self.held.lock().unwrap_or_else(PoisonError::into_inner).retain(|held| *held != hold);
        if let Err(error) = &released {
            tracing::warn!(%error, "nothing that is superseded goes from the vault for some hours");
        }
        released
    }

    async fn record(&self, manifest: &Manifest) -> Result<(), StoreError> {
        let now = self.ids.now();
        let mut event = Actor::system().event(&self.ids, now, EventKind::BackupTaken, None);
        event.detail = vec![
            ("encrypted".into(), manifest.recipient.is_some().to_string()),
            ("through".into(), manifest.head.sequence.to_string()),
        ];
        let mut work = self.store.begin().await?;
        work.audit().record(&event).await?;
        work.commit().await
    }
}
