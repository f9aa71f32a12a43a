//! How a session is read: alone, or together with what decides whether it may still be used.

use crate::error::unreadable;
use crate::statement::{Beside, record};
use crate::users::row::{role_and_status, role_end};
use application::store::{LiveSession, StoreError};
use domain::Timestamp;
use domain::access::Scopes;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Channel, DeviceName, Method, Session, TokenDigest};
use domain::users::Standing;
use std::net::IpAddr;
use uuid::Uuid;

/// The columns of [`SessionRow`], of a table called `s`.
macro_rules! session_columns {
    () => {
        "s.id, s.user_id, s.channel, s.method, s.device_name, s.address, s.scopes, s.cookie_digest, s.created_at, \
         s.last_used_at"
    };
}

pub(crate) use session_columns;

record! {
    /// A session.
    SessionRow {
        id: Uuid,
        user_id: Uuid,
        channel: String,
        method: String,
        device_name: Option<String>,
        address: Option<String>,
        scopes: String,
        cookie_digest: Option<Vec<u8>>,
        created_at: i64,
        last_used_at: i64,
    }
}

record! {
    /// How the owner of a session stands.
    StandingRow {
        role: String,
        role_until: Option<i64>,
        role_after: Option<String>,
        status: String,
        suspended_until: Option<i64>,
    }
}

pub(crate) type LiveRow = Beside<SessionRow, StandingRow>;

impl SessionRow {
    pub(crate) fn into_domain(self) -> Result<Session, StoreError> {
        let id = SessionId::from_uuid(self.id);
        let unreadable = |column| unreadable("sessions", id, column);
        let device_name = self.device_name.as_deref().map(DeviceName::parse).transpose();
        let address = self.address.as_deref().map(str::parse::<IpAddr>).transpose();
        let cookie_digest = self.cookie_digest.map(digest).transpose();
        Ok(Session {
            id,
            user_id: UserId::from_uuid(self.user_id),
            channel: Channel::from_name(&self.channel).ok_or_else(|| unreadable("channel"))?,
            method: Method::from_name(&self.method).ok_or_else(|| unreadable("method"))?,
            device_name: device_name.map_err(|_| unreadable("device_name"))?,
            address: address.map_err(|_| unreadable("address"))?,
            scopes: Scopes::parse(&self.scopes).ok_or_else(|| unreadable("scopes"))?,
            cookie_digest: cookie_digest.map_err(|_| unreadable("cookie_digest"))?,
            created_at: Timestamp::from_micros(self.created_at),
            last_used_at: Timestamp::from_micros(self.last_used_at),
        })
    }
}

impl LiveRow {
    pub(crate) fn into_domain(self) -> Result<LiveSession, StoreError> {
        let Self(session, owner) = self;
        let session = session.into_domain()?;
        let (role, status) = role_and_status("users", session.user_id, &owner.role, &owner.status)?;
        let role_end = role_end(owner.role_until, owner.role_after.as_deref())
            .map_err(|()| unreadable("users", session.user_id, "role_after"))?;
        let suspended_until = owner.suspended_until.map(Timestamp::from_micros);
        Ok(LiveSession { session, standing: Standing { role, role_end, status, suspended_until } })
    }
}

/// Reads a digest; its length says whether it is one.
pub(crate) fn digest(bytes: Vec<u8>) -> Result<TokenDigest, Vec<u8>> {
    bytes.try_into().map(TokenDigest::new)
}
