use super::AdminService;
use crate::actor::Actor;
use crate::users::FindError;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::users::LoginName;

impl AdminService {
    /// Forgets the failed attempts at an account, at its door, in its sessions and on its devices, so that its owner
    /// need not wait. Says whether there were any.
    pub async fn unlock(&self, actor: &Actor, login: &LoginName) -> Result<bool, FindError> {
        actor.require(Scope::UserWrite)?;
        let id = self.users.account(login).await?.ok_or(FindError::Missing)?.user.id;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        if !work.attempts().clear_of(id).await? {
            return Ok(false);
        }
        work.audit().record(&actor.event(&self.ids, now, EventKind::AttemptsCleared, Some(id))).await?;
        work.commit().await?;
        Ok(true)
    }
}
