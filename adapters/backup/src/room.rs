use std::fs::{self, DirBuilder, File, TryLockError};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// Between what will stand there and who makes it.
const PARTIAL: &str = ".partial-";

/// A folder in which something is made, under a name by which nobody takes it for the thing itself. Locked for as long as
/// its maker lives; gone when dropped.
pub(crate) struct Room {
    path: PathBuf,
    /// The lock; it goes with the process, however that ends.
    _lock: File,
}

impl Room {
    /// Makes one, and sweeps away what a dead maker has left beside it.
    pub(crate) fn make(folder: &Path, name: &str) -> io::Result<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        sweep(folder)?;
        loop {
            let number = MADE.fetch_add(1, Ordering::Relaxed);
            let path = folder.join(format!(".{name}{PARTIAL}{}-{number}", std::process::id()));
            DirBuilder::new().mode(0o700).create(&path)?;
            let lock = File::open(&path)?;
            lock.lock()?;
            // Whoever sweeps may have come by before it was locked.
            if path.try_exists()? {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name. Refused where there is something by that name, unless it is an empty folder.
    pub(crate) fn rename(self, place: &Path) -> io::Result<()> {
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, place)?;
        sync_parent(place)
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        // It has its name, or is to go; what can't be removed is swept by whoever comes next.
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// Removes a folder so that nobody takes what is left half way for the whole.
pub(crate) fn remove(place: &Path) -> io::Result<()> {
    let name = place.file_name().unwrap_or_default().to_string_lossy();
    let folder = place.parent().unwrap_or(Path::new("."));
    let aside = folder.join(format!(".{name}{PARTIAL}removed"));
    fs::rename(place, &aside)?;
    sync_parent(place)?;
    fs::remove_dir_all(&aside)
}

fn sweep(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)?.filter_map(Result::ok) {
        let name = entry.file_name();
        let is_partial = name.to_str().is_some_and(|name| name.starts_with('.') && name.contains(PARTIAL));
        if !is_partial || !entry.file_type()?.is_dir() {
            continue;
        }
        // Somebody else may be sweeping, too.
        let Ok(found) = File::open(entry.path()) else { continue };
        match found.try_lock() {
            Ok(()) => drop(fs::remove_dir_all(entry.path())),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(())
}

fn sync_parent(place: &Path) -> io::Result<()> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}
