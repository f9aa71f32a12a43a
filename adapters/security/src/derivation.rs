//! What keys follow from: one secret, and what each of them is for.

#[cfg(test)]
mod tests;

use crate::entropy::{or_abort, random};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use std::fmt;
use std::sync::Arc;
use zeroize::{Zeroize, ZeroizeOnDrop};

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
    /// Sealing the tickets by which people fetch what is held about them.
    ExportTickets,
    /// Digests of tokens, as stored.
    TokenDigests,
    /// Digests of the names under which attempts are counted.
    Attempts,
    /// Digests of what a client is known by.
    Clients,
    /// Tokens that prove that a form came from one of our own pages.
    Csrf,
    /// Telling this root key from another. Of the root key only.
    KeyCheck,
    /// Sealing the keyring. Of the root key only.
    Keyring,
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
            Self::ExportTickets => b"xtrem/1/export-tickets",
            Self::TokenDigests => b"xtrem/1/token-digests",
            Self::Attempts => b"xtrem/1/attempts",
            Self::Clients => b"xtrem/1/clients",
            Self::Csrf => b"xtrem/1/csrf",
            Self::KeyCheck => b"xtrem/1/key-check",
            Self::Keyring => b"xtrem/1/keyring",
        }
    }
}

/// A key of 256 bits for one purpose. Wiped when dropped; never printed.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key32([u8; 32]);

impl Key32 {
    /// A key that nobody has had before.
    pub(crate) fn random() -> Self {
        Self(random())
    }

    /// The key that these bytes are; `None` unless there are 32.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

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

/// 256 bits of which keys are made. There is one copy, however often it is handed on, and it is wiped with its last
/// holder.
#[derive(Clone)]
pub(crate) struct Secret(Arc<Key32>);

impl Secret {
    pub(crate) fn new(key: Key32) -> Self {
        Self(Arc::new(key))
    }

    /// The secret itself, for whoever seals it.
    pub(crate) fn key(&self) -> &Key32 {
        &self.0
    }

    /// The key for one purpose: HKDF-SHA-256 (RFC 5869) with a label of its own.
    pub(crate) fn derive(&self, purpose: Purpose) -> Key32 {
        // An extracted key stays bound to its salt: this text never changes, whatever the secret is called.
        let extracted = Salt::new(HKDF_SHA256, b"xtrem root key").extract(self.0.as_bytes());
        let mut key = Key32([0; 32]);
        let filled = extracted.expand(&[purpose.label()], HKDF_SHA256).and_then(|okm| okm.fill(&mut key.0));
        or_abort(filled, "HKDF-SHA-256");
        key
    }
}

/// What the keys of tokens, cookies, forms and signing keys follow from: the `tokens` key of the keyring.
///
/// It outlives the root key that it was sealed under, so that nobody is logged out when that is replaced. In an
/// installation that is older than keyrings it is what the root key was then, and each key that follows is the same.
#[derive(Clone)]
pub struct TokenSecret(Secret);

impl TokenSecret {
    pub(crate) const fn new(secret: Secret) -> Self {
        Self(secret)
    }

    pub(crate) const fn secret(&self) -> &Secret {
        &self.0
    }

    /// The key for one purpose: HKDF-SHA-256 (RFC 5869) with a label of its own.
    #[must_use]
    pub fn derive(&self, purpose: Purpose) -> Key32 {
        self.0.derive(purpose)
    }
}

impl fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSecret([redacted])")
    }
}

#[cfg(test)]
impl TokenSecret {
    /// What follows from the root key that is nothing but this digit.
    pub(crate) fn of_tests(digit: &str) -> Self {
        Self(crate::RootKey::parse(&digit.repeat(64)).unwrap().secret())
    }
}
