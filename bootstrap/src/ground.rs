//! What everything stands on: the database and the root key, and that they belong together.
//!
//! Both are looked at before either is changed. A root key is made only for a database that is new: made for one
//! that has its own, it could open nothing in it and would only hide that the right one is missing.

use crate::config::{Config, Database, KeySource};
use crate::failure::Failure;
use application::admin::EstablishError;
use application::store::InstanceDirectory;
use domain::sessions::TokenDigest;
use persistence::{Settings, SqlStore};
use secrecy::ExposeSecret;
use security::{Origin, RootKey, RootKeyError};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;

/// Opens the database, takes the root key, refuses a pair that does not match, and only then migrates.
pub async fn open(config: &Config) -> Result<(SqlStore, RootKey), Failure> {
    refuse_a_lost_database(config)?;
    let store = open_database(config).await?;
    match matching_key(&store, &config.keys.root).await {
        Ok(root) => Ok((store, root)),
        Err(failure) => {
            store.close().await;
            Err(failure)
        }
    }
}

async fn matching_key(store: &SqlStore, source: &KeySource) -> Result<RootKey, Failure> {
    let known = known_key_check(store).await?;
    let root = root_key(source, known.is_some())?;
    if known.is_some_and(|known| known != root.key_check()) {
        return Err(Failure::of(&EstablishError::ForeignRootKey));
    }
    migrate(store).await?;
    Ok(root)
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

/// Opens the database as it is.
pub async fn open_database(config: &Config) -> Result<SqlStore, Failure> {
    if needs_folder(config) {
        make_folder(&config.data_dir)?;
    }
    SqlStore::open(&settings(&config.database)).await.map_err(|error| Failure::of(&error))
}

/// Brings the tables to this version. Says how many migrations that took.
pub async fn migrate(store: &SqlStore) -> Result<usize, Failure> {
    let pending = store.pending_migrations().await.map_err(|error| Failure::of(&error))?;
    store.migrate().await.map_err(|error| Failure::of(&error))?;
    if pending > 0 {
        tracing::info!(migrations = pending, "the database was brought to this version");
    }
    Ok(pending)
}

fn settings(database: &Database) -> Settings {
    let mut settings = Settings::new(database.url.expose_secret());
    settings.readers = database.connections;
    settings.connections = database.connections;
    settings
}

/// What the root key of this database is recognised by; `None` for a new one.
async fn known_key_check(store: &SqlStore) -> Result<Option<TokenDigest>, Failure> {
    let pending = store.pending_migrations().await.map_err(|error| Failure::of(&error))?;
    match store.find().await {
        Ok(known) => Ok(known.map(|instance| instance.key_check)),
        // The first migration makes the table that was asked.
        Err(_) if pending > 0 => Ok(None),
        Err(error) => Err(Failure::of(&error)),
    }
}

fn root_key(source: &KeySource, belongs_to_data: bool) -> Result<RootKey, Failure> {
    let path = match source {
        KeySource::Value(text) => {
            return RootKey::parse(text.expose_secret())
                .map_err(|error| Failure::Input(format!("keys.root_key: {error}")));
        }
        KeySource::File(path) => path,
    };
    if belongs_to_data {
        return RootKey::load(path).map_err(|error| match error {
            RootKeyError::Missing(path) => Failure::Failed(format!(
                "there is no root key at {}, but the database was made with one: put it back from your backup, or \
                 say with keys.root_key_file where it is",
                path.display()
            )),
            other => Failure::of(&other),
        });
    }
    let (key, origin) = RootKey::load_or_create(path).map_err(|error| Failure::of(&error))?;
    if origin == Origin::Created {
        let path = path.display();
        tracing::warn!(%path, "a root key was made: keep a copy of it, apart from the backups of the database");
    }
    Ok(key)
}

fn needs_folder(config: &Config) -> bool {
    let is_server = config.database.is_postgres();
    let holds_key = matches!(&config.keys.root, KeySource::File(path) if path.starts_with(&config.data_dir));
    !is_server || holds_key
}

fn make_folder(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        Failure::Failed(format!(
            "{} can't be made ({error}): make it for this user, or choose another folder with --data-dir or data.dir",
            folder.display()
        ))
    })
}
