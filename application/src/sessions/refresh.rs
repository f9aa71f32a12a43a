use super::log_in::invalid_scope;
use super::{Grant, SessionService};
use crate::actor::Actor;
use crate::audit::mention;
use crate::fault::{Describe, Fault, FaultKind};
use crate::instruments;
use crate::store::{Exchange, LiveSession, StoreError, UnitOfWork};
use crate::tokens::{KeyError, PresentedRefresh};
use domain::Timestamp;
use domain::access::{Scopes, effective};
use domain::audit::EventKind;
use domain::notices::{Notice, NoticeKind};
use domain::sessions::{Family, Generation, Presented, Rotation, Session};
use domain::users::{Standing, Status};

/// Why a refresh token gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// It was never issued, or its session has ended. What follows from this and the next two is the same for whoever
    /// presents it (RFC 6749, section 5.2: `invalid_grant`).
    #[error("the refresh token is unknown")]
    Unknown,
    /// Its session is over, or its owner's account may not be used.
    #[error("the session of the refresh token is over")]
    Expired,
    /// It had been used before, and its session was ended for that.
    #[error("the refresh token was used before")]
    Reused,
    /// More was asked for than the session was granted.
    #[error("the scopes reach further than the session")]
    InvalidScope,
    /// No token could be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RefreshError {
    /// What came of the token, as it is counted.
    const fn outcome(&self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Expired => "expired",
            Self::Reused => "reused",
            Self::InvalidScope => "invalid_scope",
            Self::Key(_) | Self::Store(_) => "error",
        }
    }
}

impl Describe for RefreshError {
    fn fault(&self) -> Fault {
        match self {
            Self::Unknown | Self::Expired | Self::Reused => Fault::new(
                FaultKind::Unauthenticated,
                "invalid-grant",
                "This refresh token does not work, or no longer. Log in again.",
            ),
            Self::InvalidScope => invalid_scope(),
            Self::Key(error) => error.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

/// How a session was carried on.
enum Carried {
    /// By a new pair of tokens.
    Rotated(Grant),
    /// By the pair that had been given already.
    Forgiven(Grant),
}

impl Carried {
    /// What came of the token, as it is counted.
    const fn outcome(&self) -> &'static str {
        match self {
            Self::Rotated(_) => "rotated",
            Self::Forgiven(_) => "forgiven",
        }
    }

    fn grant(self) -> Grant {
        match self {
            Self::Rotated(grant) | Self::Forgiven(grant) => grant,
        }
    }
}

impl SessionService {
    /// Carries a session on: the token presented stops working, and its successor comes back with an access token.
    ///
    /// A client whose answer was lost gets the same answer again, within the grace and as long as nobody has used the
    /// successor. Any other token that has been used before ends its session (RFC 9700, section 4.14.2). Without
    /// `asked` the access token carries what the session was granted.
    pub async fn refresh(
        &self,
        actor: &Actor,
        token: &str,
        asked: Option<Scopes>,
    ) -> Result<Grant, RefreshError> {
        let read = self.opaque_tokens.read_refresh(token);
        let claimed = read.as_ref().map(|read| read.session_id);
        let answer = match read {
            Some(read) => self.present(actor, read, asked).await,
            None => Err(RefreshError::Unknown),
        };
        let outcome = answer.as_ref().map_or_else(RefreshError::outcome, Carried::outcome);
        instruments::refresh(outcome);
        if !matches!(answer, Ok(Carried::Rotated(_)) | Err(RefreshError::Reused)) {
            // Only where the token was found to be one of that session: anybody may write any session into another one.
            let is_its_own =
                matches!(answer, Ok(_) | Err(RefreshError::Expired | RefreshError::InvalidScope));
            let session = claimed.filter(|_| is_its_own).map(|session| format!(" session={session}"));
            let session = session.unwrap_or_default();
            mention(actor, "refresh", None, &format!("outcome={outcome}{session}"));
        }
        answer.map(Carried::grant)
    }

    async fn present(
        &self,
        actor: &Actor,
        read: PresentedRefresh,
        asked: Option<Scopes>,
    ) -> Result<Carried, RefreshError> {
        let PresentedRefresh { session_id, generation, digest } = read;
        let presented = Presented { session_id, generation, digest, client: self.client(actor) };
        // Looked at without a turn to write: nobody waits while it is decided and signed, and what has changed by the time of
        // the writing is a conflict.
        let found = self.sessions.find_with_family(session_id).await?.ok_or(RefreshError::Unknown)?;
        match self.exchange(actor, &presented, asked, found, None).await {
            // Somebody presented the same token at the same moment and was first. Seen once more, it is a used one.
            Err(RefreshError::Store(StoreError::Conflict)) => {
                let mut work = self.store.begin().await?;
                let live = work.sessions().find(session_id).await?.ok_or(RefreshError::Unknown)?;
                let family = work.refresh_tokens().find(session_id).await?.ok_or(RefreshError::Unknown)?;
                self.exchange(actor, &presented, asked, (live, family), Some(work)).await
            }
            answer => answer,
        }
    }

    /// Decides on what was found, and writes it down: in the unit of work in which it was found, or in one of its own.
    async fn exchange(
        &self,
        actor: &Actor,
        presented: &Presented,
        asked: Option<Scopes>,
        (LiveSession { session, standing }, family): (LiveSession, Family),
        work: Option<Box<dyn UnitOfWork>>,
    ) -> Result<Carried, RefreshError> {
        let now = self.ids.now();
        let verdict = family.present(presented, self.settings.refresh_grace, now);
        match verdict {
            Rotation::Refused => return Err(RefreshError::Unknown),
            Rotation::Reused => {
                let work = self.begun(work).await?;
                return Err(self.end_reused(actor, work, &session, now).await?);
            }
            Rotation::Proceed(_) | Rotation::Forgiven => {}
        }
        let standing = standing.at(now);
        let lifetimes = self.settings.lifetimes(session.channel);
        if session.is_over(now, lifetimes) || standing.status != Status::Active {
            return Err(RefreshError::Expired);
        }
        let scopes = effective(session.scopes, standing.role);
        if asked.is_some_and(|asked| !asked.is_within(scopes)) {
            return Err(RefreshError::InvalidScope);
        }
        match verdict {
            Rotation::Proceed(next) => {
                let scopes = asked.unwrap_or(scopes);
                self.rotate(actor, work, (&session, standing), (&family, next, presented, scopes), now).await
            }
            // Another question than the one whose answer was lost.
            _ if asked.is_some_and(|asked| asked != family.scopes) => Err(RefreshError::InvalidScope),
            _ => self.repeat(&session, standing, &family, presented),
        }
    }

    /// What was looked at again in, or one of its own: others are told what they find done by it, so it shares no commit.
    async fn begun(&self, work: Option<Box<dyn UnitOfWork>>) -> Result<Box<dyn UnitOfWork>, StoreError> {
        match work {
            Some(work) => Ok(work),
            None => self.store.begin().await,
        }
    }

    async fn rotate(
        &self,
        actor: &Actor,
        work: Option<Box<dyn UnitOfWork>>,
        (session, standing): (&Session, Standing),
        (before, next, presented, scopes): (&Family, Generation, &Presented, Scopes),
        now: Timestamp,
    ) -> Result<Carried, RefreshError> {
        let successor = self.opaque_tokens.refresh(session.id, next, Some(&presented.digest));
        let after = before.rotated(next, successor.digest, presented, scopes, now);
        let grant = self.grant(session, standing, &after, successor.token)?;
        let used_at = session.is_due(now).then_some(now);
        let event = self.event(actor, EventKind::SessionRefreshed, session, now);
        let Some(mut work) = work else {
            self.store.exchange(Exchange { before: before.clone(), after, used_at, event }).await?;
            return Ok(Carried::Rotated(grant));
        };
        work.refresh_tokens().rotate(before, &after).await?;
        if let Some(used_at) = used_at {
            work.sessions().record_use(session.id, used_at).await?;
        }
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(Carried::Rotated(grant))
    }

    /// The answer that was given when this family came to its present generation. Nothing is written: nothing changes.
    fn repeat(
        &self,
        session: &Session,
        standing: Standing,
        family: &Family,
        presented: &Presented,
    ) -> Result<Carried, RefreshError> {
        let again = self.opaque_tokens.refresh(session.id, family.generation, Some(&presented.digest));
        if again.digest != family.digest {
            return Err(RefreshError::Unknown);
        }
        Ok(Carried::Forgiven(self.grant(session, standing, family, again.token)?))
    }

    /// Ends a session whose token came a second time, and leaves word for its owner.
    async fn end_reused(
        &self,
        actor: &Actor,
        mut work: Box<dyn UnitOfWork>,
        session: &Session,
        now: Timestamp,
    ) -> Result<RefreshError, StoreError> {
        if !work.sessions().end(session.id).await? {
            // Somebody else has just ended it, and said so.
            return Ok(RefreshError::Unknown);
        }
        let kind = NoticeKind::RefreshTokenReused;
        let notice = Notice { id: self.ids.notice(now), user_id: session.user_id, kind, at: now };
        work.notices().insert(&notice).await?;
        self.record(actor, work.as_mut(), EventKind::RefreshTokenReused, session, now).await?;
        work.commit().await?;
        Ok(RefreshError::Reused)
    }
}
