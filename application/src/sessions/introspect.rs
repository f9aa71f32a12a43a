use super::{EndError, SessionService};
use crate::actor::Actor;
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes, effective};
use domain::ids::{SessionId, UserId};
use domain::sessions::{Channel, Generation};
use domain::users::{Status, Username};

/// Which of the two kinds of token it is (RFC 7009, section 2.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// It opens the API.
    Access,
    /// It gets the next pair.
    Refresh,
}

/// What a token that works says, and what it is worth at this moment (RFC 7662, section 2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Introspection {
    /// Which kind it is.
    pub kind: TokenKind,
    /// `sub`.
    pub user_id: UserId,
    /// `username`.
    pub username: Username,
    /// `sid`.
    pub session_id: SessionId,
    /// With the session, what makes its `jti`.
    pub generation: Generation,
    /// `scope`: what it may be used for now.
    pub scopes: Scopes,
    /// The owner's role now.
    pub role: Role,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`: when it ends if nothing is done with it.
    pub expires_at: Timestamp,
}

/// What a token says of itself, before it is known whether it works.
struct Claimed {
    kind: TokenKind,
    session_id: SessionId,
    generation: Generation,
    scopes: Option<Scopes>,
    issued_at: Timestamp,
    expires_at: Option<Timestamp>,
}

impl SessionService {
    /// Says what a token is worth at this moment; `None` when it does not work, for whatever reason.
    pub async fn introspect(&self, actor: &Actor, token: &str) -> Result<Option<Introspection>, EndError> {
        actor.require(Scope::AdminRead)?;
        let now = self.ids.now();
        let Some(claimed) = self.claimed(token, now).await? else { return Ok(None) };
        let Some(live) = self.sessions.find(claimed.session_id).await? else { return Ok(None) };
        let (session, standing) = (live.session, live.standing.at(now));
        let lifetimes = self.settings.lifetimes(session.channel);
        let usable = session.channel == Channel::Api && standing.status == Status::Active;
        if !usable || session.is_over(now, lifetimes) {
            return Ok(None);
        }
        let Some(owner) = self.users.account_of(session.user_id).await? else { return Ok(None) };
        let end = session.created_at.plus(lifetimes.absolute).min(session.last_used_at.plus(lifetimes.idle));
        Ok(Some(Introspection {
            kind: claimed.kind,
            user_id: session.user_id,
            username: owner.user.username,
            session_id: session.id,
            generation: claimed.generation,
            scopes: effective(claimed.scopes.unwrap_or(session.scopes), standing.role),
            role: standing.role,
            issued_at: claimed.issued_at,
            expires_at: claimed.expires_at.unwrap_or(end),
        }))
    }

    async fn claimed(&self, token: &str, now: Timestamp) -> Result<Option<Claimed>, EndError> {
        if let Ok(claims) = self.access_tokens.verify(token, now) {
            return Ok(Some(Claimed {
                kind: TokenKind::Access,
                session_id: claims.session_id,
                generation: claims.generation,
                scopes: Some(claims.scopes),
                issued_at: claims.issued_at,
                expires_at: Some(claims.expires_at),
            }));
        }
        let Some(read) = self.opaque_tokens.read_refresh(token) else { return Ok(None) };
        let family = self.sessions.family(read.session_id).await?;
        let live =
            family.filter(|family| family.generation == read.generation && family.digest == read.digest);
        Ok(live.map(|family| Claimed {
            kind: TokenKind::Refresh,
            session_id: family.session_id,
            generation: family.generation,
            scopes: None,
            issued_at: family.issued_at,
            expires_at: None,
        }))
    }
}
