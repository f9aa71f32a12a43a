use super::UserService;
use super::manage::{Held, ManageError};
use crate::actor::{Actor, Refusal};
use crate::again::again;
use crate::store::{Erasure, StoreError, UnitOfWork};
use crate::vault::{Receipt, erase, receipt};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::ids::UserId;

impl UserService {
    /// Deletes somebody else's account, with everything that is theirs. One's own account is [closed](Self::close), with
    /// one's password.
    pub async fn delete(&self, actor: &Actor, id: UserId) -> Result<Receipt, ManageError> {
        again(|| self.delete_once(actor, id)).await
    }

    async fn delete_once(&self, actor: &Actor, id: UserId) -> Result<Receipt, ManageError> {
        actor.require(Scope::UserDelete)?;
        if actor.is(id) {
            return Err(Refusal::PasswordNeeded.into());
        }
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        work.instance().lock_administrators().await?;
        let Held { user, .. } = self.hold(actor, work.as_mut(), id, Scope::UserDelete, now).await?;
        if user.role == Role::Admin {
            self.spare(work.as_mut(), id).await?;
        }
        Ok(self.erase(actor, work, id, now).await?)
    }

    /// Removes an account and the person behind it for good, and says so.
    pub(super) async fn erase(
        &self,
        actor: &Actor,
        mut work: Box<dyn UnitOfWork>,
        id: UserId,
        now: Timestamp,
    ) -> Result<Receipt, StoreError> {
        let erasure = Erasure { user_id: id, at: now };
        erase(actor, work.as_mut(), &self.ids, erasure, None).await?;
        work.commit().await?;
        // The key is gone, so nobody can read what is left; what does not go at once, the next rounds will remove.
        if let Err(error) = self.vault.tidy().await {
            tracing::warn!(%error, "what an erasure leaves behind is removed later");
        }
        Ok(receipt(self.documents.as_ref(), erasure))
    }
}
