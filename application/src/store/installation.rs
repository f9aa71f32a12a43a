//! The installation itself, and the keys it signs with.

use super::StoreError;
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::InstanceId;
use domain::keys::SigningKey;
use domain::sessions::TokenDigest;

/// Keeps signing keys.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SigningKeyRepository: Send {
    /// Takes the turn of whoever changes keys; the next one waits for the end of this unit of work.
    async fn lock(&mut self) -> Result<(), StoreError>;

    /// All keys, in the order in which they sign.
    async fn all(&mut self) -> Result<Vec<SigningKey>, StoreError>;

    /// Stores a key.
    async fn insert(&mut self, key: &SigningKey) -> Result<(), StoreError>;

    /// Lets a key sign from another moment on.
    async fn reschedule(&mut self, kid: &str, active_from: Timestamp) -> Result<(), StoreError>;

    /// Removes a key: nothing that it has signed is verified from now on. Says whether it was there.
    async fn remove(&mut self, kid: &str) -> Result<bool, StoreError>;
}

/// Answers questions about signing keys.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SigningKeyDirectory: Send + Sync {
    /// All keys, in the order in which they sign.
    async fn all(&self) -> Result<Vec<SigningKey>, StoreError>;
}

/// What an installation knows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its identifier.
    pub id: InstanceId,
    /// What tells its root key from every other.
    pub key_check: TokenDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its first administrator was created.
    pub administered_at: Option<Timestamp>,
}

/// Keeps the one row about the installation itself.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait InstanceRepository: Send {
    /// The installation; stored from `fresh` when there is none yet. Of many that try at once, all get the same.
    async fn establish(&mut self, fresh: &Instance) -> Result<Instance, StoreError>;

    /// Notes that the first administrator exists. Says `false` when that was known already.
    async fn settle_administration(&mut self, now: Timestamp) -> Result<bool, StoreError>;

    /// Puts another root key in the place of the one that the databases were made with.
    async fn replace_key_check(&mut self, key_check: &TokenDigest) -> Result<(), StoreError>;

    /// Takes the turn of whoever changes who is administrator; the next one waits for the end of this unit of work.
    async fn lock_administrators(&mut self) -> Result<(), StoreError>;
}

/// Answers questions about the installation.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait InstanceDirectory: Send + Sync {
    /// The installation, once it was established.
    async fn find(&self) -> Result<Option<Instance>, StoreError>;
}
