use super::{Origin, RootKey, RootKeyError};
use crate::entropy::random;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// More than a key is long: enough to see that a file holds something else.
const LONGEST: u64 = 80;

impl RootKey {
    /// Reads the key from its file, and makes the file when there is none.
    ///
    /// Processes that start at once end with the same key: it is written aside, synced, and given its name only
    /// when nothing has that name yet; whoever comes second reads the first one's. A file that is there but does
    /// not hold a key is an error and never replaced, because what was sealed under the lost key would stay lost.
    pub fn load_or_create(path: &Path) -> Result<(Self, Origin), RootKeyError> {
        match Self::load(path) {
            Err(RootKeyError::Missing(_)) => {
                let origin = create(path).map_err(|source| inaccessible(path, "made", source))?;
                Ok((Self::load(path)?, origin))
            }
            found => Ok((found?, Origin::Found)),
        }
    }

    /// Makes a key and the file for it, to take the place of another key. Never writes over anything.
    pub fn write_new(path: &Path) -> Result<Self, RootKeyError> {
        match create(path).map_err(|source| inaccessible(path, "made", source))? {
            Origin::Created => Self::load(path),
            Origin::Found => Err(RootKeyError::Taken(path.to_owned())),
        }
    }

    /// Reads the key from its file: a regular file that nobody but its owner can read or write.
    pub fn load(path: &Path) -> Result<Self, RootKeyError> {
        Self::read(path, 0o077)
    }

    /// Reads the key from a file that systemd has put into `$CREDENTIALS_DIRECTORY` (`LoadCredential=`).
    ///
    /// Such a file belongs to root, and an access control list lets the user of the unit read it. The mask of that
    /// list shows where the rights of the group stand otherwise, so the mode is 0440, although no group can read it.
    /// The folder is the unit's own, which nobody else can enter. Anywhere else such a mode would mean
    /// that others can read the key: that is what [`RootKey::load`] is for.
    pub fn load_credential(path: &Path) -> Result<Self, RootKeyError> {
        Self::read(path, 0o037)
    }

    /// Reads the key from a file whose mode has none of the `forbidden` bits.
    fn read(path: &Path, forbidden: u32) -> Result<Self, RootKeyError> {
        let failed = |source: io::Error| match source.kind() {
            ErrorKind::NotFound => RootKeyError::Missing(path.to_owned()),
            _ => inaccessible(path, "read", source),
        };
        // Asked before opening: to open a pipe would wait for somebody to write into it.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            return Err(RootKeyError::NotAFile(path.to_owned()));
        }
        let file = File::open(path).map_err(failed)?;
        let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
        if mode & forbidden != 0 {
            return Err(RootKeyError::Exposed { path: path.to_owned(), mode });
        }
        let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(LONGEST).unwrap_or_default()));
        file.take(LONGEST).read_to_end(&mut bytes).map_err(failed)?;
        let malformed = || RootKeyError::Malformed(path.to_owned());
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed())?;
        Self::parse(text).map_err(|_| malformed())
    }
}

fn inaccessible(path: &Path, action: &'static str, source: io::Error) -> RootKeyError {
    RootKeyError::Inaccessible { path: path.to_owned(), action, source }
}

fn create(path: &Path) -> io::Result<Origin> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let draft = Draft::write(folder)?;
    // A hard link, because it fails when the name is taken, where a rename would replace the other process's key.
    let origin = match fs::hard_link(&draft.0, path) {
        Ok(()) => Origin::Created,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Origin::Found,
        Err(error) => return Err(error),
    };
    drop(draft);
    File::open(folder)?.sync_all()?;
    Ok(origin)
}

/// A key on disk that has no name to be found by yet; gone when dropped.
struct Draft(PathBuf);

impl Draft {
    fn write(folder: &Path) -> io::Result<Self> {
        let path = folder.join(format!(".root-key-{}", hexadecimal(&random::<8>()).as_str()));
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        let draft = Self(path);
        let secret = Zeroizing::new(random::<32>());
        file.write_all(hexadecimal(secret.as_slice()).as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        Ok(draft)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What can't be removed is a key that seals nothing, readable by its owner only.
        let _ = fs::remove_file(&self.0);
    }
}

fn hexadecimal(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    for nibble in bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
        text.extend(char::from_digit(nibble.into(), 16));
    }
    text
}
