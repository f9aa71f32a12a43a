//! Signing keys: what access tokens are signed with, and what others verify them with.
//!
//! The private half leaves the adapter that made it only in sealed form, so a store, a log or a backup never
//! sees it.

use crate::Timestamp;
use std::fmt;

/// How a key signs (RFC 7518, section 3.1; RFC 8037, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// The name in the `alg` header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
        }
    }

    /// The algorithm of that name, if Xtrem signs with it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        (name == "EdDSA").then_some(Self::EdDsa)
    }
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Signs new tokens. There is exactly one.
    Current,
    /// Signs no more, but still verifies what it signed.
    Retired,
}

impl KeyState {
    /// The stable name, as stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Retired => "retired",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Current, Self::Retired].into_iter().find(|state| state.name() == name)
    }
}

/// A private key under seal: bytes that only the holder of the root key can open.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedKey(pub Vec<u8>);

impl fmt::Debug for SealedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedKey([redacted])")
    }
}

/// A key pair that signs access tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// The key's thumbprint (RFC 7638), which is its `kid`.
    pub kid: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The public half, raw (32 bytes for Ed25519).
    pub public_key: Vec<u8>,
    /// The private half, sealed.
    pub sealed_private_key: SealedKey,
    /// Where it stands in its life.
    pub state: KeyState,
    /// When it was made.
    pub created_at: Timestamp,
}
