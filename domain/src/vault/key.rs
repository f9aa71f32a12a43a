use crate::Timestamp;
use std::fmt;

/// What a key of the installation is for. Each was drawn by chance; all stand in the keyring, sealed under the root
/// key, so that another root key changes nothing but their seals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyName {
    /// Sealing the keys of people. The only one of which there are several, while one is being replaced.
    Wrapping,
    /// Finding people by what is sealed.
    Index,
    /// Chaining the audit trail.
    Audit,
    /// Signing what leaves the house: heads of the trail, receipts, exports, backups.
    Documents,
    /// Sealing what concerns nobody who is known: the address of a visitor.
    Nobody,
    /// What the seals of tokens, cookies and signing keys follow from.
    Tokens,
}

impl KeyName {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Wrapping, Self::Index, Self::Audit, Self::Documents, Self::Nobody, Self::Tokens];

    /// The stable name, as stored.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Wrapping => "wrapping",
            Self::Index => "index",
            Self::Audit => "audit",
            Self::Documents => "documents",
            Self::Nobody => "nobody",
            Self::Tokens => "tokens",
        }
    }

    /// The name that is written so.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// A key of the installation as it is kept: sealed under the root key.
#[derive(Clone, PartialEq, Eq)]
pub struct KeyringEntry {
    /// What it is for.
    pub name: KeyName,
    /// Which of those with that name; 1 is the first.
    pub id: u32,
    /// The sealed key.
    pub sealed: Vec<u8>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl fmt::Debug for KeyringEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyringEntry({} {}, [redacted])", self.name.name(), self.id)
    }
}

/// The key of one person as it is kept: sealed under a wrapping key of the keyring.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// Which wrapping key opens it.
    pub wrapping: u32,
    /// The sealed key.
    pub sealed: Vec<u8>,
}

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey(under {}, [redacted])", self.wrapping)
    }
}

/// What a sealed value is found by: a keyed digest. It finds what is exactly alike and tells nothing else.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlindIndex([u8; 32]);

impl BlindIndex {
    /// Wraps the bytes of a digest.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, for the store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex([redacted])")
    }
}
