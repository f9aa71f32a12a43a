use super::UserService;
use super::manage::{Held, ManageError, UserRecord};
use crate::actor::Actor;
use crate::again::again;
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::{Justification, Password};

/// An account is to be closed for the time being.
#[derive(Clone, Debug)]
pub struct SuspensionOrder {
    /// Why.
    pub reason: Justification,
    /// Until when; until somebody reinstates it without.
    pub until: Option<Timestamp>,
    /// The actor's own password: needed to suspend themselves.
    pub password: Option<Password>,
}

impl UserService {
    /// Closes an account for the time being and ends its sessions. It is felt on the very next request.
    ///
    /// Of one that is closed already, reason and end are replaced.
    pub async fn suspend(
        &self,
        actor: &Actor,
        id: UserId,
        order: SuspensionOrder,
    ) -> Result<UserRecord, ManageError> {
        again(|| self.suspend_once(actor, id, &order)).await
    }

    async fn suspend_once(
        &self,
        actor: &Actor,
        id: UserId,
        order: &SuspensionOrder,
    ) -> Result<UserRecord, ManageError> {
        actor.require(Scope::UserWrite)?;
        let _proof = self.confirm(actor, id, order.password.as_ref()).await?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        work.instance().lock_administrators().await?;
        let Held { user: before, personal, .. } =
            self.hold(actor, work.as_mut(), id, Scope::UserWrite, now).await?;
        if before.role == Role::Admin {
            self.spare(work.as_mut(), id).await?;
        }
        let reason = order.reason.as_str().to_owned();
        let suspended = before.suspended(order.reason.clone(), order.until, now);
        let user = suspended.map_err(ManageError::in_field("until"))?;
        let ended = work.sessions().end_all_of(id, None).await?;
        self.store(work.as_mut(), &user).await?;
        let mut event = actor.event(&self.ids, now, EventKind::UserSuspended, Some(id));
        event.private.push(("reason".into(), reason));
        event.detail.push(("sessions_ended".into(), ended.to_string()));
        event.detail.extend(order.until.map(|until| ("until".into(), until.as_micros().to_string())));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(self.record(actor, user, personal))
    }

    /// Opens a suspended account again. Of one that is open nothing changes, and that is no error.
    pub async fn reinstate(&self, actor: &Actor, id: UserId) -> Result<UserRecord, ManageError> {
        let now = self.ids.now();
        actor.require(Scope::UserWrite)?;
        let mut work = self.store.begin().await?;
        let Held { user: before, personal, .. } =
            self.hold(actor, work.as_mut(), id, Scope::UserWrite, now).await?;
        let Some(user) = before.reinstated(now) else {
            return Ok(self.record(actor, before, personal));
        };
        self.store(work.as_mut(), &user).await?;
        work.audit().record(&actor.event(&self.ids, now, EventKind::UserReinstated, Some(id))).await?;
        work.commit().await?;
        Ok(self.record(actor, user, personal))
    }
}
