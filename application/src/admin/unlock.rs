use super::AdminService;
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::users::LoginName;

/// Why an account was not unlocked.
#[derive(Debug, thiserror::Error)]
pub enum UnlockError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such user.
    #[error("no such user")]
    Missing,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for UnlockError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
            Self::Store(error) => error.fault(),
        }
    }
}

impl AdminService {
    /// Forgets the failed attempts at an account, at its door, in its sessions and on its devices, so that its owner
    /// need not wait. Says whether there were any.
    pub async fn unlock(&self, actor: &Actor, login: &LoginName) -> Result<bool, UnlockError> {
        actor.require(Scope::UserWrite)?;
        let id = self.users.account(login).await?.ok_or(UnlockError::Missing)?.user.id;
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
