use super::{EndError, SessionService};
use crate::actor::{Actor, Refusal};
use domain::audit::EventKind;
use domain::sessions::Token;

impl SessionService {
    /// Ends the actor's session, with its refresh and access tokens.
    pub async fn log_out(&self, actor: &Actor) -> Result<(), EndError> {
        let member = actor.member()?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        let Some(live) = work.sessions().find(member.session_id).await? else {
            return Err(Refusal::NotLoggedIn.into());
        };
        if !work.sessions().end(member.session_id).await? {
            return Err(Refusal::NotLoggedIn.into());
        }
        self.record(actor, work.as_mut(), EventKind::LoggedOut, &live.session, now).await?;
        Ok(work.commit().await?)
    }

    /// Gives the actor's browser another cookie for the same session, because what the session may do has changed.
    /// The old one stops working, also in the hands of somebody who had copied it.
    pub async fn renew_cookie(&self, actor: &Actor) -> Result<Token, EndError> {
        let member = actor.member()?;
        let issued = self.opaque_tokens.cookie(member.session_id);
        let mut work = self.store.begin().await?;
        work.sessions().replace_cookie(member.session_id, &issued.digest).await?;
        work.commit().await?;
        Ok(issued.token)
    }
}
