use super::{UserRecord, UserService};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use crate::{Limit, Page};
use domain::access::Scope;
use domain::ids::UserId;
use domain::users::{LoginName, Profile, UserCursor, UserQuery};

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
        let found = self.directory.own_profile(member.user_id).await?;
        // Deleted between the proof and the question: the proof no longer holds.
        let Profile { user, personal } = found.ok_or(FindError::Refused(Refusal::NotLoggedIn))?;
        Ok(Profile { user: user.settled(self.ids.now()), personal })
    }

    /// The account of whoever has that user name or e-mail address.
    pub async fn find(&self, actor: &Actor, login: &LoginName) -> Result<UserRecord, FindError> {
        actor.require(Scope::UserRead)?;
        let account = self.directory.account(login).await?.ok_or(FindError::Missing)?;
        self.view(actor, account.user.id).await
    }

    /// The account of that identifier.
    pub async fn view(&self, actor: &Actor, id: UserId) -> Result<UserRecord, FindError> {
        actor.require(Scope::UserRead)?;
        let profile = self.directory.profile(id).await?.ok_or(FindError::Missing)?;
        Ok(UserRecord::shown_to(actor, profile, self.ids.now()))
    }

    /// The accounts that are asked for, at most `limit`.
    pub async fn page(
        &self,
        actor: &Actor,
        query: &UserQuery,
        limit: Limit,
    ) -> Result<Page<UserRecord, UserCursor>, FindError> {
        actor.require(Scope::UserRead)?;
        let found = self.directory.page(query, limit.and_one()).await?;
        let page = Page::cut(found, limit, |Profile { user, .. }| {
            if query.order().is_by_name() {
                UserCursor::Username(user.username.key().to_owned())
            } else {
                UserCursor::Created(user.id)
            }
        });
        let now = self.ids.now();
        Ok(page.map(|profile| UserRecord::shown_to(actor, profile, now)))
    }
}
