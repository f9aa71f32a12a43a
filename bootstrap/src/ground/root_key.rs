//! Where the root key comes from.

use super::Successor;
use crate::config::KeySource;
use crate::failure::Failure;
use application::vault::EstablishError;
use domain::sessions::TokenDigest;
use secrecy::ExposeSecret;
use security::{Origin, RootKey, RootKeyError};

/// The root key; it has to be there.
pub fn load(source: &KeySource) -> Result<RootKey, Failure> {
    match source {
        KeySource::Value(text) => RootKey::parse(text.expose_secret())
            .map_err(|error| Failure::Input(format!("keys.root_key: {error}"))),
        KeySource::File(path) => RootKey::load(path).map_err(|error| Failure::of(&error)),
        KeySource::Credential(path) => RootKey::load_credential(path).map_err(|error| Failure::of(&error)),
    }
}

/// The root key, unless its file is one that Xtrem could make and is not there.
pub(super) fn find(source: &KeySource) -> Result<Option<RootKey>, Failure> {
    if let KeySource::File(path) = source {
        return match RootKey::load(path) {
            Ok(root) => Ok(Some(root)),
            Err(RootKeyError::Missing(_)) => Ok(None),
            Err(error) => Err(Failure::of(&error)),
        };
    }
    load(source).map(Some)
}

/// Makes the root key of a new database, unless somebody else just has.
pub(super) fn make(source: &KeySource) -> Result<RootKey, Failure> {
    let KeySource::File(path) = source else { return load(source) };
    let (key, origin) = RootKey::load_or_create(path).map_err(|error| Failure::of(&error))?;
    if origin == Origin::Created {
        let path = path.display();
        tracing::warn!(%path, "a root key was made: keep a copy of it, apart from the backups of the database");
    }
    Ok(key)
}

/// The root key of a database that was made with another one than was found: its [successor](Successor), where the databases
/// are under that already, or what stands in the file by now.
pub(super) fn replaced(
    source: &KeySource,
    successor: Option<&Successor>,
    known: &TokenDigest,
) -> Result<RootKey, Failure> {
    if let Some(root) = successor.map(|successor| successor.take_place(source, known)).transpose()?.flatten()
    {
        return Ok(root);
    }
    match find(source)? {
        Some(root) if root.key_check() == *known => Ok(root),
        Some(_) => Err(Failure::of(&EstablishError::ForeignRootKey)),
        None => Err(missing(source)),
    }
}

fn missing(source: &KeySource) -> Failure {
    let KeySource::File(path) = source else { return Failure::of(&EstablishError::ForeignRootKey) };
    Failure::Failed(format!(
        "there is no root key at {}, but the database was made with one: put it back from your backup, or say with \
         keys.root_key_file where it is",
        path.display()
    ))
}
