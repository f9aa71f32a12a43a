use super::UserService;
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use domain::access::Scope;
use domain::ids::UserId;
use domain::users::{LoginName, Profile};

/// Why an account was not shown.
#[derive(Debug, thiserror::Error)]
pub enum FindError {
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

impl Describe for FindError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
            Self::Store(error) => error.fault(),
        }
    }
}

impl UserService {
    /// The actor's own profile.
    pub async fn own_profile(&self, actor: &Actor) -> Result<Profile, FindError> {
        let member = actor.member_with(Scope::ProfileRead)?;
        // Deleted between the proof and the question: the proof no longer holds.
        self.directory.profile(member.user_id).await?.ok_or(FindError::Refused(Refusal::NotLoggedIn))
    }

    /// The profile of whoever has that user name or e-mail address.
    pub async fn find(&self, actor: &Actor, login: &LoginName) -> Result<Profile, FindError> {
        actor.require(Scope::UserRead)?;
        let account = self.directory.account(login).await?.ok_or(FindError::Missing)?;
        self.directory.profile(account.user.id).await?.ok_or(FindError::Missing)
    }

    /// Profiles in the order of their making, at most `limit`, from the one after `after` on.
    pub async fn page(
        &self,
        actor: &Actor,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<Profile>, FindError> {
        actor.require(Scope::UserRead)?;
        Ok(self.directory.page(after, limit).await?)
    }
}
