//! Backups in folders, one each: a file for either database and a manifest.
//!
//! A backup that is being written stands in a hidden folder beside its place, which is locked for as long as its writer
//! lives and gets its name when everything is on disk. So whatever has the name is whole, and what has a dead writer's
//! lock is swept away by the next one. Folders are entered and files read by their owner only.
//!
//! With a [`Recipient`] the files are encrypted in the age format (<https://age-encryption.org/v1>, X25519), so that this
//! installation can't read its own backups, nor can whoever breaks into it: that takes the private key, which is
//! nowhere but in [`Identities`] at a restore. What is copied then stands in clear for a moment only where the
//! databases stand in clear themselves.

mod draft;
mod enclosed;
mod keys;
mod room;
#[cfg(test)]
mod tests;

pub use keys::{Identities, Recipient};

use application::backup::{ArchiveError, Archives, Draft, Half, HalfFile, Keeper, Watcher};
use async_trait::async_trait;
use draft::FolderDraft;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

const MANIFEST: &str = "manifest.json";
/// How the names begin that are given by time.
const NAMED_BY_TIME: &str = "xtrem-";

/// Keeps backups in folders.
pub struct FolderArchives {
    workroom: PathBuf,
    recipient: Option<Recipient>,
    identities: Option<Identities>,
}

impl FolderArchives {
    /// What is to be encrypted is first written into the `workroom`, a folder on the disk of the databases. Backups are
    /// encrypted to the recipient, where there is one, and decrypted by the identities.
    #[must_use]
    pub const fn new(
        workroom: PathBuf,
        recipient: Option<Recipient>,
        identities: Option<Identities>,
    ) -> Self {
        Self { workroom, recipient, identities }
    }
}

#[async_trait]
impl Archives for FolderArchives {
    async fn begin(&self, place: &Path) -> Result<Box<dyn Draft>, ArchiveError> {
        let (place, workroom, recipient) = (place.to_owned(), self.workroom.clone(), self.recipient.clone());
        let draft =
            blocking(&place.clone(), move || FolderDraft::begin(&place, &workroom, recipient)).await?;
        Ok(Box::new(draft))
    }

    fn recipient(&self) -> Option<String> {
        self.recipient.as_ref().map(ToString::to_string)
    }

    async fn manifest(&self, place: &Path) -> Result<String, ArchiveError> {
        let path = place.join(MANIFEST);
        blocking(&path.clone(), move || {
            fs::read_to_string(&path).map_err(|error| match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => refused(
                    &path,
                    "is missing: this is no backup, or one that was never finished; name the folder of a whole one",
                ),
                _ => unreadable(&path, &error),
            })
        })
        .await
    }

    async fn compare(
        &self,
        place: &Path,
        half: Half,
        file: &HalfFile,
        watcher: &Watcher,
    ) -> Result<(), ArchiveError> {
        let (path, file, watcher) = (place.join(file_name(half, file)), *file, watcher.clone());
        blocking(&path.clone(), move || enclosed::compare(&path, half, &file.facts, watcher.as_ref())).await
    }

    async fn is_there(&self, place: &Path, half: Half, file: &HalfFile) -> bool {
        let (path, size) = (place.join(file_name(half, file)), file.facts.size);
        blocking(&path.clone(), move || {
            Ok(fs::metadata(&path).is_ok_and(|found| found.is_file() && found.len() == size))
        })
        .await
        .unwrap_or(false)
    }

    async fn unpack(
        &self,
        place: &Path,
        half: Half,
        file: &HalfFile,
        to: &Path,
        watcher: &Watcher,
    ) -> Result<(), ArchiveError> {
        let (path, to, watcher) = (place.join(file_name(half, file)), to.to_owned(), watcher.clone());
        let (is_encrypted, identities) = (file.is_encrypted, self.identities.clone());
        blocking(&path.clone(), move || {
            if !is_encrypted {
                return enclosed::copy(&path, half, &to, watcher.as_ref());
            }
            let Some(identities) = identities else {
                return Err(refused(
                    &path,
                    "is encrypted: name the file that holds your private key with --identity",
                ));
            };
            enclosed::decrypt(&path, half, &identities, &to, watcher.as_ref())
        })
        .await
    }

    async fn list(&self, folder: &Path) -> Result<Vec<PathBuf>, ArchiveError> {
        let folder = folder.to_owned();
        blocking(&folder.clone(), move || {
            let entries = match fs::read_dir(&folder) {
                Ok(entries) => entries,
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
                Err(error) => return Err(unreadable(&folder, &error)),
            };
            let is_named = |name: &str| name.starts_with(NAMED_BY_TIME);
            let found = entries
                .filter_map(Result::ok)
                .filter(|entry| entry.file_name().to_str().is_some_and(is_named));
            let mut found: Vec<PathBuf> =
                found.map(|entry| entry.path()).filter(|path| path.join(MANIFEST).is_file()).collect();
            found.sort();
            Ok(found)
        })
        .await
    }

    async fn remove(&self, place: &Path) -> Result<(), ArchiveError> {
        let place = place.to_owned();
        blocking(&place.clone(), move || room::remove(&place).map_err(|error| unwritable(&place, &error)))
            .await
    }
}

/// What the file of a half is called.
fn file_name(half: Half, file: &HalfFile) -> String {
    let plain = plain_name(half, file.keeper);
    if file.is_encrypted { format!("{plain}.age") } else { plain }
}

fn plain_name(half: Half, keeper: Keeper) -> String {
    let ending = match keeper {
        Keeper::Sqlite => "db",
        Keeper::Postgres => "pgdump",
    };
    format!("{}.{ending}", half.name())
}

/// Does what may wait for a disk where nobody waits for it.
async fn blocking<T: Send + 'static>(
    place: &Path,
    action: impl FnOnce() -> Result<T, ArchiveError> + Send + 'static,
) -> Result<T, ArchiveError> {
    let place = place.to_owned();
    let done = spawn_blocking(action).await;
    done.unwrap_or_else(|_| Err(refused(&place, "not touched, because the process is stopping: try again")))
}

fn refused(place: &Path, reason: impl Into<String>) -> ArchiveError {
    ArchiveError { place: place.display().to_string(), reason: reason.into() }
}

fn unreadable(place: &Path, error: &io::Error) -> ArchiveError {
    refused(place, format!("can't be read: {error}"))
}

fn unwritable(place: &Path, error: &io::Error) -> ArchiveError {
    let advice = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "make room there, or name another folder"
        }
        _ => "see that the user that Xtrem runs as may write there, or name another folder",
    };
    refused(place, format!("can't be written: {error}; what was begun was removed: {advice}"))
}
