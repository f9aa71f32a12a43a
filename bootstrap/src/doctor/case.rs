//! What there is to look at, opened as far as that changes nothing.

use crate::config::{Config, KeySource, Loaded};
use crate::failure::Failure;
use crate::ground::{self, settings};
use application::clock::Clock;
use application::sealing::Sealing;
use application::store::{Half, Instance, InstanceDirectory, KeyringDirectory};
use domain::Timestamp;
use persistence::SqlStore;
use security::{Keyring, RootKey, SystemClock};
use std::ffi::OsString;
use std::fs::{Metadata, metadata};
use std::path::PathBuf;
use std::sync::Arc;

/// An installation, or what is going to be one.
pub(super) struct Case {
    /// What is in force.
    pub config: Config,
    /// What there is to say about that.
    pub warnings: Vec<String>,
    /// When this is.
    pub now: Timestamp,
    /// The files that are nobody else's business, as they were before the databases were opened.
    pub private: Vec<(PathBuf, Metadata)>,
    /// The root key.
    pub root: Root,
    /// The databases.
    pub stores: Stores,
}

/// The root key, as it was found.
pub(super) enum Root {
    /// It is there.
    Found(RootKey),
    /// There is nothing at its place.
    Absent(PathBuf),
    /// There is something, and it won't do.
    Unusable(String),
}

/// The databases, as they were found.
pub(super) enum Stores {
    /// Both are there.
    Open(Box<Opened>),
    /// To open them would make a file of these.
    Absent(Vec<Half>),
    /// They are there, and can't be opened.
    Closed(String),
}

/// Both databases.
pub(super) struct Opened {
    /// Themselves.
    pub store: SqlStore,
    /// What the installation knows of itself; `None` before its first start, or where that can't be read.
    pub instance: Option<Instance>,
    /// Its keys; open where the root key is the right one.
    pub keyring: Arc<Keyring>,
    /// Whether they are.
    pub is_unlocked: bool,
}

impl Case {
    /// Looks for the root key and the databases.
    pub async fn open(loaded: Loaded) -> Self {
        let Loaded { config, warnings, .. } = loaded;
        let private = private(&config);
        let root = Root::find(&config.keys.root);
        let stores = Stores::open(&config, &root).await;
        Self { config, warnings, now: SystemClock.now(), private, root, stores }
    }

    /// The databases, where they are open.
    pub fn opened(&self) -> Option<&Opened> {
        match &self.stores {
            Stores::Open(opened) => Some(opened),
            Stores::Absent(_) | Stores::Closed(_) => None,
        }
    }

    /// The same, where what is sealed in them can be read.
    pub fn unlocked(&self) -> Option<&Opened> {
        self.opened().filter(|opened| opened.is_unlocked)
    }

    /// The file of a database, where it is one.
    pub fn file(&self, half: Half) -> Option<PathBuf> {
        file(&self.config, half)
    }

    /// Closes the databases.
    pub async fn close(self) {
        if let Stores::Open(opened) = self.stores {
            opened.store.close().await;
        }
    }
}

/// What is there of what nobody but its owner may read. SQLite makes files beside a database while that is open.
fn private(config: &Config) -> Vec<(PathBuf, Metadata)> {
    let mut paths = Vec::new();
    for database in Half::BOTH.into_iter().filter_map(|half| file(config, half)) {
        for suffix in ["", "-wal", "-shm"] {
            let mut name = OsString::from(&database);
            name.push(suffix);
            paths.push(PathBuf::from(name));
        }
    }
    if let KeySource::File(path) = &config.keys.root {
        paths.push(path.clone());
    }
    paths.into_iter().filter_map(|path| metadata(&path).ok().map(|found| (path, found))).collect()
}

fn file(config: &Config, half: Half) -> Option<PathBuf> {
    settings(match half {
        Half::Main => &config.database,
        Half::Vault => &config.vault.database,
    })
    .file()
}

impl Root {
    fn find(source: &KeySource) -> Self {
        if let KeySource::File(path) = source
            && matches!(path.try_exists(), Ok(false))
        {
            return Self::Absent(path.clone());
        }
        match ground::load_root_key(source) {
            Ok(root) => Self::Found(root),
            Err(failure) => Self::Unusable(failure.to_string()),
        }
    }
}

impl Stores {
    /// Opens both where both are there: opened where it is not, a file would be made.
    async fn open(config: &Config, root: &Root) -> Self {
        let mut absent = Vec::new();
        for half in Half::BOTH {
            let Some(file) = file(config, half) else { continue };
            match file.try_exists() {
                Ok(true) => {}
                Ok(false) => absent.push(half),
                Err(error) => return Self::Closed(format!("{} can't be looked at: {error}", file.display())),
            }
        }
        if !absent.is_empty() {
            return Self::Absent(absent);
        }
        match Opened::open(config, root).await {
            Ok(opened) => Self::Open(Box::new(opened)),
            Err(failure) => Self::Closed(failure.to_string()),
        }
    }
}

impl Opened {
    async fn open(config: &Config, root: &Root) -> Result<Self, Failure> {
        let keyring = Arc::new(match root {
            Root::Found(root) => Keyring::new(root),
            // Opens nothing; what is not sealed can be looked at all the same.
            Root::Absent(_) | Root::Unusable(_) => {
                Keyring::new(&RootKey::parse(&"0".repeat(64)).map_err(|error| Failure::of(&error))?)
            }
        });
        let (main, vault) = (settings(&config.database), settings(&config.vault.database));
        let store = SqlStore::open(&main, &vault, keyring.clone()).await;
        let store = store.map_err(|error| Failure::of(&error))?;
        // A database of an earlier version may lack the table; its migrations are told of by themselves.
        let instance = InstanceDirectory::find(&store).await.ok().flatten();
        let is_fitting = instance.as_ref().is_some_and(|known| known.key_check == keyring.key_check());
        let is_unlocked = is_fitting && unlock(&store, &keyring).await;
        Ok(Self { store, instance, keyring, is_unlocked })
    }
}

async fn unlock(store: &SqlStore, keyring: &Keyring) -> bool {
    match store.keyring().await {
        Ok(entries) if !entries.is_empty() => keyring.install(&entries).is_ok(),
        _ => false,
    }
}
