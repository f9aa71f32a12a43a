//! Signing keys: what access tokens are signed with, and what others verify them with.
//!
//! A key signs from a moment that is set when it is made, and until the next one does. So where a key stands in its
//! life follows from the clock alone: every replica changes over at the same moment, without a word between them.
//! It is published long before that moment and kept until the last token it has signed is over.
//!
//! The private half leaves the adapter that made it only in sealed form, so a store, a log or a backup never
//! sees it.

mod schedule;

pub use schedule::{Plan, Schedule};

use crate::Timestamp;
use std::fmt;

/// How a key signs (RFC 7518, section 3.1; RFC 8037, section 3.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Algorithm {
    /// Ed25519: the fastest, and the same signature for the same words.
    #[default]
    EdDsa,
    /// ECDSA on P-256 with SHA-256, for those that know no Ed25519.
    Es256,
    /// RSA with 3072 bits and SHA-256 (PKCS #1, version 1.5), for those that know nothing else.
    Rs256,
}

impl Algorithm {
    /// Every algorithm.
    pub const ALL: [Self; 3] = [Self::EdDsa, Self::Es256, Self::Rs256];

    /// The name in the `alg` header.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of that name, if Xtrem signs with it.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }
}

/// Where a key stands in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyState {
    /// Is published, and does not sign yet.
    Next,
    /// Signs new tokens.
    Current,
    /// Signs no more, but still verifies what it signed.
    Retired,
}

impl KeyState {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Next => "next",
            Self::Current => "current",
            Self::Retired => "retired",
        }
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
    /// The public half: 32 raw bytes for Ed25519, the uncompressed point (SEC 1, section 2.3.3) for P-256, a DER
    /// `RSAPublicKey` (RFC 8017, appendix A.1.1) for RSA.
    pub public_key: Vec<u8>,
    /// The private half, sealed.
    pub sealed_private_key: SealedKey,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub active_from: Timestamp,
}

/// The key that signs what is issued at `at`: of those that have begun, the one that began last.
#[must_use]
pub fn signer(keys: &[SigningKey], at: Timestamp) -> Option<&SigningKey> {
    let begun = keys.iter().filter(|key| key.active_from <= at);
    begun.max_by(|a, b| (a.active_from, &a.kid).cmp(&(b.active_from, &b.kid)))
}

/// Where a key stands at `now` among its fellows.
#[must_use]
pub fn state(keys: &[SigningKey], key: &SigningKey, now: Timestamp) -> KeyState {
    if key.active_from > now {
        return KeyState::Next;
    }
    let is_signer = signer(keys, now).is_some_and(|signer| signer.kid == key.kid);
    if is_signer { KeyState::Current } else { KeyState::Retired }
}
