use super::{FindError, UserService};
use crate::actor::Actor;
use domain::Timestamp;
use domain::access::Scope;
use domain::notices::Notice;

impl UserService {
    /// The most notices that are shown at once.
    const MOST_NOTICES: u32 = 20;

    /// What the actor has to be told about their account, the latest first.
    pub async fn notices(&self, actor: &Actor) -> Result<Vec<Notice>, FindError> {
        let member = actor.member_with(Scope::ProfileRead)?;
        Ok(self.directory.notices(member.user_id, Self::MOST_NOTICES).await?)
    }

    /// Notes that the actor has seen everything that happened up to `until`.
    pub async fn dismiss_notices(&self, actor: &Actor, until: Timestamp) -> Result<(), FindError> {
        let member = actor.member_with(Scope::ProfileWrite)?;
        let mut work = self.store.begin().await?;
        work.notices().dismiss(member.user_id, until).await?;
        Ok(work.commit().await?)
    }
}
