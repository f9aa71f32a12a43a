//! The vault: the keys of the installation, and what keeps its two databases in step.
//!
//! The service is opened before every other one, since the secrets of those follow from the keyring: it makes sure that
//! root key, database and vault belong together, seals what an earlier version has left in clear, and lets nobody come
//! back who was erased and stands in a database that was put back from a copy.

mod erase;
mod establish;
mod keyring;
mod rotate;

pub use erase::Receipt;
pub(crate) use erase::{erase, receipt};
pub use establish::EstablishError;
pub use rotate::RotateError;

use crate::Ids;
use crate::ledger::Ledger;
use crate::sealing::{Documents, Sealing};
use crate::store::{InstanceDirectory, KeyringDirectory, Store, StoreError, Unsealed, VaultKeeper};
use std::sync::Arc;

/// What is done with keys and between the databases.
pub struct VaultService {
    store: Arc<dyn Store>,
    instance: Arc<dyn InstanceDirectory>,
    keyring: Arc<dyn KeyringDirectory>,
    keeper: Arc<dyn VaultKeeper>,
    sealing: Arc<dyn Sealing>,
    documents: Arc<dyn Documents>,
    ledger: Arc<dyn Ledger>,
    ids: Ids,
}

/// The ports that the vault needs.
pub struct VaultPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// The installation.
    pub instance: Arc<dyn InstanceDirectory>,
    /// Keys.
    pub keyring: Arc<dyn KeyringDirectory>,
    /// The two databases.
    pub keeper: Arc<dyn VaultKeeper>,
    /// Seals.
    pub sealing: Arc<dyn Sealing>,
    /// Signatures.
    pub documents: Arc<dyn Documents>,
    /// The list of erased people outside of the databases.
    pub ledger: Arc<dyn Ledger>,
    /// Names things.
    pub ids: Ids,
}

impl VaultService {
    /// How much an earlier version has left in clear one unit of work seals.
    const BATCH: u32 = 200;

    /// Joins the ports it works through.
    #[must_use]
    pub fn new(ports: VaultPorts) -> Self {
        let VaultPorts { store, instance, keyring, keeper, sealing, documents, ledger, ids } = ports;
        Self { store, instance, keyring, keeper, sealing, documents, ledger, ids }
    }

    /// What an earlier version has left in clear.
    pub async fn unsealed(&self) -> Result<Unsealed, StoreError> {
        self.keeper.unsealed().await
    }

    /// Seals some of that. Says how much it was: 0 when everything is done. To be called again until then, before anybody
    /// is served; cut off at any moment, it goes on from there.
    pub async fn seal_some(&self) -> Result<u64, StoreError> {
        self.keeper.seal_some(Self::BATCH).await
    }
}

#[cfg(test)]
mod tests;
