//! The root key that is to take the place of the one in force.
//!
//! It lies beside it until the databases are under it, so that at every moment one of the two files opens them, whatever
//! happens to the process. Then the old one gives up its name: by a link, so that nothing is ever
//! written over, and by a rename, so that there is a key under the name of the root key at every moment.

use crate::config::KeySource;
use crate::failure::Failure;
use application::clock::Clock;
use domain::sessions::TokenDigest;
use security::{RootKey, RootKeyError, SystemClock};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;
use time::macros::format_description;

/// Where the new root key lies.
#[derive(Clone, Debug)]
pub struct Successor {
    /// Its file.
    pub path: PathBuf,
    /// Whether it takes the name of the old one by itself.
    pub inherits: bool,
}

impl Successor {
    /// The file beside that of the root key, where it is one that can be replaced.
    pub fn beside(source: &KeySource) -> Option<Self> {
        let KeySource::File(path) = source else { return None };
        Some(Self { path: with_suffix(path, ".new"), inherits: true })
    }

    /// A file that somebody chose, who puts it where it belongs afterwards.
    pub const fn at(path: PathBuf) -> Self {
        Self { path, inherits: false }
    }

    /// The new key, in its place, if the databases are under it; `None` if they are not, or there is none.
    pub(super) fn take_place(
        &self,
        source: &KeySource,
        known: &TokenDigest,
    ) -> Result<Option<RootKey>, Failure> {
        match RootKey::load(&self.path) {
            Ok(root) if root.key_check() == *known => {
                if let Some(old) = self.put_in_place(source)? {
                    let old = old.display();
                    tracing::warn!(%old, "the new root key took the place of the old one: keep a copy of it");
                }
                Ok(Some(root))
            }
            Ok(_) | Err(RootKeyError::Missing(_)) => Ok(None),
            Err(error) => Err(Failure::of(&error)),
        }
    }

    /// Gives the new key the name of the old one. Says what the old one is called since; `None` where nothing was to be
    /// done.
    pub fn put_in_place(&self, source: &KeySource) -> Result<Option<PathBuf>, Failure> {
        let (KeySource::File(file), true) = (source, self.inherits) else { return Ok(None) };
        self.rename(file).map_err(|error| {
            Failure::Failed(format!(
                "the databases are under the new root key, but {} could not take the name {}: {error}. Do that \
                 before the next start, and keep the old one for the backups that were made before",
                self.path.display(),
                file.display()
            ))
        })
    }

    fn rename(&self, file: &Path) -> io::Result<Option<PathBuf>> {
        let new = match File::open(&self.path) {
            Ok(new) => new,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        // Of several that find it at once, one renames it.
        new.lock()?;
        if !is_still(&new, &self.path)? {
            return Ok(None);
        }
        let old = if file.try_exists()? { Some(keep_aside(file)?) } else { None };
        fs::rename(&self.path, file)?;
        sync_folder(file)?;
        Ok(old)
    }
}

/// Whether an open file still has that name.
fn is_still(file: &File, path: &Path) -> io::Result<bool> {
    match fs::metadata(path) {
        Ok(named) => Ok(is_same(&named, &file.metadata()?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn is_same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Gives a key a second name that says until when it was in force. One that it has already, from an attempt that came no
/// further, is as good.
fn keep_aside(file: &Path) -> io::Result<PathBuf> {
    let now = i128::from(SystemClock.now().as_micros()) * 1_000;
    let now = OffsetDateTime::from_unix_timestamp_nanos(now).map_err(io::Error::other)?;
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let moment = now.format(format).map_err(io::Error::other)?;
    let prefix = with_suffix(file, ".old-");
    let key = fs::metadata(file)?;
    for entry in fs::read_dir(folder_of(file))? {
        let path = folder_of(file).join(entry?.file_name());
        let is_aside = path.as_os_str().as_encoded_bytes().starts_with(prefix.as_os_str().as_encoded_bytes());
        if is_aside && is_same(&fs::metadata(&path)?, &key) {
            return Ok(path);
        }
    }
    let old = with_suffix(&prefix, &moment);
    fs::hard_link(file, &old)?;
    sync_folder(file)?;
    Ok(old)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn folder_of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn sync_folder(file: &Path) -> io::Result<()> {
    File::open(folder_of(file))?.sync_all()
}

#[cfg(test)]
mod tests;
