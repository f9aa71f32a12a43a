use crate::keys::Recipient;
use crate::room::Room;
use crate::{MANIFEST, blocking, enclosed, file_name, refused, unwritable};
use application::backup::{ArchiveError, Draft, FileFacts, Half, HalfFile, Keeper, Watcher};
use async_trait::async_trait;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// A backup that is being written.
pub(crate) struct FolderDraft {
    place: PathBuf,
    room: Room,
    encryption: Option<Encryption>,
}

/// To whom, and where it stands in clear until then.
struct Encryption {
    recipient: Recipient,
    workroom: Room,
}

impl FolderDraft {
    pub(crate) fn begin(
        place: &Path,
        workroom: &Path,
        recipient: Option<Recipient>,
    ) -> Result<Self, ArchiveError> {
        let place = std::path::absolute(place).map_err(|error| unwritable(place, &error))?;
        let failed = |error: io::Error| unwritable(&place, &error);
        require_free(&place)?;
        let (Some(folder), Some(name)) = (place.parent(), place.file_name()) else {
            return Err(refused(&place, "is no name for a backup: name a folder that does not exist"));
        };
        let room = Room::make(folder, &name.to_string_lossy()).map_err(failed)?;
        let encryption = match recipient {
            Some(recipient) => {
                let made = Room::make(workroom, "backup").map_err(|error| unwritable(workroom, &error));
                Some(Encryption { recipient, workroom: made? })
            }
            None => None,
        };
        Ok(Self { place, room, encryption })
    }
}

/// A backup never takes the place of anything.
fn require_free(place: &Path) -> Result<(), ArchiveError> {
    let mut entries = match fs::read_dir(place) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unwritable(place, &error)),
    };
    match entries.next() {
        None => Ok(()),
        Some(_) => {
            Err(refused(place, "there is something already: name a folder that does not exist or is empty"))
        }
    }
}

#[async_trait]
impl Draft for FolderDraft {
    fn room(&self, half: Half) -> PathBuf {
        let room = self.encryption.as_ref().map_or(&self.room, |encryption| &encryption.workroom);
        room.path().join(half.name())
    }

    async fn enclose(
        &mut self,
        half: Half,
        keeper: Keeper,
        watcher: &Watcher,
    ) -> Result<FileFacts, ArchiveError> {
        let copy = self.room(half);
        let facts = FileFacts { size: 0, digest: [0; 32] };
        let file = HalfFile { keeper, is_encrypted: self.encryption.is_some(), facts };
        let to = self.room.path().join(file_name(half, &file));
        let recipient = self.encryption.as_ref().map(|encryption| encryption.recipient.clone());
        let watcher = watcher.clone();
        blocking(&to.clone(), move || {
            if let Some(recipient) = recipient {
                return enclosed::encrypt(&copy, half, &recipient, &to, watcher.as_ref());
            }
            fs::rename(&copy, &to).map_err(|error| unwritable(&to, &error))?;
            enclosed::take(&to, half, watcher.as_ref())
        })
        .await
    }

    async fn finish(self: Box<Self>, manifest: &str) -> Result<(), ArchiveError> {
        let (Self { place, room, .. }, manifest) = (*self, manifest.to_owned());
        blocking(&place.clone(), move || {
            let path = room.path().join(MANIFEST);
            write(&path, &manifest).map_err(|error| unwritable(&path, &error))?;
            room.rename(&place).map_err(|error| match error.kind() {
                io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::AlreadyExists => {
                    refused(&place, "somebody else has put something there in the meantime; nothing was kept")
                }
                _ => unwritable(&place, &error),
            })
        })
        .await
    }
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
