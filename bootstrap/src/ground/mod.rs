//! What everything stands on: two databases, the root key, and that they belong together.
//!
//! All are looked at before any is changed. A root key is made only for a database that is new: made for one that has
//! its own, it could open nothing in it and would only hide that the right one is missing. Then the tables are
//! brought to this version, the keyring is opened, and what was left half done is finished: whoever comes in after
//! that finds a house in order.

mod root_key;
mod successor;
mod upkeep;

pub use root_key::load as load_root_key;
pub use successor::Successor;

use crate::config::{Config, Database, KeySource};
use crate::failure::Failure;
use application::Ids;
use application::store::InstanceDirectory;
use application::vault::{EstablishError, VaultPorts, VaultService};
use domain::sessions::TokenDigest;
use ledger::FileLedger;
use persistence::{Settings, SqlStore};
use secrecy::ExposeSecret;
use security::{Keyring, RootKey, SystemClock, SystemEntropy};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;

/// What the house is built on.
pub struct Ground {
    /// Both databases, of this version.
    pub store: Arc<SqlStore>,
    /// The keys of the installation, open.
    pub keyring: Arc<Keyring>,
    /// The books outside of the databases.
    pub ledger: Arc<FileLedger>,
    /// What is done with keys and between the databases.
    pub vault: Arc<VaultService>,
    /// Names things, and knows the time.
    pub ids: Ids,
    /// What opening it has changed.
    pub news: News,
}

/// What was changed by opening the databases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// How many migrations were done.
    pub migrations: usize,
    /// How many people, sessions and events of an earlier version were sealed.
    pub sealed: u64,
    /// Whether the databases were found under a new root key whose file was not in its place yet.
    pub root_key_replaced: bool,
}

/// How often the root key may have become another one in the meantime before that is no coincidence any more.
const ATTEMPTS: usize = 3;

/// Opens the databases, takes the root key, refuses what does not belong together, and only then changes anything.
///
/// `successor` is where a new root key may lie that the settings do not name yet.
pub async fn open(config: &Config, successor: Option<&Successor>) -> Result<Ground, Failure> {
    refuse_a_lost_database(config)?;
    if needs_folder(config) {
        make_folder(&config.data_dir)?;
    }
    let source = &config.keys.root;
    let beside = Successor::beside(source);
    let successor = successor.or(beside.as_ref()).cloned();
    let (mut root, mut replaced) = (root_key::find(source)?, false);
    for _ in 0..ATTEMPTS {
        let candidate = Candidate::open(config, root).await?;
        match candidate.standing().await {
            Ok(Standing::Fitting) => match candidate.settle(config, replaced).await? {
                Some(ground) => {
                    if let Some(waiting) = beside.filter(|beside| beside.path.exists()) {
                        let path = waiting.path.display();
                        tracing::info!(%path, "a new root key waits: `xtrem keys rotate --root` goes on with it");
                    }
                    return Ok(ground);
                }
                // It was replaced between two looks.
                None => root = root_key::find(source)?,
            },
            Ok(Standing::New) => {
                // The file of the database is there by now: of two that start at once, either makes it before the key.
                candidate.store.close().await;
                root = Some(root_key::make(source)?);
            }
            Ok(Standing::Foreign(known)) => {
                candidate.store.close().await;
                (root, replaced) = (Some(root_key::replaced(source, successor.as_ref(), &known)?), true);
            }
            Err(failure) => {
                candidate.store.close().await;
                return Err(failure);
            }
        }
    }
    Err(Failure::of(&EstablishError::ForeignRootKey))
}

/// Databases and a root key before they are known to belong together.
struct Candidate {
    store: SqlStore,
    keyring: Arc<Keyring>,
    has_key: bool,
}

/// Whether they do.
enum Standing {
    /// They do, or the database is new.
    Fitting,
    /// The database is new, and there is no key yet.
    New,
    /// The database was made with another key, which is recognised by this.
    Foreign(TokenDigest),
}

impl Candidate {
    /// Opens both databases as they are.
    async fn open(config: &Config, root: Option<RootKey>) -> Result<Self, Failure> {
        let has_key = root.is_some();
        let root = match root {
            Some(root) => root,
            // Only to ask whether there should have been one; nothing is opened or sealed under it.
            None => RootKey::parse(&"0".repeat(64)).map_err(|error| Failure::of(&error))?,
        };
        let keyring = Arc::new(Keyring::new(&root));
        let (main, vault) = (settings(&config.database), settings(&config.vault.database));
        let store =
            SqlStore::open(&main, &vault, keyring.clone()).await.map_err(|error| Failure::of(&error))?;
        Ok(Self { store, keyring, has_key })
    }

    async fn standing(&self) -> Result<Standing, Failure> {
        use application::sealing::Sealing;
        Ok(match self.known_key_check().await? {
            None if self.has_key => Standing::Fitting,
            None => Standing::New,
            Some(known) if self.has_key && known == self.keyring.key_check() => Standing::Fitting,
            Some(known) => Standing::Foreign(known),
        })
    }

    /// What the root key of this database is recognised by; `None` for a new one.
    async fn known_key_check(&self) -> Result<Option<TokenDigest>, Failure> {
        // Refuses a database of a newer version, which may say it otherwise.
        self.store.pending_migrations().await.map_err(|error| Failure::of(&error))?;
        if self.store.is_new().await.map_err(|error| Failure::of(&error))? {
            return Ok(None);
        }
        let known = InstanceDirectory::find(&self.store).await.map_err(|error| Failure::of(&error))?;
        Ok(known.map(|instance| instance.key_check))
    }

    /// Brings everything to this version and finishes what was left half done; `None` where the root key was replaced
    /// while this was going on.
    async fn settle(self, config: &Config, root_key_replaced: bool) -> Result<Option<Ground>, Failure> {
        let Self { store, keyring, .. } = self;
        let store = Arc::new(store);
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        let books = (config.audit.heads_file.clone(), config.vault.erasures_file.clone());
        let ledger = Arc::new(FileLedger::new(books.0, books.1));
        let vault = Arc::new(VaultService::new(VaultPorts {
            store: store.clone(),
            instance: store.clone(),
            keyring: store.clone(),
            keeper: store.clone(),
            sealing: keyring.clone(),
            documents: keyring.clone(),
            ledger: ledger.clone(),
            ids: ids.clone(),
        }));
        let mut ground = Ground { store, keyring, ledger, vault, ids, news: News::default() };
        ground.news.root_key_replaced = root_key_replaced;
        match ground.settle().await {
            Ok(true) => Ok(Some(ground)),
            Ok(false) => {
                ground.close().await;
                Ok(None)
            }
            Err(failure) => {
                ground.close().await;
                Err(failure)
            }
        }
    }
}

impl Ground {
    /// Says whether the root key is still the one.
    async fn settle(&mut self) -> Result<bool, Failure> {
        self.news.migrations = self.migrate().await?;
        match self.vault.open().await {
            Ok(_) => {}
            Err(EstablishError::ForeignRootKey) => return Ok(false),
            Err(error) => return Err(Failure::of(&error)),
        }
        self.news.sealed = upkeep::seal_what_is_in_clear(&self.vault).await?;
        upkeep::erase_again(&self.vault).await?;
        self.vault.tidy().await.map_err(|error| Failure::of(&error))?;
        Ok(true)
    }

    /// Brings the tables to this version. Says how many migrations that took.
    async fn migrate(&self) -> Result<usize, Failure> {
        let pending = self.store.pending_migrations().await.map_err(|error| Failure::of(&error))?;
        self.store.migrate().await.map_err(|error| Failure::of(&error))?;
        if pending > 0 {
            tracing::info!(migrations = pending, "the databases were brought to this version");
        }
        Ok(pending)
    }

    /// Closes the databases, after whatever is still being written.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

/// Refuses to begin anew where a database must have been: a root key in the data folder was made for one.
///
/// The key is looked for first: of two that start at once, the other makes its database before its key.
fn refuse_a_lost_database(config: &Config) -> Result<(), Failure> {
    let KeySource::File(key) = &config.keys.root else { return Ok(()) };
    let Some(file) = settings(&config.database).file() else { return Ok(()) };
    if !key.starts_with(&config.data_dir) || !key.exists() || file.exists() {
        return Ok(());
    }
    Err(Failure::Failed(format!(
        "there is no database at {}, but the root key {} was made for one: put the database back from your backup, or \
         move the key away to begin anew",
        file.display(),
        key.display()
    )))
}

/// How a database is opened.
pub fn settings(database: &Database) -> Settings {
    let mut settings = Settings::new(database.url.expose_secret());
    settings.readers = database.connections;
    settings.connections = database.connections;
    settings.busy_timeout = database.patience;
    settings
}

/// Whether anything of ours is to be in the data folder. The books are, wherever the databases are.
fn needs_folder(config: &Config) -> bool {
    let in_folder = |path: &Path| path.starts_with(&config.data_dir);
    let holds_key = matches!(&config.keys.root, KeySource::File(path) if in_folder(path));
    let holds_books = in_folder(&config.audit.heads_file) || in_folder(&config.vault.erasures_file);
    let is_elsewhere = |database: &Database| database.is_postgres();
    holds_key || holds_books || !is_elsewhere(&config.database) || !is_elsewhere(&config.vault.database)
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        Failure::Failed(format!(
            "{} can't be made ({error}): make it for this user, or choose another folder with --data-dir or data.dir",
            folder.display()
        ))
    })
}
