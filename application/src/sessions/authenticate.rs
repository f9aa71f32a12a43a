use super::SessionService;
use crate::actor::{Actor, Identity, Member, Origin, Refusal};
use crate::fault::{Describe, Fault, FaultKind};
use crate::store::{LiveSession, StoreError};
use domain::Timestamp;
use domain::access::{Scopes, effective};
use domain::ids::SessionId;
use domain::sessions::Channel;
use domain::users::Status;

/// Why nobody is known by what they brought.
#[derive(Debug, thiserror::Error)]
pub enum AuthenticateError {
    /// The token or cookie is not one of ours, is over, or its session is.
    #[error("the token does not work")]
    Invalid,
    /// The store failed, so nothing can be said about it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for AuthenticateError {
    fn fault(&self) -> Fault {
        match self {
            Self::Invalid => Fault::new(
                FaultKind::Unauthenticated,
                "invalid-token",
                "The access token is not valid, or no longer. Log in or refresh to get another one.",
            ),
            Self::Store(error) => error.fault(),
        }
    }
}

impl SessionService {
    /// Says who brings that access token (RFC 6750, section 2.1).
    ///
    /// One read decides whether the session still stands and what its owner may do now, so that logging out, a
    /// suspension or another role is felt on the very next request.
    pub async fn authenticate(&self, origin: Origin, token: &str) -> Result<Actor, AuthenticateError> {
        let now = self.ids.now();
        let claims = self.access_tokens.verify(token, now).ok_or(AuthenticateError::Invalid)?;
        let live = self.live(claims.session_id, Channel::Api, now).await?;
        if live.session.user_id != claims.user_id {
            return Err(AuthenticateError::Invalid);
        }
        self.uses.note(&live.session, now);
        Ok(member(origin, &live, claims.scopes))
    }

    /// Says who brings that session cookie.
    pub async fn authenticate_cookie(
        &self,
        origin: Origin,
        cookie: &str,
    ) -> Result<Actor, AuthenticateError> {
        let now = self.ids.now();
        let presented = self.opaque_tokens.read_cookie(cookie).ok_or(AuthenticateError::Invalid)?;
        let live = self.live(presented.session_id, Channel::Web, now).await?;
        if live.session.cookie_digest != Some(presented.digest) {
            return Err(AuthenticateError::Invalid);
        }
        self.uses.note(&live.session, now);
        Ok(member(origin, &live, live.session.scopes))
    }

    async fn live(
        &self,
        id: SessionId,
        channel: Channel,
        now: Timestamp,
    ) -> Result<LiveSession, AuthenticateError> {
        let live = self.sessions.find(id).await?.ok_or(AuthenticateError::Invalid)?;
        let over = live.session.is_over(now, self.settings.lifetimes(channel));
        if over || live.session.channel != channel || live.status != Status::Active {
            return Err(AuthenticateError::Invalid);
        }
        Ok(live)
    }
}

fn member(origin: Origin, live: &LiveSession, granted: Scopes) -> Actor {
    let LiveSession { session, role, .. } = live;
    let scopes = effective(granted, *role);
    let member = Member {
        user_id: session.user_id,
        session_id: session.id,
        channel: session.channel,
        role: *role,
        scopes,
    };
    Actor { identity: Identity::Member(member), origin }
}

impl From<AuthenticateError> for Refusal {
    /// For those who only want to know whether somebody is logged in.
    fn from(_: AuthenticateError) -> Self {
        Self::NotLoggedIn
    }
}
