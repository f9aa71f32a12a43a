use super::SessionService;
use crate::access::Refused;
use crate::actor::{Actor, Evidence, Identity, Member, Origin, Refusal};
use crate::fault::{Describe, Fault, FaultKind};
use crate::store::{LiveSession, StoreError};
use crate::tokens::{AccessClaims, TokenFlaw};
use domain::Timestamp;
use domain::access::{Credential, Facts, Reason, Scopes, SessionState, decision};
use domain::ids::{SessionId, UserId};
use domain::sessions::Channel;
use domain::users::Standing;

/// Why nobody is known by what they brought.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// The token or cookie is not one of ours, is over, or its session is. Outside all of that is told in the same
    /// words; inside it is known which it was.
    #[error("the token does not work")]
    Refused(Box<Refused>),
    /// The store failed, so nothing can be said about it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AuthenticateError {
    /// What was brought is none of ours at a glance.
    #[must_use]
    pub fn unreadable() -> Self {
        Self::because(
            Evidence { credential: Credential::Unreadable, ..Evidence::default() },
            Reason::UnreadableCredential,
        )
    }

    fn because(evidence: Evidence, reason: Reason) -> Self {
        Self::Refused(Box::new(Refused { evidence, needed: None, reason }))
    }
}

impl Describe for AuthenticateError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refused) => Fault::new(
                FaultKind::Unauthenticated,
                "invalid-token",
                "The access token is not valid, or no longer. Log in or refresh to get another one.",
            )
            .because(refused.reason),
            Self::Store(error) => error.fault(),
        }
    }
}

/// What a credential of our own making says of itself.
struct Claimed {
    session_id: SessionId,
    /// Whose it is, where it says so.
    user_id: Option<UserId>,
    /// What it was granted; without it, what its session was.
    granted: Option<Scopes>,
}

impl SessionService {
    /// Says who brings that access token (RFC 6750, section 2.1).
    ///
    /// At most one read decides whether the session still stands and what its owner may do now, so that logging out,
    /// a suspension or another role is felt on the very next request.
    pub async fn authenticate(&self, origin: Origin, token: &str) -> Result<Actor, AuthenticateError> {
        let now = self.ids.now();
        let claims = match self.access_tokens.verify(token, now) {
            Ok(claims) => claims,
            Err(TokenFlaw::Unreadable) => return Err(AuthenticateError::unreadable()),
            Err(TokenFlaw::Expired(AccessClaims { session_id, user_id, scopes, .. })) => {
                let evidence = Evidence {
                    credential: Credential::Expired,
                    session_id: Some(session_id),
                    user_id: Some(user_id),
                    granted: scopes,
                    ..Evidence::default()
                };
                return Err(AuthenticateError::because(evidence, Reason::ExpiredCredential));
            }
        };
        let live = self.sessions.find(claims.session_id).await?;
        let live = live
            .filter(|live| live.session.channel == Channel::Api && live.session.user_id == claims.user_id);
        let AccessClaims { session_id, user_id, scopes, .. } = claims;
        let claimed = Claimed { session_id, user_id: Some(user_id), granted: Some(scopes) };
        // Only for somebody who is refused, so that it can be said why: what ended the session may be a suspension.
        let owner = match live {
            Some(_) => None,
            None => self.users.account_of(user_id).await?.map(|account| account.user.standing()),
        };
        self.admit(origin, claimed, live, owner, now)
    }

    /// Says who brings that session cookie.
    pub async fn authenticate_cookie(
        &self,
        origin: Origin,
        cookie: &str,
    ) -> Result<Actor, AuthenticateError> {
        let now = self.ids.now();
        let presented = self.opaque_tokens.read_cookie(cookie).ok_or_else(AuthenticateError::unreadable)?;
        let live = self.sessions.find(presented.session_id).await?;
        let live = live.filter(|live| {
            live.session.channel == Channel::Web && live.session.cookie_digest == Some(presented.digest)
        });
        let claimed = Claimed { session_id: presented.session_id, user_id: None, granted: None };
        self.admit(origin, claimed, live, None, now)
    }

    /// Holds what is known against the policy. `owner` is how the owner of a session stands that is gone.
    fn admit(
        &self,
        origin: Origin,
        Claimed { session_id, user_id, granted }: Claimed,
        live: Option<LiveSession>,
        owner: Option<Standing>,
        now: Timestamp,
    ) -> Result<Actor, AuthenticateError> {
        let standing = live.as_ref().map(|live| live.standing).or(owner).map(|standing| standing.at(now));
        let state = live.as_ref().zip(standing).map_or(SessionState::Gone, |(live, standing)| {
            let lifetimes = self.settings.lifetimes_of(live.session.channel, standing.role);
            if live.session.is_over(now, lifetimes) { SessionState::Over } else { SessionState::Live }
        });
        let granted = granted.or(live.as_ref().map(|live| live.session.scopes)).unwrap_or_default();
        let facts = Facts { credential: Credential::Sound, session: Some(state), standing, granted };
        let admitted = decision::admit(&facts);
        match (live, standing, admitted) {
            (Some(LiveSession { session, .. }), Some(standing), Ok(scopes)) => {
                self.uses.note(&session, now);
                let (user_id, channel, role) = (session.user_id, session.channel, standing.role);
                let role_end = standing.role_end;
                let member = Member { user_id, session_id, channel, role, role_end, granted, scopes };
                Ok(Actor { identity: Identity::Member(member), origin })
            }
            (live, _, admitted) => {
                let evidence = Evidence {
                    credential: facts.credential,
                    session_id: Some(session_id),
                    session: facts.session,
                    user_id: user_id.or(live.map(|live| live.session.user_id)),
                    status: standing.map(|standing| standing.status),
                    role: standing.map(|standing| standing.role),
                    granted,
                };
                let reason = admitted.err().unwrap_or(Reason::SessionGone);
                Err(AuthenticateError::because(evidence, reason))
            }
        }
    }
}

impl From<AuthenticateError> for Refusal {
    /// For those who only want to know whether somebody is logged in.
    fn from(_: AuthenticateError) -> Self {
        Self::NotLoggedIn
    }
}
