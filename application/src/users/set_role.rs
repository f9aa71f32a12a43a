use super::UserService;
use super::manage::{Held, ManageError, UserRecord};
use crate::actor::{Actor, Identity};
use crate::fault::{Fault, FaultKind};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::{Justification, Password};

/// How it is said that an installation must keep an administrator.
pub(super) fn last_administrator() -> Fault {
    Fault::new(
        FaultKind::Conflict,
        "last-administrator",
        "This is the last active administrator. Make somebody else an administrator first.",
    )
}

/// Another role for somebody.
#[derive(Clone, Debug)]
pub struct RoleChange {
    /// Which.
    pub role: Role,
    /// Until when; for good without it.
    pub until: Option<Timestamp>,
    /// Why.
    pub reason: Option<Justification>,
    /// The actor's own password: needed to lower themselves.
    pub password: Option<Password>,
}

impl RoleChange {
    /// That role, for good.
    #[must_use]
    pub const fn to(role: Role) -> Self {
        Self { role, until: None, reason: None, password: None }
    }
}

impl UserService {
    /// Gives an account another role. Giving it the role it has changes nothing and is no error.
    ///
    /// What is given for a time ends by itself, and does not count as somebody who administers the installation.
    pub async fn set_role(
        &self,
        actor: &Actor,
        id: UserId,
        change: RoleChange,
    ) -> Result<UserRecord, ManageError> {
        actor.require(Scope::AdminWrite)?;
        actor.grant(change.role, change.until)?;
        let lowers = matches!(actor.identity, Identity::Member(own) if change.role < own.role);
        let _proof = if lowers { self.confirm(actor, id, change.password.as_ref()).await? } else { None };
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        work.instance().lock_administrators().await?;
        let held = self.hold(actor, work.as_mut(), id, Scope::AdminWrite, now).await?;
        held.actor.grant(change.role, change.until)?;
        let Held { user: before, personal, .. } = held;
        let changed = before.with_role(change.role, change.until, now);
        let Some(user) = changed.map_err(ManageError::in_field("expires_at"))? else {
            return Ok(self.record(actor, before, personal));
        };
        let stays = user.role == Role::Admin && user.role_end.is_none();
        if before.role == Role::Admin && before.role_end.is_none() && !stays {
            self.spare(work.as_mut(), id).await?;
        }
        if user.role > before.role {
            // Whoever has an old link must not come by the new role with it.
            work.password_links().remove(id).await?;
        }
        if stays {
            work.instance().settle_administration(now).await?;
        }
        self.store(work.as_mut(), &user).await?;
        let mut event = actor.event(&self.ids, now, EventKind::RoleChanged, Some(id));
        event.detail =
            vec![("from".into(), before.role.name().to_owned()), ("to".into(), user.role.name().to_owned())];
        event.detail.extend(user.role_end.map(|end| ("until".into(), end.at.as_micros().to_string())));
        event.private.extend(change.reason.map(|reason| ("reason".into(), reason.as_str().to_owned())));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(self.record(actor, user, personal))
    }
}
