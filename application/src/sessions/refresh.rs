use super::log_in::invalid_scope;
use super::{Grant, SessionService};
use crate::actor::Actor;
use crate::fault::{Describe, Fault, FaultKind};
use crate::store::StoreError;
use crate::tokens::{KeyError, PresentedRefresh};
use domain::access::{Scopes, effective};
use domain::audit::EventKind;
use domain::sessions::Rotation;
use domain::users::Status;

/// Why a refresh token gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// It was never issued, has been used, or its session is over (RFC 6749, section 5.2: `invalid_grant`).
    #[error("the refresh token does not work")]
    InvalidGrant,
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

impl Describe for RefreshError {
    fn fault(&self) -> Fault {
        match self {
            Self::InvalidGrant => Fault::new(
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

impl SessionService {
    /// Carries a session on: the token presented stops working, and its successor comes back with an access token.
    ///
    /// A token that has been used before ends its session (RFC 9700, section 4.14.2). Without `asked` the access
    /// token carries what the session was granted.
    pub async fn refresh(
        &self,
        actor: &Actor,
        token: &str,
        asked: Option<Scopes>,
    ) -> Result<Grant, RefreshError> {
        let presented = self.opaque_tokens.read_refresh(token).ok_or(RefreshError::InvalidGrant)?;
        match self.rotate(actor, &presented, asked).await {
            // Somebody presented the same token at the same moment and was first. Seen once more, it is a used one.
            Err(RefreshError::Store(StoreError::Conflict)) => self.rotate(actor, &presented, asked).await,
            answer => answer,
        }
    }

    async fn rotate(
        &self,
        actor: &Actor,
        presented: &PresentedRefresh,
        asked: Option<Scopes>,
    ) -> Result<Grant, RefreshError> {
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        let live = work.sessions().find(presented.session_id).await?.ok_or(RefreshError::InvalidGrant)?;
        let before =
            work.refresh_tokens().find(presented.session_id).await?.ok_or(RefreshError::InvalidGrant)?;
        let session = &live.session;
        let next = match before.present(presented.generation, &presented.digest) {
            Rotation::Refused => return Err(RefreshError::InvalidGrant),
            Rotation::Reused => {
                work.sessions().end(session.id).await?;
                self.record(actor, work.as_mut(), EventKind::RefreshTokenReused, session, now).await?;
                work.commit().await?;
                return Err(RefreshError::InvalidGrant);
            }
            Rotation::Proceed(next) => next,
        };
        let lifetimes = self.settings.lifetimes(session.channel);
        if session.is_over(now, lifetimes) || live.status != Status::Active {
            return Err(RefreshError::InvalidGrant);
        }
        let scopes = match asked {
            Some(asked) if !asked.is_within(effective(session.scopes, live.role)) => {
                return Err(RefreshError::InvalidScope);
            }
            Some(asked) => asked,
            None => session.scopes,
        };
        let successor = self.opaque_tokens.refresh(session.id, next);
        let grant = self.grant(session, live.role, scopes, successor.token, now)?;
        work.refresh_tokens().rotate(&before, &before.rotated(next, successor.digest, now)).await?;
        if session.is_due(now) {
            work.sessions().record_use(session.id, now).await?;
        }
        self.record(actor, work.as_mut(), EventKind::SessionRefreshed, session, now).await?;
        work.commit().await?;
        Ok(grant)
    }
}
