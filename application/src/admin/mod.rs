//! What has no other noun: the installation itself, and its first administrator.

mod establish;
mod first_administrator;
mod unlock;

pub use establish::EstablishError;
pub use first_administrator::SetupError;

use crate::Ids;
use crate::hashing::PasswordHasher;
use crate::store::{InstanceDirectory, Store, StoreError, UserDirectory};
use crate::tokens::OpaqueTokens;
use std::sync::Arc;

/// What is done with the installation as a whole.
pub struct AdminService {
    store: Arc<dyn Store>,
    instance: Arc<dyn InstanceDirectory>,
    users: Arc<dyn UserDirectory>,
    hasher: Arc<dyn PasswordHasher>,
    tokens: Arc<dyn OpaqueTokens>,
    ids: Ids,
}

impl AdminService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        instance: Arc<dyn InstanceDirectory>,
        users: Arc<dyn UserDirectory>,
        hasher: Arc<dyn PasswordHasher>,
        tokens: Arc<dyn OpaqueTokens>,
        ids: Ids,
    ) -> Self {
        Self { store, instance, users, hasher, tokens, ids }
    }

    /// Whether the data can be read and written at this moment: what readiness means.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store.ready().await
    }
}

#[cfg(test)]
mod tests;
