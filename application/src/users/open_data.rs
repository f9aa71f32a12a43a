use super::UserService;
use super::manage::{Held, ManageError, UserRecord};
use crate::actor::Actor;
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::Justification;

impl UserService {
    /// Opens the personal data of somebody else. Whoever does so says why, and the person can see who it was, when and
    /// why; nothing is shown before that is written down.
    pub async fn open_personal_data(
        &self,
        actor: &Actor,
        id: UserId,
        reason: &Justification,
    ) -> Result<UserRecord, ManageError> {
        actor.require(Scope::AdminRead)?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        let Held { user, personal, .. } = self.hold(actor, work.as_mut(), id, Scope::AdminRead, now).await?;
        if !actor.is(id) {
            let mut event = actor.event(&self.ids, now, EventKind::PersonalDataOpened, Some(id));
            let role = actor.member().map_or("system", |member| Role::name(member.role));
            event.detail.push(("role".into(), role.to_owned()));
            event.private.push(("reason".into(), reason.as_str().to_owned()));
            work.audit().record(&event).await?;
            work.commit().await?;
        }
        Ok(UserRecord { user, person: personal.open() })
    }
}
