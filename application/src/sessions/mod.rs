//! Sessions: logging in, staying logged in, and logging out.

mod authenticate;
mod log_in;
mod log_out;
mod refresh;
mod sweep;
mod uses;

pub use authenticate::AuthenticateError;
pub use log_in::{LogInError, WebSession};
pub use log_out::EndError;
pub use refresh::RefreshError;

use crate::Ids;
use crate::hashing::PasswordHasher;
use crate::store::{SessionDirectory, Store, UserDirectory};
use crate::tokens::{AccessClaims, AccessTokens, KeyError, OpaqueTokens};
use crate::users::PasswordCheck;
use domain::Timestamp;
use domain::access::{Role, Scopes, effective};
use domain::ids::SessionId;
use domain::sessions::{Channel, Lifetimes, Session, Token};
use std::sync::Arc;
use std::time::Duration;
use uses::Uses;

/// How long everything lasts that a log-in gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionSettings {
    /// An access token.
    pub access_token: Duration,
    /// A session that tokens carry.
    pub api: Lifetimes,
    /// A session that a cookie carries.
    pub web: Lifetimes,
}

impl SessionSettings {
    /// How long a session of that channel lasts.
    #[must_use]
    pub const fn lifetimes(&self, channel: Channel) -> Lifetimes {
        match channel {
            Channel::Api => self.api,
            Channel::Web => self.web,
        }
    }
}

impl Default for SessionSettings {
    /// Ten minutes; 14 days idle and 30 in all for tokens; an hour idle and a day in all for a browser.
    fn default() -> Self {
        Self {
            access_token: Duration::from_mins(10),
            api: Lifetimes { idle: Duration::from_hours(14 * 24), absolute: Duration::from_hours(30 * 24) },
            web: Lifetimes { idle: Duration::from_hours(1), absolute: Duration::from_hours(24) },
        }
    }
}

/// The tokens that a log-in or a refresh gives to an application (RFC 6749, section 5.1).
#[derive(Clone, Debug)]
pub struct Grant {
    /// Opens the API until it expires.
    pub access_token: Token,
    /// How long the access token lasts.
    pub expires_in: Duration,
    /// Gets the next pair; works once.
    pub refresh_token: Token,
    /// What the access token may be used for.
    pub scopes: Scopes,
    /// The session behind both.
    pub session_id: SessionId,
}

/// What people and applications do with sessions.
pub struct SessionService {
    store: Arc<dyn Store>,
    users: Arc<dyn UserDirectory>,
    sessions: Arc<dyn SessionDirectory>,
    hasher: Arc<dyn PasswordHasher>,
    check: PasswordCheck,
    access_tokens: Arc<dyn AccessTokens>,
    opaque_tokens: Arc<dyn OpaqueTokens>,
    ids: Ids,
    settings: SessionSettings,
    uses: Uses,
}

/// The ports that sessions need.
pub struct SessionPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// Accounts.
    pub users: Arc<dyn UserDirectory>,
    /// Sessions.
    pub sessions: Arc<dyn SessionDirectory>,
    /// Renews stored passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Checks passwords.
    pub check: PasswordCheck,
    /// Signs and verifies access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// Makes and reads the other ones.
    pub opaque_tokens: Arc<dyn OpaqueTokens>,
    /// Names things.
    pub ids: Ids,
}

impl SessionService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(ports: SessionPorts, settings: SessionSettings) -> Self {
        let SessionPorts { store, users, sessions, hasher, check, access_tokens, opaque_tokens, ids } = ports;
        Self {
            store,
            users,
            sessions,
            hasher,
            check,
            access_tokens,
            opaque_tokens,
            ids,
            settings,
            uses: Uses::default(),
        }
    }

    /// Signs an access token for a session. It never outlives the session, and never says more than the role allows.
    fn grant(
        &self,
        session: &Session,
        role: Role,
        asked: Scopes,
        refresh_token: Token,
        now: Timestamp,
    ) -> Result<Grant, KeyError> {
        let end = session.created_at.plus(self.settings.lifetimes(session.channel).absolute);
        let expires_in = self.settings.access_token.min(end.since(now));
        let scopes = effective(asked, role);
        let claims = AccessClaims {
            user_id: session.user_id,
            session_id: session.id,
            scopes,
            role,
            issued_at: now,
            expires_at: now.plus(expires_in),
        };
        let access_token = self.access_tokens.sign(&claims)?;
        Ok(Grant { access_token, expires_in, refresh_token, scopes, session_id: session.id })
    }
}

#[cfg(test)]
mod tests;
