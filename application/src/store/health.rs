//! How the databases are.

use super::StoreError;
use async_trait::async_trait;
use domain::Timestamp;

/// One of the two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Half {
    /// The main one.
    Main,
    /// The vault.
    Vault,
}

impl Half {
    /// Both, in the order in which they are copied.
    pub const BOTH: [Self; 2] = [Self::Main, Self::Vault];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Vault => "vault",
        }
    }
}

/// What waits to be joined to the chain of the audit trail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    /// How many events; counted up to [`Backlog::MOST`].
    pub events: u64,
    /// When the earliest of them happened.
    pub since: Option<Timestamp>,
}

impl Backlog {
    /// How far the events are counted.
    pub const MOST: u32 = 10_000;
}

/// Looks into how the databases are. Changes nothing, and answers within a second or so whatever the databases do.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait StoreHealth: Send + Sync {
    /// Whether this database can be read and written at this moment.
    async fn ready(&self, half: Half) -> Result<(), StoreError>;

    /// How many migrations this version needs that were not done yet, in both. A newer version may have added some while
    /// this one goes on working: those are not counted.
    async fn missing_migrations(&self) -> Result<usize, StoreError>;

    /// What waits to be joined to the chain of the audit trail.
    async fn backlog(&self) -> Result<Backlog, StoreError>;
}
