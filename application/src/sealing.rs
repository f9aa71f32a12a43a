//! What is kept sealed: behind this door keys are drawn, seals are made and opened, and documents are signed.
//!
//! Two layers. The installation has a *keyring*, sealed under the root key; each person has a *data key*, sealed under the
//! keyring's wrapping key. What is sealed is bound to its [`Place`], so that it opens nowhere else.

use crate::fault::{Describe, Fault, FaultKind};
use domain::Timestamp;
use domain::audit::Link;
use domain::ids::UserId;
use domain::sessions::TokenDigest;
use domain::vault::{BlindIndex, KeyName, KeyringEntry, WrappedKey};
use std::net::IpAddr;
use std::sync::Arc;

/// Where something sealed belongs: the associated data of its seal. Moved to any other place it does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// What it is kept for: a stable name such as `vault`, `session` or `event`.
    pub purpose: &'static str,
    /// Whose it is, if anybody's.
    pub owner: Option<UserId>,
    /// Of which record: the identifier of a session or an event, the version of a person in the vault.
    pub record: [u8; 16],
    /// Which part of it: a stable name.
    pub field: &'static str,
}

/// Why a key could not be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingError {
    /// It is sealed under a key of the keyring that is not installed here: the keyring was changed in the meantime.
    #[error("the keyring has no wrapping key {0}; another process may just have made it")]
    UnknownKey(u32),
    /// It does not open: it was damaged, or belongs elsewhere.
    #[error("a sealed key does not open")]
    Broken,
    /// The keyring was sealed under another root key.
    #[error("the keyring does not open under this root key")]
    ForeignRoot,
    /// Something that every installation has is missing from the keyring.
    #[error("the keyring has no {0} key")]
    Incomplete(&'static str),
}

impl Describe for SealingError {
    fn fault(&self) -> Fault {
        Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
    }
}

/// An open key: seals and opens.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Seal: Send + Sync {
    /// Seals for a place, differently each time.
    fn seal(&self, place: &Place, text: &[u8]) -> Vec<u8>;

    /// What was sealed for that place; `None` for anything else, always.
    fn open(&self, place: &Place, sealed: &[u8]) -> Option<Vec<u8>>;
}

/// Keeps the keyring open, and makes and opens the keys of people.
///
/// Everything but [`Sealing::key_check`], [`Sealing::first_keyring`] and [`Sealing::entry`] needs an installed keyring.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Sealing: Send + Sync {
    /// What tells this root key from another without giving anything of it away.
    fn key_check(&self) -> TokenDigest;

    /// The keyring of an installation that has none. In one that is older than keyrings (`is_new` is false), the key for
    /// tokens is the root key itself, so that whatever was sealed and signed before remains valid.
    fn first_keyring(&self, is_new: bool, now: Timestamp) -> Vec<KeyringEntry>;

    /// Draws one more key.
    fn entry(&self, name: KeyName, id: u32, now: Timestamp) -> KeyringEntry;

    /// Takes the keyring into use, all of it or nothing. What is installed already is not opened again, so that a change
    /// of the root key passes unnoticed; what has gone from the keyring is kept until the process ends, for whoever has
    /// just read something that it opens.
    fn install(&self, entries: &[KeyringEntry]) -> Result<(), SealingError>;

    /// Draws a key for somebody, sealed under the newest wrapping key.
    fn new_data_key(&self, owner: UserId) -> (WrappedKey, Arc<dyn Seal>);

    /// Opens somebody's key.
    fn data_key(&self, owner: UserId, wrapped: &WrappedKey) -> Result<Arc<dyn Seal>, SealingError>;

    /// The same key, sealed under the newest wrapping key.
    fn rewrap(&self, owner: UserId, wrapped: &WrappedKey) -> Result<WrappedKey, SealingError>;

    /// The key for what belongs to nobody who is known.
    fn nobody(&self) -> Arc<dyn Seal>;

    /// What an address of mail, in its canonical form, is found by.
    fn email_index(&self, canonical: &str) -> BlindIndex;

    /// What an address of the network is found by.
    fn address_index(&self, address: IpAddr) -> BlindIndex;

    /// The link that the canonical form of an event makes.
    fn link(&self, canonical: &[u8]) -> Link;

    /// What a person's next version in the vault is called: a number that nobody has drawn before.
    fn version(&self) -> [u8; 16];

    /// Salt for a commitment.
    fn salt(&self) -> [u8; 32];

    /// SHA-256 of a salt and a text behind it.
    fn commitment(&self, salt: &[u8; 32], text: &[u8]) -> [u8; 32];

    /// SHA-256.
    fn digest(&self, bytes: &[u8]) -> [u8; 32];
}

/// Takes the keyring from one root key to another.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait RootChange: Send + Sync {
    /// What tells the new root key from another.
    fn key_check(&self) -> TokenDigest;

    /// The same key of the keyring, sealed under the new root key. One that is so already stays.
    fn reseal(&self, entry: &KeyringEntry) -> Result<KeyringEntry, SealingError>;
}

/// What a signed document is. Its signature names it, so that none passes for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// The end of the audit trail at some moment.
    AuditHead,
    /// What stands in the place of the beginning of the trail.
    AuditAnchor,
    /// That an account was erased: for the person.
    ErasureReceipt,
    /// The same: for the list that is replayed after a restore.
    Erasure,
    /// Everything that is held about a person.
    PersonalDataExport,
    /// What a backup consists of.
    BackupManifest,
}

impl DocumentKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::AuditHead,
        Self::AuditAnchor,
        Self::ErasureReceipt,
        Self::Erasure,
        Self::PersonalDataExport,
        Self::BackupManifest,
    ];

    /// The `typ` of its signature (RFC 7515, section 4.1.9).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::AuditHead => "xtrem-audit-head",
            Self::AuditAnchor => "xtrem-audit-anchor",
            Self::ErasureReceipt => "xtrem-erasure-receipt",
            Self::Erasure => "xtrem-erasure",
            Self::PersonalDataExport => "xtrem-personal-data-export",
            Self::BackupManifest => "xtrem-backup-manifest",
        }
    }
}

/// Signs what leaves the house and has to be believed later: with a key of its own, which outlives those of access tokens.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Documents: Send + Sync {
    /// A detached signature over the very bytes of a text: a compact JWS without its middle part (RFC 7515, appendix F),
    /// by Ed25519. The same text has the same signature.
    fn sign(&self, kind: DocumentKind, text: &[u8]) -> String;

    /// Whether this installation has signed that text as a document of that kind.
    fn verify(&self, kind: DocumentKind, text: &[u8], signature: &str) -> bool;

    /// The public key, as a JWK set (RFC 7517, section 5), in JSON.
    fn jwks(&self) -> String;
}
