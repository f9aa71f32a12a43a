//! The doors through which databases are copied, copies are kept, and copies are put back.

use crate::fault::{Describe, Fault, FaultKind};
use crate::sealing::Sealing;
use crate::store::{
    AuditDirectory, ChainDirectory, InstanceDirectory, KeyringDirectory, Store, StoreError, UserDirectory,
    VaultKeeper,
};
use async_trait::async_trait;
use domain::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use crate::store::Half;

/// What keeps a half. A copy of one kind is put back into the same kind only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keeper {
    /// SQLite: the copy is a database file.
    Sqlite,
    /// PostgreSQL: the copy is an archive of `pg_dump`.
    Postgres,
}

impl Keeper {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }

    /// The one that is written so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Sqlite, Self::Postgres].into_iter().find(|keeper| keeper.name() == name)
    }
}

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// A half is copied; counted in bytes.
    Copy(Half),
    /// A copy is encrypted, or its digest made; in bytes.
    Enclose(Half),
    /// The digest of a file is compared; in bytes.
    Compare(Half),
    /// A file is made readable again; in bytes.
    Unpack(Half),
    /// A copy is loaded into a database; in bytes.
    Load(Half),
    /// What one half points to is looked for in the other one; counted in people.
    Match,
    /// The audit trail is followed; counted in events.
    Follow,
}

/// Hears how far something is.
pub trait Progress: Send + Sync {
    /// A step begins; of how much, where that is known.
    fn begin(&self, step: Step, of: Option<u64>);

    /// So much of it is done.
    fn at(&self, done: u64);
}

/// Nobody is watching.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn begin(&self, _: Step, _: Option<u64>) {}

    fn at(&self, _: u64) {}
}

/// Whoever watches.
pub type Watcher = Arc<dyn Progress>;

/// Why a database was not copied, or not put back. Each text says what to do; none holds a password.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// It can't be done as things are; nothing was touched.
    #[error("{0}")]
    Refused(String),
    /// It was begun and did not work; what was begun was undone.
    #[error("{0}")]
    Failed(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for SnapshotError {
    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Refused(text) => Fault::new(FaultKind::Conflict, "conflict", text.clone()),
            Self::Failed(_) => {
                Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
            }
        }
    }
}

/// Copies the databases while they are used.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Snapshots: Send + Sync {
    /// From now on nothing that is superseded goes from the vault, until [`Snapshots::release`] or until that moment. Says
    /// which hold this is.
    async fn hold(&self, until: Timestamp) -> Result<Hold, StoreError>;

    /// Ends a hold. Says whether it still stood.
    async fn release(&self, hold: Hold) -> Result<bool, StoreError>;

    /// Ends every hold whose time is over: whoever took it was killed.
    async fn sweep_holds(&self, now: Timestamp) -> Result<(), StoreError>;

    /// What keeps a half, and how many migrations were done on it.
    async fn standing(&self, half: Half) -> Result<(Keeper, i64), StoreError>;

    /// Copies a half as it is at one moment, no earlier than this call, into a file that only its owner reads. Nobody who
    /// works with the database waits for it.
    async fn copy(&self, half: Half, to: &Path, watcher: &Watcher) -> Result<(), SnapshotError>;
}

/// Names a hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold(pub [u8; 16]);

/// Why a backup could not be written or read. Each text says what to do.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct ArchiveError {
    /// Its folder, or the file in it.
    pub place: String,
    /// What is wrong.
    pub reason: String,
}

impl Describe for ArchiveError {
    fn fault(&self) -> Fault {
        Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
    }
}

/// A file of a backup: what it is recognised by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileFacts {
    /// How many bytes it has.
    pub size: u64,
    /// Their SHA-256.
    pub digest: [u8; 32],
}

/// Keeps backups: each is a folder.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Archives: Send + Sync {
    /// Begins a backup that will stand at that place, where nothing may be yet. Until it is finished it stands under another
    /// name, by which nobody takes it for one; dropped, it is gone, and when its process is killed, the next one removes it.
    async fn begin(&self, place: &Path) -> Result<Box<dyn Draft>, ArchiveError>;

    /// To whom the backups that are begun here are encrypted, if to anybody.
    fn recipient(&self) -> Option<String>;

    /// The text of a manifest.
    async fn manifest(&self, place: &Path) -> Result<String, ArchiveError>;

    /// Makes sure that the file of a half is there and is the one of those facts, by its size and its digest.
    async fn compare(
        &self,
        place: &Path,
        half: Half,
        facts: &HalfFile,
        watcher: &Watcher,
    ) -> Result<(), ArchiveError>;

    /// Whether the file of a half is there and has its size. Reads nothing of it.
    async fn is_there(&self, place: &Path, half: Half, facts: &HalfFile) -> bool;

    /// Writes the copy of a half, decrypted where it has to be, into a new file that only its owner reads.
    async fn unpack(
        &self,
        place: &Path,
        half: Half,
        facts: &HalfFile,
        to: &Path,
        watcher: &Watcher,
    ) -> Result<(), ArchiveError>;

    /// The backups in a folder that were [named](super::Schedule) by time: those that have a manifest.
    async fn list(&self, folder: &Path) -> Result<Vec<PathBuf>, ArchiveError>;

    /// Removes a backup; at no moment is what is left of it taken for a whole one.
    async fn remove(&self, place: &Path) -> Result<(), ArchiveError>;
}

/// The file of a half, as a manifest knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HalfFile {
    /// What the copy is of.
    pub keeper: Keeper,
    /// Whether it is encrypted.
    pub is_encrypted: bool,
    /// What it is recognised by.
    pub facts: FileFacts,
}

/// A backup that is being written.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Draft: Send + Sync {
    /// Where the copy of a half is to be put: where nothing is yet, in a folder that only its owner enters.
    fn room(&self, half: Half) -> PathBuf;

    /// Takes that copy in, encrypted if there is a recipient; on disk before it returns.
    async fn enclose(
        &mut self,
        half: Half,
        keeper: Keeper,
        watcher: &Watcher,
    ) -> Result<FileFacts, ArchiveError>;

    /// Adds the manifest, and gives the backup its name: from that moment on it is one.
    async fn finish(self: Box<Self>, manifest: &str) -> Result<(), ArchiveError>;
}

/// Where a backup is put back, or tried.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Stage: Send + Sync {
    /// What keeps a half there.
    fn keeper(&self, half: Half) -> Keeper;

    /// Makes sure that there is room: that nothing stands there, or that it may be moved aside and nobody works with it.
    /// Touches nothing.
    async fn require_room(&self) -> Result<(), SnapshotError>;

    /// Where a copy is to be unpacked so that it can be loaded: where nothing is yet, in a folder that only its owner enters.
    async fn room(&self, half: Half) -> Result<PathBuf, SnapshotError>;

    /// Loads what was unpacked there, beside whatever is in use.
    async fn load(&self, half: Half, watcher: &Watcher) -> Result<(), SnapshotError>;

    /// Opens what was loaded, brought to this version of the program, whole as far as the engine can tell, and free of the
    /// holds that were copied with it.
    async fn open(&self, sealing: Arc<dyn Sealing>) -> Result<Box<dyn Loaded>, SnapshotError>;

    /// Puts it in its place, and what was there aside under a name with that moment in it. Says where that is.
    async fn settle(&self, at: Timestamp) -> Result<Vec<String>, SnapshotError>;

    /// Removes everything that was unpacked and loaded; what was moved aside comes back.
    async fn clear(&self) -> Result<(), SnapshotError>;
}

/// A backup that was loaded.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Loaded: Send + Sync {
    /// Its ports.
    fn ports(&self) -> LoadedPorts;

    /// How many people there are to whom the main half points, and whom the vault does not hold.
    async fn missing_people(&self, watcher: &Watcher) -> Result<u64, StoreError>;

    /// Closes both halves, with everything that was written in their files.
    async fn close(&self);
}

/// What one works through with a backup that was loaded.
#[derive(Clone)]
pub struct LoadedPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// The installation.
    pub instance: Arc<dyn InstanceDirectory>,
    /// Keys.
    pub keyring: Arc<dyn KeyringDirectory>,
    /// The two halves.
    pub keeper: Arc<dyn VaultKeeper>,
    /// Events.
    pub events: Arc<dyn AuditDirectory>,
    /// The chain of them.
    pub chain: Arc<dyn ChainDirectory>,
    /// Accounts.
    pub users: Arc<dyn UserDirectory>,
}
