//! The root key: one secret from which every other one follows.

mod file;
#[cfg(test)]
mod tests;

use crate::entropy::or_abort;
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use domain::sessions::TokenDigest;
use std::fmt;
use std::path::PathBuf;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What a derived key is for. Each use has a key of its own, so that nothing made for one passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Sealing the private halves of signing keys.
    KeyWrapping,
    /// Sealing refresh tokens.
    RefreshTokens,
    /// Making a refresh token from the one before it.
    RefreshSuccessors,
    /// Sealing session cookies.
    Cookies,
    /// Sealing the marks of known devices.
    DeviceMarks,
    /// The link that creates the first administrator.
    SetupLink,
    /// Sealing the links by which people set their passwords.
    PasswordLinks,
    /// Digests of tokens, as stored.
    TokenDigests,
    /// Digests of the names under which attempts are counted.
    Attempts,
    /// Digests of what a client is known by.
    Clients,
    /// Tokens that prove that a form came from one of our own pages.
    Csrf,
    /// Telling this root key from another.
    KeyCheck,
}

impl Purpose {
    /// The HKDF label. A key that was used once stays bound to its label: these texts never change.
    const fn label(self) -> &'static [u8] {
        match self {
            Self::KeyWrapping => b"xtrem/1/key-wrapping",
            Self::RefreshTokens => b"xtrem/1/refresh-tokens",
            Self::RefreshSuccessors => b"xtrem/1/refresh-successors",
            Self::Cookies => b"xtrem/1/cookies",
            Self::DeviceMarks => b"xtrem/1/device-marks",
            Self::SetupLink => b"xtrem/1/setup-link",
            Self::PasswordLinks => b"xtrem/1/password-links",
            Self::TokenDigests => b"xtrem/1/token-digests",
            Self::Attempts => b"xtrem/1/attempts",
            Self::Clients => b"xtrem/1/clients",
            Self::Csrf => b"xtrem/1/csrf",
            Self::KeyCheck => b"xtrem/1/key-check",
        }
    }
}

/// A key of 256 bits for one purpose. Wiped when dropped; never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key32([u8; 32]);

impl Key32 {
    /// The bytes, for the primitive that works with them.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key32 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key32([redacted])")
    }
}

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

/// The secret from which every key of this installation follows.
///
/// 256 random bits. Whoever has them and the database has everything; without them the sealed half of the database
/// is noise. So it lives in a file of its own (mode 0600), or comes in by value, and is never printed.
pub struct RootKey(Prk);

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
        Ok(Self(Salt::new(HKDF_SHA256, b"xtrem root key").extract(secret.as_slice())))
    }

    /// The key for one purpose: HKDF-SHA-256 (RFC 5869) with a label of its own.
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> Key32 {
        let mut key = Key32([0; 32]);
        let filled = self.0.expand(&[purpose.label()], HKDF_SHA256).and_then(|okm| okm.fill(&mut key.0));
        or_abort(filled, "HKDF-SHA-256");
        key
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
