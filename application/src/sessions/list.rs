use super::{EndError, SessionService};
use crate::actor::Actor;
use crate::{Limit, Page};
use domain::access::{Role, Scope};
use domain::ids::{SessionId, UserId};
use domain::sessions::BegunSession;

impl SessionService {
    /// The actor's own sessions, the latest log-in first.
    pub async fn own(
        &self,
        actor: &Actor,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<BegunSession, SessionId>, EndError> {
        let member = actor.member_with(Scope::ProfileRead)?;
        self.list(member.user_id, member.role, after, limit).await
    }

    /// A user's sessions, the latest log-in first.
    pub async fn of(
        &self,
        actor: &Actor,
        user: UserId,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<BegunSession, SessionId>, EndError> {
        let role = self.reach(actor, user).await?;
        self.list(user, role, after, limit).await
    }

    /// What is over and was not swept yet is left out, so a page may hold fewer than were asked for.
    async fn list(
        &self,
        user: UserId,
        role: Role,
        after: Option<SessionId>,
        limit: Limit,
    ) -> Result<Page<BegunSession, SessionId>, EndError> {
        let now = self.ids.now();
        let found = self.sessions.of(user, after, limit.and_one()).await?;
        let mut page = Page::cut(found, limit, |begun| begun.session.id);
        page.items.retain(|BegunSession { session, .. }| {
            !session.is_over(now, self.settings.lifetimes_of(session.channel, role))
        });
        Ok(page)
    }
}
