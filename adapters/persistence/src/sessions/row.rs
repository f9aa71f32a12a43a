//! How a session is read: alone, or together with what decides whether it may still be used.

use crate::alarm;
use crate::error::unreadable;
use crate::keys::KeyRow;
use crate::statement::{Beside, record};
use crate::users::row::{UserRow, role_and_status, role_end};
use application::sealing::{Place, Seal};
use application::store::{LiveSession, StoreError};
use domain::Timestamp;
use domain::access::Scopes;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Channel, Device, DeviceName, Method, Session, TokenDigest};
use domain::users::Standing;
use std::net::IpAddr;
use uuid::Uuid;

/// The columns of [`SessionRow`], of a table called `s`.
macro_rules! session_columns {
    () => {
        "s.id, s.user_id, s.channel, s.method, s.scopes, s.cookie_digest, s.created_at, s.last_used_at"
    };
}

/// The columns of [`LiveRow`]: the same, and how the owner stands, of a table called `u`.
macro_rules! live_columns {
    () => {
        concat!(
            $crate::sessions::row::session_columns!(),
            ", u.role, u.role_until, u.role_after, u.status, u.suspended_until"
        )
    };
}

/// Sessions with their owners, under the names that the columns above use.
macro_rules! live_sessions {
    () => {
        "sessions s JOIN users u ON u.id = s.user_id"
    };
}

/// The same with the keys of the owners, of a table called `k`.
macro_rules! live_sessions_and_keys {
    () => {
        concat!($crate::sessions::row::live_sessions!(), " JOIN data_keys k ON k.user_id = s.user_id")
    };
}

pub(crate) use {live_columns, live_sessions, live_sessions_and_keys, session_columns};

record! {
    /// A session.
    SessionRow {
        id: Uuid,
        user_id: Uuid,
        channel: String,
        method: String,
        scopes: String,
        cookie_digest: Option<Vec<u8>>,
        created_at: i64,
        last_used_at: i64,
    }
}

record! {
    /// On what and from where it was begun.
    DeviceRow {
        sealed_device_name: Option<Vec<u8>>,
        sealed_address: Option<Vec<u8>>,
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

/// A session with its device, and the key of whose it is.
pub(crate) type BegunRow = Beside<SessionRow, Beside<DeviceRow, KeyRow>>;
pub(crate) type LiveRow = Beside<SessionRow, StandingRow>;

const fn place(owner: UserId, id: SessionId, field: &'static str) -> Place {
    Place { purpose: "session", owner: Some(owner), record: id.as_uuid().into_bytes(), field }
}

const DEVICE_NAME: &str = "device_name";
const ADDRESS: &str = "address";

/// What of a session says something of its owner, sealed under the owner's key.
pub(crate) struct SealedOrigin {
    pub(crate) device_name: Option<Vec<u8>>,
    pub(crate) address: Option<Vec<u8>>,
}

impl SealedOrigin {
    pub(crate) fn new(
        key: &dyn Seal,
        owner: UserId,
        id: SessionId,
        device_name: Option<&str>,
        address: Option<&str>,
    ) -> Self {
        let seal = |field, text: &str| key.seal(&place(owner, id, field), text.as_bytes());
        Self {
            device_name: device_name.map(|text| seal(DEVICE_NAME, text)),
            address: address.map(|text| seal(ADDRESS, text)),
        }
    }
}

impl SessionRow {
    pub(crate) const fn owner(&self) -> UserId {
        UserId::from_uuid(self.user_id)
    }

    pub(crate) fn into_domain(self) -> Result<Session, StoreError> {
        let id = SessionId::from_uuid(self.id);
        let unreadable = |column| unreadable("sessions", id, column);
        Ok(Session {
            id,
            user_id: self.owner(),
            channel: Channel::from_name(&self.channel).ok_or_else(|| unreadable("channel"))?,
            method: Method::from_name(&self.method).ok_or_else(|| unreadable("method"))?,
            scopes: Scopes::parse(&self.scopes).ok_or_else(|| unreadable("scopes"))?,
            cookie_digest: self
                .cookie_digest
                .map(digest)
                .transpose()
                .map_err(|_| unreadable("cookie_digest"))?,
            created_at: Timestamp::from_micros(self.created_at),
            last_used_at: Timestamp::from_micros(self.last_used_at),
        })
    }
}

impl DeviceRow {
    /// The device, as far as it opens.
    pub(crate) fn open(&self, key: &dyn Seal, session: &Session) -> Device {
        let place = |field| place(session.user_id, session.id, field);
        Device {
            name: opened(key, &place(DEVICE_NAME), self.sealed_device_name.as_deref(), DeviceName::parse),
            address: opened(key, &place(ADDRESS), self.sealed_address.as_deref(), str::parse::<IpAddr>),
        }
    }
}

impl LiveRow {
    pub(crate) fn into_domain(self) -> Result<LiveSession, StoreError> {
        let Self(session, standing) = self;
        let standing = standing.into_domain(session.owner())?;
        Ok(LiveSession { session: session.into_domain()?, standing })
    }
}

/// What was sealed for a place, if there is something and it opens; that it does not is an alarm.
fn opened<T, E>(
    key: &dyn Seal,
    place: &Place,
    sealed: Option<&[u8]>,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Option<T> {
    let sealed = sealed?;
    let text = key.open(place, sealed).and_then(|text| String::from_utf8(text).ok());
    let value = text.and_then(|text| parse(&text).ok());
    if value.is_none() {
        alarm::unreadable("sessions", Uuid::from_bytes(place.record));
    }
    value
}

impl StandingRow {
    /// What of an account says it, whatever else of it can be read.
    pub(crate) fn of(user: &UserRow) -> Self {
        Self {
            role: user.role.clone(),
            role_until: user.role_until,
            role_after: user.role_after.clone(),
            status: user.status.clone(),
            suspended_until: user.suspended_until,
        }
    }

    pub(crate) fn into_domain(self, owner: UserId) -> Result<Standing, StoreError> {
        let (role, status) = role_and_status("users", owner, &self.role, &self.status)?;
        let role_end = role_end(self.role_until, self.role_after.as_deref())
            .map_err(|()| unreadable("users", owner, "role_after"))?;
        let suspended_until = self.suspended_until.map(Timestamp::from_micros);
        Ok(Standing { role, role_end, status, suspended_until })
    }
}

/// Reads a digest; its length says whether it is one.
pub(crate) fn digest(bytes: Vec<u8>) -> Result<TokenDigest, Vec<u8>> {
    bytes.try_into().map(TokenDigest::new)
}
