//! The machine, as far as it matters to an accounts service: how much room there is where files are written.
//!
//! A full disk ends every log-in, so it is looked at before it is full. Each file system is told once, however many
//! folders lie on it. It is asked on a thread of its own: one that hangs, as a share of a network may, holds up whoever
//! asks for no longer than a second, and never more than one thread a folder.

#[cfg(test)]
mod tests;

use application::disk::{Disk, Disks, Room};
use async_trait::async_trait;
use std::collections::HashSet;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

/// How long a file system may take to answer.
const WITHIN: Duration = Duration::from_secs(1);

/// The file systems under some folders.
pub struct FileSystems {
    places: Vec<Place>,
}

/// A folder, and what is kept there.
struct Place {
    name: &'static str,
    is_needed: bool,
    folder: PathBuf,
    /// The one turn to ask. It is given back by the thread that asks, so a file system that hangs keeps it.
    turn: Arc<Semaphore>,
}

/// A file system: its number, and how much room it has.
struct Found {
    device: u64,
    room: Room,
}

impl FileSystems {
    /// Looks at those folders, each with what is kept there: those that requests need before the others, so that what
    /// lies on one file system with something needed is needed. One that does not exist yet stands for the nearest
    /// one above it that does.
    #[must_use]
    pub fn under(needed: Vec<(&'static str, PathBuf)>, others: Vec<(&'static str, PathBuf)>) -> Self {
        let place = |is_needed| {
            move |(name, folder)| Place { name, is_needed, folder, turn: Arc::new(Semaphore::new(1)) }
        };
        Self {
            places: needed.into_iter().map(place(true)).chain(others.into_iter().map(place(false))).collect(),
        }
    }
}

#[async_trait]
impl Disks for FileSystems {
    async fn look(&self) -> Vec<Disk> {
        let asked = self.places.iter().map(|place| (place, tokio::spawn(place.ask())));
        // All at once: several that hang take no longer than one.
        let asked: Vec<_> = asked.collect();
        let (mut disks, mut seen) = (Vec::with_capacity(asked.len()), HashSet::new());
        for (&Place { name: place, is_needed, .. }, answer) in asked {
            match answer.await.unwrap_or_else(|error| Err(error.to_string())) {
                Ok(Found { device, room }) if seen.insert(device) => {
                    disks.push(Disk { place, is_needed, room: Ok(room) });
                }
                Ok(_) => {}
                Err(error) => disks.push(Disk { place, is_needed, room: Err(error) }),
            }
        }
        disks
    }
}

impl Place {
    fn ask(&self) -> impl Future<Output = Result<Found, String>> + Send + use<> {
        let (folder, turn) = (self.folder.clone(), Arc::clone(&self.turn));
        let answer = async move {
            let turn = turn.acquire_owned().await.map_err(|error| error.to_string())?;
            let look = spawn_blocking(move || {
                let found = look(&folder);
                drop(turn);
                found.map_err(|error| error.to_string())
            });
            look.await.unwrap_or_else(|error| Err(error.to_string()))
        };
        async {
            let late = || "the file system did not answer in time".to_owned();
            timeout(WITHIN, answer).await.unwrap_or_else(|_| Err(late()))
        }
    }
}

/// Asks for the file system under the folder, or under the nearest one above it that exists.
fn look(folder: &Path) -> io::Result<Found> {
    let mut nothing = io::Error::from(ErrorKind::NotFound);
    for folder in folder.ancestors() {
        // Above a single name stands the folder in which the process runs.
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        match folder.metadata() {
            Ok(metadata) => return Ok(Found { device: metadata.dev(), room: room(folder)? }),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                nothing = error;
            }
            Err(error) => return Err(error),
        }
    }
    Err(nothing)
}

fn room(folder: &Path) -> io::Result<Room> {
    let found = rustix::fs::statvfs(folder)?;
    // What only the superuser may fill is not free for anybody else.
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Ok(Room { free: bytes(found.f_bavail), size: bytes(found.f_blocks) })
}
