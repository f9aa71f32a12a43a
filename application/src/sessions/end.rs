use super::SessionService;
use crate::actor::{Actor, Refusal};
use crate::again::again;
use crate::fault::{Describe, Fault};
use crate::store::{StoreError, UnitOfWork};
use domain::Timestamp;
use domain::access::{Reason, Role, Scope, decision};
use domain::audit::EventKind;
use domain::ids::{SessionId, UserId};

/// Why sessions were not shown, ended or renewed.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such user or no such session.
    #[error("no such session")]
    Missing,
    /// The session is somebody else's. Outside that is told like one that is not there.
    #[error("the session is somebody else's")]
    NotTheirs,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for EndError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
            Self::NotTheirs => Fault::missing().because(Reason::NotTheOwner),
            Self::Store(error) => error.fault(),
        }
    }
}

impl SessionService {
    /// Ends one of the actor's own sessions, also the one in use.
    pub async fn end_own(&self, actor: &Actor, id: SessionId) -> Result<(), EndError> {
        let member = actor.member_with(Scope::ProfileWrite)?;
        self.end(actor, member.user_id, id).await
    }

    /// Ends all of the actor's sessions but the one in use. Says how many.
    pub async fn end_others(&self, actor: &Actor) -> Result<u64, EndError> {
        let member = actor.member_with(Scope::ProfileWrite)?;
        again(|| self.end_all(actor, member.user_id, Some(member.session_id))).await
    }

    /// Ends one session of a user.
    pub async fn end_of(&self, actor: &Actor, user: UserId, id: SessionId) -> Result<(), EndError> {
        self.reach(actor, user).await?;
        self.end(actor, user, id).await
    }

    /// Ends every session of a user. Says how many.
    pub async fn end_all_of(&self, actor: &Actor, user: UserId) -> Result<u64, EndError> {
        self.reach(actor, user).await?;
        again(|| self.end_all(actor, user, None)).await
    }

    /// Asks whether the actor may see and end that user's sessions. Answers with the user's role.
    pub(super) async fn reach(&self, actor: &Actor, user: UserId) -> Result<Role, EndError> {
        actor.require(Scope::UserWrite)?;
        let account = self.users.account_of(user).await?.ok_or(EndError::Missing)?;
        let user = account.user.settled(self.ids.now());
        let role = user.role;
        actor.reach(role, user.role_end.map(|end| end.at))?;
        actor.require(decision::needed_for(role, Scope::UserWrite))?;
        Ok(role)
    }

    async fn end(&self, actor: &Actor, owner: UserId, id: SessionId) -> Result<(), EndError> {
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        still_may(actor, work.as_mut(), owner, now).await?;
        let session = work.sessions().find(id).await?.ok_or(EndError::Missing)?.session;
        if session.user_id != owner {
            return Err(EndError::NotTheirs);
        }
        if !work.sessions().end(id).await? {
            return Err(EndError::Missing);
        }
        self.record(actor, work.as_mut(), EventKind::SessionEnded, &session, now).await?;
        Ok(work.commit().await?)
    }

    async fn end_all(
        &self,
        actor: &Actor,
        owner: UserId,
        except: Option<SessionId>,
    ) -> Result<u64, EndError> {
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        still_may(actor, work.as_mut(), owner, now).await?;
        let ended = work.sessions().end_all_of(owner, except).await?;
        if ended > 0 {
            let mut event = actor.event(&self.ids, now, EventKind::SessionsEnded, Some(owner));
            event.detail.push(("sessions_ended".into(), ended.to_string()));
            work.audit().record(&event).await?;
            work.commit().await?;
        }
        Ok(ended)
    }
}

/// Whether somebody may still end the sessions of others when it comes to it.
async fn still_may(
    actor: &Actor,
    work: &mut dyn UnitOfWork,
    owner: UserId,
    now: Timestamp,
) -> Result<(), EndError> {
    if !actor.is(owner) {
        actor.as_of(work, now).await??.require(Scope::UserWrite)?;
    }
    Ok(())
}
