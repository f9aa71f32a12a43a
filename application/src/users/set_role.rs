use super::UserService;
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault, FaultKind};
use crate::store::{Saved, StoreError};
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::Profile;

/// Why a role stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum SetRoleError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such user.
    #[error("no such user")]
    Missing,
    /// Nobody would be left to administer the installation.
    #[error("the last administrator must stay one")]
    LastAdministrator,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for SetRoleError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
            Self::LastAdministrator => last_administrator(),
            Self::Store(error) => error.fault(),
        }
    }
}

/// How it is said that an installation must keep an administrator.
pub(super) fn last_administrator() -> Fault {
    Fault::new(
        FaultKind::Conflict,
        "last-administrator",
        "This is the last active administrator. Make somebody else an administrator first.",
    )
}

impl UserService {
    /// Gives an account another role. Giving it the role it has changes nothing and is no error.
    pub async fn set_role(&self, actor: &Actor, id: UserId, role: Role) -> Result<Profile, SetRoleError> {
        actor.require(Scope::AdminWrite)?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        work.instance().lock_administrators().await?;
        let before = work.users().find(id).await?.ok_or(SetRoleError::Missing)?.user;
        let personal = work.personal_data().find(id).await?.ok_or(SetRoleError::Missing)?;
        let Some(user) = before.with_role(role, now) else {
            return Ok(Profile { user: before, personal });
        };
        if before.role == Role::Admin && !work.users().has_administrator_besides(id).await? {
            return Err(SetRoleError::LastAdministrator);
        }
        if role == Role::Admin {
            work.instance().settle_administration(now).await?;
        }
        if work.users().update(&user, &personal.email).await? != Saved::Yes {
            return Err(StoreError::Conflict.into());
        }
        let mut event = actor.event(&self.ids, now, EventKind::RoleChanged, Some(id));
        event.detail = vec![("from", before.role.name().to_owned()), ("to", role.name().to_owned())];
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(Profile { user, personal })
    }
}
