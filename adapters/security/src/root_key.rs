//! The root key: the one secret that is not kept under another one.

mod file;
#[cfg(test)]
mod tests;

use crate::derivation::{Key32, Purpose, Secret};
use domain::sessions::TokenDigest;
use std::fmt;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// Whether the root key was there before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was made just now, by this process: its path deserves to be said, and a backup.
    Created,
    /// It was there.
    Found,
}

/// Why there is no root key to work with. Each text says what to do; none holds anything of the key.
#[derive(Debug, thiserror::Error)]
pub enum RootKeyError {
    /// No file stands at that path.
    #[error(
        "there is no root key at {path}: name the right file, or start the server to have one made there",
        path = .0.display()
    )]
    Missing(PathBuf),
    /// Something stands where a new key was to be written.
    #[error(
        "there is something at {path} already, and a key is never written over anything: name a file that does not \
         exist, or load this one if it is the key you mean",
        path = .0.display()
    )]
    Taken(PathBuf),
    /// Something stands there that is no file.
    #[error("{path} is not a regular file: the root key has to be one", path = .0.display())]
    NotAFile(PathBuf),
    /// Others than the owner may read or change it.
    #[error(
        "{path} has mode {mode:04o}, so that others than its owner can get at the root key: run `chmod 600 {path}`",
        path = .path.display()
    )]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds something else than a root key.
    #[error(
        "{path} does not hold a root key, which is exactly 64 hexadecimal digits and a line end: put the right \
         file back from your backup, because what was sealed under that key opens under no other",
        path = .0.display()
    )]
    Malformed(PathBuf),
    /// A key given by value is none.
    #[error("the root key has to be exactly 64 hexadecimal digits: `openssl rand -hex 32` makes one")]
    InvalidValue,
    /// The file could not be read or made.
    #[error("the root key at {path} can't be {action}: {source}", path = .path.display())]
    Inaccessible {
        /// The file.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: std::io::Error,
    },
}

/// The secret under which the keyring of this installation is sealed.
///
/// 256 random bits. Whoever has them and the database has everything; without them the sealed half of the database
/// is noise. So it lives in a file of its own (mode 0600), or comes in by value, and is never printed.
pub struct RootKey(Secret);

impl RootKey {
    /// Reads a key that was given by value: exactly 64 hexadecimal digits, with or without a line end.
    pub fn parse(text: &str) -> Result<Self, RootKeyError> {
        let line = text.strip_suffix('\n').unwrap_or(text);
        let digits = line.strip_suffix('\r').unwrap_or(line).as_bytes();
        let mut secret = Zeroizing::new([0; 32]);
        if digits.len() != 2 * secret.len() {
            return Err(RootKeyError::InvalidValue);
        }
        for (byte, pair) in secret.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair
                .iter()
                .try_fold(0, |value, digit| Some(value << 4 | nibble(*digit)?))
                .ok_or(RootKeyError::InvalidValue)?;
        }
        Key32::from_slice(secret.as_slice())
            .map(|key| Self(Secret::new(key)))
            .ok_or(RootKeyError::InvalidValue)
    }

    /// The key for one purpose: HKDF-SHA-256 (RFC 5869) with a label of its own.
    pub(crate) fn derive(&self, purpose: Purpose) -> Key32 {
        self.0.derive(purpose)
    }

    /// The secret itself: in an installation that is older than keyrings it becomes the `tokens` key.
    pub(crate) fn secret(&self) -> Secret {
        self.0.clone()
    }

    /// What tells this root key from another without giving anything of it away.
    ///
    /// Stored at the first start and compared at every later one: a wrong root key is noticed before anything is
    /// sealed under it.
    #[must_use]
    pub fn key_check(&self) -> TokenDigest {
        TokenDigest::new(*self.derive(Purpose::KeyCheck).as_bytes())
    }
}

impl fmt::Debug for RootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RootKey([redacted])")
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
