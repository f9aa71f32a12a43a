use super::UserService;
use super::manage::{Held, ManageError};
use crate::actor::{Actor, Refusal};
use crate::store::{StoreError, UnitOfWork};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::ids::UserId;

impl UserService {
    /// Deletes somebody else's account, with everything that is theirs. One's own account is [closed](Self::close), with
    /// one's password.
    pub async fn delete(&self, actor: &Actor, id: UserId) -> Result<(), ManageError> {
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
        self.remove(actor, work.as_mut(), id, now).await?;
        Ok(work.commit().await?)
    }

    /// Removes an account and the person behind it, and says so in the audit trail.
    pub(super) async fn remove(
        &self,
        actor: &Actor,
        work: &mut dyn UnitOfWork,
        id: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        work.personal_data().remove(id).await?;
        work.users().delete(id).await?;
        work.audit().record(&actor.event(&self.ids, now, EventKind::UserDeleted, Some(id))).await
    }
}
