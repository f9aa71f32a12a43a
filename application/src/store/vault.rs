//! The keys of the installation and of people, and what keeps the two databases in step.

use super::StoreError;
use crate::fault::{Describe, Fault};
use crate::sealing::SealingError;
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{InstanceId, UserId};
use domain::sessions::TokenDigest;
use domain::vault::{KeyringEntry, WrappedKey};

/// Keeps the keyring, and the keys of people.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait KeyringRepository: Send {
    /// Takes the turn of whoever changes the keyring; the next one waits for the end of this unit of work.
    async fn lock(&mut self) -> Result<(), StoreError>;

    /// All keys of the installation, by name and number.
    async fn all(&mut self) -> Result<Vec<KeyringEntry>, StoreError>;

    /// Adds a key.
    async fn insert(&mut self, entry: &KeyringEntry) -> Result<(), StoreError>;

    /// Puts another seal in the place of that of a key.
    async fn reseal(&mut self, entry: &KeyringEntry) -> Result<(), StoreError>;

    /// Removes a wrapping key. Fails ([`StoreError::Conflict`]) while the key of anybody is sealed under it, also of
    /// somebody who is just being added.
    async fn remove_wrapping(&mut self, id: u32) -> Result<(), StoreError>;

    /// At most `limit` people whose keys are sealed under another wrapping key than that one, in the order of their
    /// identifiers.
    async fn wrapped_otherwise(
        &mut self,
        wrapping: u32,
        limit: u32,
    ) -> Result<Vec<(UserId, WrappedKey)>, StoreError>;

    /// Puts another seal in the place of that of a person's key.
    async fn rewrap(&mut self, user: UserId, wrapped: &WrappedKey) -> Result<(), StoreError>;
}

/// Answers questions about keys.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait KeyringDirectory: Send + Sync {
    /// All keys of the installation, by name and number.
    async fn keyring(&self) -> Result<Vec<KeyringEntry>, StoreError>;

    /// How many people have a key, and how many of them under another wrapping key than that one. Counted one by one.
    async fn wrapped(&self, wrapping: u32) -> Result<Wrapped, StoreError>;
}

/// How far all keys are under one wrapping key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// How many there are.
    pub all: u64,
    /// How many are under another one.
    pub otherwise: u64,
}

/// A ticket by which a person fetches everything that is held about them, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportTicket {
    /// Whose data.
    pub user_id: UserId,
    /// The digest of its secret.
    pub digest: TokenDigest,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Keeps such tickets; each person has at most one.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ExportTicketRepository: Send {
    /// Stores a ticket in the place of the one before it.
    async fn put(&mut self, ticket: &ExportTicket) -> Result<(), StoreError>;

    /// Takes a ticket out of use and gives it back: of any number of uses of one ticket, one gets it.
    async fn take(&mut self, user: UserId, digest: &TokenDigest) -> Result<Option<ExportTicket>, StoreError>;

    /// Removes at most `limit` tickets that stopped working before that moment. Says how many.
    async fn sweep(&mut self, expired_before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// That somebody was erased: nothing but an identifier that was given to nobody else, and a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub at: Timestamp,
}

/// Keeps the list of those who were erased.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait ErasureRepository: Send {
    /// Adds somebody. Also who stands there already, which changes nothing but that it has to be finished again.
    async fn record(&mut self, erasure: &Erasure) -> Result<(), StoreError>;
}

/// Why the vault can't be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// It was made for another installation.
    #[error(
        "the vault belongs to another installation; nothing was touched: name the right one with vault.url"
    )]
    Foreign,
    /// It is empty, although this installation has filled one.
    #[error(
        "the vault is empty, although this installation has one; nothing was touched: name the right one with \
         vault.url, or put it back from your backup"
    )]
    Lost,
    /// A store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A key could not be used.
    #[error(transparent)]
    Sealing(#[from] SealingError),
}

impl Describe for VaultError {
    fn fault(&self) -> Fault {
        match self {
            Self::Store(error) => error.fault(),
            Self::Sealing(error) => error.fault(),
            Self::Foreign | Self::Lost => StoreError::Broken(self.to_string()).fault(),
        }
    }
}

/// What an earlier version has left in clear: how many of each are still to be sealed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsealed {
    /// People.
    pub people: u64,
    /// Sessions.
    pub sessions: u64,
    /// Events.
    pub events: u64,
}

impl Unsealed {
    /// All together.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.people + self.sessions + self.events
    }
}

/// Keeps the two databases in step.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait VaultKeeper: Send + Sync {
    /// Takes the vault into use for this installation; the first time decides that they belong together. Refuses the vault
    /// of another one, and an empty one where there has been one before, and changes nothing then.
    async fn establish(&self, instance: InstanceId) -> Result<(), VaultError>;

    /// What an earlier version has left in clear. Counted one by one, so for the start only.
    async fn unsealed(&self) -> Result<Unsealed, StoreError>;

    /// Seals at most `limit` of that. Says how many there were: 0 when everything is done. Stopped half way, the next call
    /// goes on where it was.
    async fn seal_some(&self, limit: u32) -> Result<u64, StoreError>;

    /// Finishes whatever has begun between the two databases and did not come to its end: removes from the vault what no
    /// account points to any more, and takes away what an erased person could still be found by. Nothing that is just being
    /// written is touched. Says how much there was to do.
    async fn tidy(&self) -> Result<u64, StoreError>;

    /// At most `limit` erasures that are finished but do not stand in the list outside of this database yet.
    async fn unlisted(&self, limit: u32) -> Result<Vec<Erasure>, StoreError>;

    /// Notes that these stand in the list outside, in the vault too.
    async fn listed(&self, erasures: &[Erasure]) -> Result<(), StoreError>;

    /// At most `limit` of those who were erased according to the vault, in the order of their identifiers, from the one
    /// after `after` on: more than the main database knows of itself where that was put back from a copy.
    async fn erased(&self, after: Option<UserId>, limit: u32) -> Result<Vec<Erasure>, StoreError>;

    /// Those of the given people who have an account, whatever the lists say.
    async fn present(&self, people: &[UserId]) -> Result<Vec<UserId>, StoreError>;
}
