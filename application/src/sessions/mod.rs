//! Sessions: logging in, staying logged in, and logging out.

mod authenticate;
mod end;
mod introspect;
mod list;
mod log_in;
mod log_in_web;
mod log_out;
mod refresh;
mod revoke;
mod sweep;
mod uses;

pub use authenticate::AuthenticateError;
pub use end::EndError;
pub use introspect::{Introspection, TokenKind};
pub use log_in::LogInError;
pub use log_in_web::WebSession;
pub use refresh::RefreshError;

use crate::Ids;
use crate::actor::Actor;
use crate::hashing::PasswordHasher;
use crate::store::{SessionDirectory, Store, UserDirectory};
use crate::tokens::{AccessClaims, AccessTokens, KeyError, OpaqueTokens};
use crate::users::PasswordCheck;
use domain::access::{Role, Scopes, effective};
use domain::ids::SessionId;
use domain::sessions::{Channel, Family, Lifetimes, Session, Token, TokenDigest};
use domain::users::Standing;
use std::net::IpAddr;
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
    /// The longest that an administrator's session in a browser lasts, whatever `web` says.
    pub web_admin: Lifetimes,
    /// How long a lost answer to a refresh is forgiven; zero forgives nothing.
    pub refresh_grace: Duration,
}

impl SessionSettings {
    /// How long a session of that channel lasts at most, whoever has it.
    #[must_use]
    pub const fn lifetimes(&self, channel: Channel) -> Lifetimes {
        match channel {
            Channel::Api => self.api,
            Channel::Web => self.web,
        }
    }

    /// How long a session of that channel lasts in the hands of somebody with that role.
    #[must_use]
    pub fn lifetimes_of(&self, channel: Channel, role: Role) -> Lifetimes {
        let lifetimes = self.lifetimes(channel);
        if (channel, role) != (Channel::Web, Role::Admin) {
            return lifetimes;
        }
        Lifetimes {
            idle: lifetimes.idle.min(self.web_admin.idle),
            absolute: lifetimes.absolute.min(self.web_admin.absolute),
        }
    }
}

impl Default for SessionSettings {
    /// Ten minutes; 14 days idle and 30 in all for tokens; an hour idle and a day in all for a browser, half a day
    /// for an administrator's; ten seconds of grace.
    fn default() -> Self {
        Self {
            access_token: Duration::from_mins(10),
            api: Lifetimes { idle: Duration::from_hours(14 * 24), absolute: Duration::from_hours(30 * 24) },
            web: Lifetimes { idle: Duration::from_hours(1), absolute: Duration::from_hours(24) },
            web_admin: Lifetimes { idle: Duration::from_hours(1), absolute: Duration::from_hours(12) },
            refresh_grace: Duration::from_secs(10),
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

    /// Signs the access token that stands beside the live token of a family. It never outlives the session nor a role
    /// that was given for a time, and never says more than the role allows.
    fn grant(
        &self,
        session: &Session,
        standing: Standing,
        family: &Family,
        refresh_token: Token,
    ) -> Result<Grant, KeyError> {
        let issued_at = family.issued_at;
        let end = session.created_at.plus(self.settings.lifetimes(session.channel).absolute);
        let end = standing.role_end.map_or(end, |role| role.at.min(end));
        let expires_in = self.settings.access_token.min(end.since(issued_at));
        let scopes = effective(family.scopes, standing.role);
        let claims = AccessClaims {
            user_id: session.user_id,
            session_id: session.id,
            generation: family.generation,
            scopes,
            role: standing.role,
            issued_at,
            expires_at: issued_at.plus(expires_in),
        };
        let access_token = self.access_tokens.sign(&claims)?;
        Ok(Grant { access_token, expires_in, refresh_token, scopes, session_id: session.id })
    }

    /// What a client is known by when it comes again at once: its network (of IPv6 the first 64 bits, since devices
    /// change the rest as they like) and its program.
    fn client(&self, actor: &Actor) -> TokenDigest {
        let network = match actor.origin.address {
            Some(IpAddr::V6(address)) => (u128::from(address) >> 64).to_string(),
            Some(IpAddr::V4(address)) => address.to_string(),
            None => String::new(),
        };
        let program = actor.origin.user_agent.as_deref().unwrap_or_default();
        self.opaque_tokens.client_key(&format!("{network}\n{program}"))
    }
}

#[cfg(test)]
mod tests;
