use crate::store::SqlStore;
use application::store::{Erasure, StoreError, Unsealed, VaultError, VaultKeeper};
use async_trait::async_trait;
use domain::ids::{InstanceId, UserId};

#[async_trait]
impl VaultKeeper for SqlStore {
    async fn establish(&self, instance: InstanceId) -> Result<(), VaultError> {
        self.take_into_use(instance).await
    }

    async fn unsealed(&self) -> Result<Unsealed, StoreError> {
        self.count_unsealed().await
    }

    async fn seal_some(&self, limit: u32) -> Result<u64, StoreError> {
        self.move_some(limit).await
    }

    async fn tidy(&self) -> Result<u64, StoreError> {
        self.finish().await
    }

    async fn unlisted(&self, limit: u32) -> Result<Vec<Erasure>, StoreError> {
        self.finished_unlisted(limit).await
    }

    async fn listed(&self, erasures: &[Erasure]) -> Result<(), StoreError> {
        self.mark_listed(erasures).await
    }

    async fn erased(&self, after: Option<UserId>, limit: u32) -> Result<Vec<Erasure>, StoreError> {
        self.erased_by_the_vault(after, limit).await
    }

    async fn present(&self, people: &[UserId]) -> Result<Vec<UserId>, StoreError> {
        self.with_an_account(people).await
    }
}
