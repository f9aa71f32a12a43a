//! How an account is read: its columns, its row, and how both become a domain value.

use crate::error::unreadable;
use crate::keys::KeyRow;
use crate::statement::{Beside, record};
use application::store::{Account, StoreError};
use domain::Timestamp;
use domain::access::Role;
use domain::ids::UserId;
use domain::users::{
    AvatarUrl, Justification, Locale, PasswordHash, Preferences, RoleEnd, Status, Suspension, Theme, User,
    Username,
};
use domain::violation::Violation;
use std::fmt::Display;
use uuid::Uuid;

/// The columns of [`UserRow`], of a table called `u`.
macro_rules! user_columns {
    () => {
        "u.id, u.username, u.role, u.role_until, u.role_after, u.status, u.suspended_at, u.suspended_until, \
         u.suspension_reason, u.avatar_url, u.locale, u.theme, u.email_notifications, u.created_at, \
         u.updated_at, u.last_login_at, u.version"
    };
}

/// The accounts that meet a condition, each with its password and the key of its data.
macro_rules! account {
    ($condition:literal) => {
        concat!(
            "SELECT ",
            $crate::users::row::user_columns!(),
            ", p.hash, ",
            $crate::keys::key_columns!(),
            " FROM users u JOIN data_keys k ON k.user_id = u.id LEFT JOIN passwords p ON p.user_id = u.id WHERE ",
            $condition
        )
    };
}

/// The accounts that `$source` names `u`, each with the key of its person and where that stands in the vault.
macro_rules! profiles {
    ($source:expr, $rest:expr) => {
        concat!(
            "SELECT ",
            $crate::users::row::user_columns!(),
            ", ",
            $crate::keys::key_columns!(),
            " FROM ",
            $source,
            " JOIN data_keys k ON k.user_id = u.id ",
            $rest
        )
    };
}

pub(crate) use {account, profiles, user_columns};

record! {
    /// An account.
    UserRow {
        id: Uuid,
        username: String,
        role: String,
        role_until: Option<i64>,
        role_after: Option<String>,
        status: String,
        suspended_at: Option<i64>,
        suspended_until: Option<i64>,
        suspension_reason: Option<String>,
        avatar_url: Option<String>,
        locale: String,
        theme: String,
        email_notifications: bool,
        created_at: i64,
        updated_at: i64,
        last_login_at: Option<i64>,
        version: i64,
    }
}

record! {
    /// A password, where there is one.
    PasswordRow { hash: Option<String> }
}

pub(crate) type AccountRow = Beside<UserRow, Beside<PasswordRow, KeyRow>>;
pub(crate) type KeylessRow = Beside<UserRow, PasswordRow>;
pub(crate) type ProfileRow = Beside<UserRow, KeyRow>;

impl UserRow {
    pub(crate) fn into_domain(self) -> Result<User, StoreError> {
        let id = UserId::from_uuid(self.id);
        let unreadable = |column| unreadable("users", id, column);
        let user = User {
            id,
            username: Username::parse(&self.username).map_err(|_| unreadable("username"))?,
            role: Role::parse(&self.role).map_err(|_| unreadable("role"))?,
            role_end: role_end(self.role_until, self.role_after.as_deref())
                .map_err(|()| unreadable("role_after"))?,
            suspension: self.suspension()?,
            preferences: Preferences {
                avatar_url: parsed(self.avatar_url.as_deref(), AvatarUrl::parse)
                    .map_err(|_| unreadable("avatar_url"))?,
                locale: Locale::parse(&self.locale).map_err(|_| unreadable("locale"))?,
                theme: Theme::parse(&self.theme).map_err(|_| unreadable("theme"))?,
                email_notifications: self.email_notifications,
            },
            created_at: Timestamp::from_micros(self.created_at),
            updated_at: Timestamp::from_micros(self.updated_at),
            last_login_at: self.last_login_at.map(Timestamp::from_micros),
            version: self.version,
        };
        // Lists go by the column, everything else by the suspension: they must say the same.
        if Status::from_name(&self.status) == Some(user.status()) {
            Ok(user)
        } else {
            Err(unreadable("status"))
        }
    }

    fn suspension(&self) -> Result<Option<Suspension>, StoreError> {
        let Some(since) = self.suspended_at.map(Timestamp::from_micros) else { return Ok(None) };
        let reason = self.suspension_reason.as_deref().map(Justification::parse);
        let Some(Ok(reason)) = reason else {
            return Err(unreadable("users", UserId::from_uuid(self.id), "suspension_reason"));
        };
        Ok(Some(Suspension { reason, since, until: self.suspended_until.map(Timestamp::from_micros) }))
    }
}

/// Reads when a role ends and what follows it; the two stand together or not at all.
pub(crate) fn role_end(until: Option<i64>, after: Option<&str>) -> Result<Option<RoleEnd>, ()> {
    match (until, after.map(Role::parse)) {
        (None, None) => Ok(None),
        (Some(at), Some(Ok(then))) => Ok(Some(RoleEnd { at: Timestamp::from_micros(at), then })),
        _ => Err(()),
    }
}

/// Reads the two columns by which accounts are counted and filtered.
pub(crate) fn role_and_status(
    table: &str,
    id: impl Display + Copy,
    role: &str,
    status: &str,
) -> Result<(Role, Status), StoreError> {
    let role = Role::parse(role).map_err(|_| unreadable(table, id, "role"))?;
    Ok((role, Status::from_name(status).ok_or_else(|| unreadable(table, id, "status"))?))
}

impl AccountRow {
    /// The account, and the key that was read beside it.
    pub(crate) fn into_domain(self) -> Result<(Account, KeyRow), StoreError> {
        let Self(user, Beside(password, key)) = self;
        Ok((Beside(user, password).into_domain()?, key))
    }
}

impl KeylessRow {
    /// The account by itself.
    pub(crate) fn into_domain(self) -> Result<Account, StoreError> {
        let Self(user, password) = self;
        let password_hash = password.hash.map(PasswordHash::new);
        Ok(Account { user: user.into_domain()?, password_hash })
    }
}

/// Reads a value that may be missing.
pub(crate) fn parsed<T>(
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Violation>,
) -> Result<Option<T>, Violation> {
    text.map(parse).transpose()
}
