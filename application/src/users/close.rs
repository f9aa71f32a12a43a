use super::UserService;
use super::password_check::{Attempt, CheckError, CountedUnder};
use super::set_role::last_administrator;
use crate::actor::{Actor, Refusal};
use crate::again::again;
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use crate::vault::Receipt;
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::users::Password;

/// Why an account was not deleted.
#[derive(Debug, thiserror::Error)]
pub enum CloseError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Nobody would be left to administer the installation.
    #[error("the last administrator must stay")]
    LastAdministrator,
    /// The password is wrong, or could not be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<StoreError> for CloseError {
    fn from(error: StoreError) -> Self {
        Self::Check(error.into())
    }
}

impl Describe for CloseError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::LastAdministrator => last_administrator(),
            Self::Check(error) => error.fault(),
        }
    }
}

impl UserService {
    /// Deletes the actor's own account, with everything that is theirs. It can't be undone, so it asks for the
    /// password; the user name is free again at once.
    pub async fn close(&self, actor: &Actor, password: &Password) -> Result<Receipt, CloseError> {
        again(|| self.close_once(actor, password)).await
    }

    async fn close_once(&self, actor: &Actor, password: &Password) -> Result<Receipt, CloseError> {
        let member = actor.member_with(Scope::ProfileWrite)?;
        let id = member.user_id;
        let account = self.own_account::<CloseError>(id).await?;
        let attempt = Attempt {
            account: Some(&account),
            counted_under: CountedUnder::Member(id),
            password,
            failure: EventKind::PasswordCheckFailed,
        };
        let _proof = self.check.attempt(actor, attempt).await?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        // For everybody, since a role may have changed while the password was being checked.
        work.instance().lock_administrators().await?;
        // Whoever was logged out meanwhile deletes nothing: a new password logs out all others, and it was the old one that was
        // proved.
        let member = actor.as_of(work.as_mut(), now).await??.member_with(Scope::ProfileWrite)?;
        if member.role == Role::Admin && !work.users().has_administrator_besides(id).await? {
            return Err(CloseError::LastAdministrator);
        }
        Ok(self.erase(actor, work, id, now).await?)
    }
}
