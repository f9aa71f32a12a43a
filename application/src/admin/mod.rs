//! What has no other noun: the installation itself, its first administrator, and how it is doing.

mod count;
mod first_administrator;
mod overview;
mod unlock;

pub use first_administrator::SetupError;
pub use overview::{DailyCounts, Overview, OverviewError};

use crate::Ids;
use crate::hashing::PasswordHasher;
use crate::health::HealthService;
use crate::store::{AuditDirectory, InstanceDirectory, StatisticsDirectory, Store, UserDirectory};
use crate::tokens::OpaqueTokens;
use std::sync::Arc;

/// What is done with the installation as a whole.
pub struct AdminService {
    store: Arc<dyn Store>,
    instance: Arc<dyn InstanceDirectory>,
    users: Arc<dyn UserDirectory>,
    events: Arc<dyn AuditDirectory>,
    statistics: Arc<dyn StatisticsDirectory>,
    health: Arc<HealthService>,
    hasher: Arc<dyn PasswordHasher>,
    tokens: Arc<dyn OpaqueTokens>,
    ids: Ids,
}

/// The ports that administration needs.
pub struct AdminPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// The installation.
    pub instance: Arc<dyn InstanceDirectory>,
    /// Accounts.
    pub users: Arc<dyn UserDirectory>,
    /// The audit trail.
    pub events: Arc<dyn AuditDirectory>,
    /// What was counted.
    pub statistics: Arc<dyn StatisticsDirectory>,
    /// How the service is.
    pub health: Arc<HealthService>,
    /// Hashes the first administrator's password.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Makes and reads the link of the first start.
    pub tokens: Arc<dyn OpaqueTokens>,
    /// Names things.
    pub ids: Ids,
}

impl AdminService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(ports: AdminPorts) -> Self {
        let AdminPorts { store, instance, users, events, statistics, health, hasher, tokens, ids } = ports;
        Self { store, instance, users, events, statistics, health, hasher, tokens, ids }
    }
}

#[cfg(test)]
mod tests;
