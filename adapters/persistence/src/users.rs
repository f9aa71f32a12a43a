//! Accounts and their passwords.

use crate::error::unreadable;
use crate::personal_data::{PersonRow, parsed};
use crate::statement::{Beside, record};
use crate::store::{SqlStore, SqlWork};
use application::store::{Account, Saved, StoreError, UserDirectory, UserRepository};
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::Role;
use domain::ids::UserId;
use domain::users::{
    AvatarUrl, EmailAddress, Locale, LoginName, PasswordHash, Preferences, Profile, Status, Theme, User,
    Username,
};
use uuid::Uuid;

macro_rules! account {
    ($condition:literal) => {
        concat!(
            "SELECT u.id, u.username, u.role, u.status, u.avatar_url, u.locale, u.theme, u.email_notifications, \
             u.created_at, u.updated_at, u.last_login_at, u.version, p.hash \
             FROM users u LEFT JOIN passwords p ON p.user_id = u.id WHERE ",
            $condition
        )
    };
}

macro_rules! profile {
    ($condition:literal) => {
        concat!(
            "SELECT u.id, u.username, u.role, u.status, u.avatar_url, u.locale, u.theme, u.email_notifications, \
             u.created_at, u.updated_at, u.last_login_at, u.version, \
             p.email, p.full_name, p.bio, p.location, p.website \
             FROM users u JOIN personal_data p ON p.user_id = u.id WHERE ",
            $condition
        )
    };
}

const ACCOUNT_BY_ID: &str = account!("u.id = $1");
const ACCOUNT_BY_USERNAME: &str = account!("u.username_key = $1");
const ACCOUNT_BY_EMAIL: &str = account!("u.email_key = $1");
const PROFILE: &str = profile!("u.id = $1");
const PAGE: &str = profile!("u.id > $1 ORDER BY u.id LIMIT $2");

/// Changes nothing, and takes the row's turn: what a unit of work decides from it stays true until its end.
const TAKE_TURN: &str = "UPDATE users SET version = version WHERE id = $1";

const INSERT: &str = "
    INSERT INTO users (id, username, username_key, email_key, role, status, avatar_url, locale, theme,
        email_notifications, created_at, updated_at, last_login_at, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    ON CONFLICT DO NOTHING";

const UPDATE: &str = "
    UPDATE users SET username = $3, username_key = $4, email_key = $5, role = $6, status = $7, avatar_url = $8,
        locale = $9, theme = $10, email_notifications = $11, updated_at = $12, version = version + 1
    WHERE id = $1 AND version = $2
        AND NOT EXISTS (SELECT 1 FROM users other WHERE other.username_key = $4 AND other.id <> $1)
        AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email_key = $5 AND other.id <> $1)";

const TAKEN: &str = "
    SELECT EXISTS (SELECT 1 FROM users WHERE username_key = $1 AND id <> $3) AS username,
        EXISTS (SELECT 1 FROM users WHERE email_key = $2 AND id <> $3) AS email";

const SET_PASSWORD: &str = "
    INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3)
    ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";

const RECORD_LOG_IN: &str = "
    UPDATE users SET last_login_at = $2 WHERE id = $1 AND (last_login_at IS NULL OR last_login_at < $2)";

// Counts, tokens, sessions, user: everybody takes these rows in the same order.
const DELETE_ATTEMPTS: &str = "DELETE FROM log_in_attempts WHERE owner = $1";
const DELETE_REFRESH_TOKENS: &str =
    "DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1)";
const DELETE_SESSIONS: &str = "DELETE FROM sessions WHERE user_id = $1";
const DELETE: &str = "DELETE FROM users WHERE id = $1";

// The role is spelt out, so that the index of the few administrators answers it.
const HAS_ADMINISTRATOR_BESIDES: &str = "
    SELECT EXISTS (SELECT 1 FROM users WHERE role = 'admin' AND status = 'active' AND id <> $1) AS present";

record! {
    /// An account.
    UserRow {
        id: Uuid,
        username: String,
        role: String,
        status: String,
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

record! {
    /// Which of two keys somebody else has.
    TakenRow { username: bool, email: bool }
}

record! {
    /// Whether there is such a row.
    PresenceRow { present: bool }
}

type AccountRow = Beside<UserRow, PasswordRow>;
type ProfileRow = Beside<UserRow, PersonRow>;

impl UserRow {
    fn into_domain(self) -> Result<User, StoreError> {
        let id = UserId::from_uuid(self.id);
        let unreadable = |column| unreadable("users", id, column);
        Ok(User {
            id,
            username: Username::parse(&self.username).map_err(|_| unreadable("username"))?,
            role: Role::parse(&self.role).map_err(|_| unreadable("role"))?,
            status: Status::from_name(&self.status).ok_or_else(|| unreadable("status"))?,
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
        })
    }
}

impl AccountRow {
    fn into_domain(self) -> Result<Account, StoreError> {
        let Self(user, password) = self;
        Ok(Account { user: user.into_domain()?, password_hash: password.hash.map(PasswordHash::new) })
    }
}

impl ProfileRow {
    fn into_domain(self) -> Result<Profile, StoreError> {
        let Self(user, person) = self;
        let user = user.into_domain()?;
        Ok(Profile { personal: person.into_domain(user.id)?, user })
    }
}

impl SqlWork {
    /// Says which key kept an account from being stored; neither means that somebody else was at work.
    async fn taken(&mut self, user: &User, email: &EmailAddress) -> Result<Saved, StoreError> {
        let taken = self.statement(TAKEN).bind(user.username.key()).bind(email.canonical());
        match taken.bind(user.id.as_uuid()).one().await? {
            TakenRow { username: true, .. } => Ok(Saved::UsernameTaken),
            TakenRow { email: true, .. } => Ok(Saved::EmailTaken),
            TakenRow { .. } => Err(StoreError::Conflict),
        }
    }
}

#[async_trait]
impl UserRepository for SqlWork {
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        if self.statement(TAKE_TURN).bind(id.as_uuid()).execute().await? == 0 {
            return Ok(None);
        }
        let row: Option<AccountRow> = self.statement(ACCOUNT_BY_ID).bind(id.as_uuid()).optional().await?;
        row.map(AccountRow::into_domain).transpose()
    }

    async fn insert(
        &mut self,
        user: &User,
        email: &EmailAddress,
        password_hash: &PasswordHash,
    ) -> Result<Saved, StoreError> {
        let insert = self
            .statement(INSERT)
            .bind(user.id.as_uuid())
            .bind(user.username.as_str())
            .bind(user.username.key())
            .bind(email.canonical())
            .bind(user.role.name())
            .bind(user.status.name())
            .bind(user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str))
            .bind(user.preferences.locale.name())
            .bind(user.preferences.theme.name())
            .bind(user.preferences.email_notifications)
            .bind(user.created_at.as_micros())
            .bind(user.updated_at.as_micros())
            .bind(user.last_login_at.map(Timestamp::as_micros))
            .bind(user.version);
        if insert.execute().await? == 0 {
            return self.taken(user, email).await;
        }
        self.set_password(user.id, password_hash, user.created_at).await?;
        Ok(Saved::Yes)
    }

    async fn update(&mut self, user: &User, email: &EmailAddress) -> Result<Saved, StoreError> {
        let update = self
            .statement(UPDATE)
            .bind(user.id.as_uuid())
            .bind(user.version)
            .bind(user.username.as_str())
            .bind(user.username.key())
            .bind(email.canonical())
            .bind(user.role.name())
            .bind(user.status.name())
            .bind(user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str))
            .bind(user.preferences.locale.name())
            .bind(user.preferences.theme.name())
            .bind(user.preferences.email_notifications)
            .bind(user.updated_at.as_micros());
        if update.execute().await? == 0 { self.taken(user, email).await } else { Ok(Saved::Yes) }
    }

    async fn set_password(
        &mut self,
        id: UserId,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let set = self
            .statement(SET_PASSWORD)
            .bind(id.as_uuid())
            .bind(password_hash.as_str())
            .bind(now.as_micros());
        set.execute().await.map(drop)
    }

    async fn record_log_in(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError> {
        self.statement(RECORD_LOG_IN).bind(id.as_uuid()).bind(now.as_micros()).execute().await.map(drop)
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        for sql in [DELETE_ATTEMPTS, DELETE_REFRESH_TOKENS, DELETE_SESSIONS] {
            self.statement(sql).bind(id.as_uuid()).execute().await?;
        }
        Ok(self.statement(DELETE).bind(id.as_uuid()).execute().await? > 0)
    }

    async fn has_administrator_besides(&mut self, id: UserId) -> Result<bool, StoreError> {
        let PresenceRow { present } =
            self.statement(HAS_ADMINISTRATOR_BESIDES).bind(id.as_uuid()).one().await?;
        Ok(present)
    }
}

#[async_trait]
impl UserDirectory for SqlStore {
    async fn profile(&self, id: UserId) -> Result<Option<Profile>, StoreError> {
        let row: Option<ProfileRow> = self.engine.optional(PROFILE, |s| s.bind(id.as_uuid())).await?;
        row.map(ProfileRow::into_domain).transpose()
    }

    async fn account(&self, login: &LoginName) -> Result<Option<Account>, StoreError> {
        let sql = match login {
            LoginName::Username(_) => ACCOUNT_BY_USERNAME,
            LoginName::Email(_) => ACCOUNT_BY_EMAIL,
            LoginName::Impossible(_) => return Ok(None),
        };
        let row: Option<AccountRow> = self.engine.optional(sql, |s| s.bind(login.key())).await?;
        row.map(AccountRow::into_domain).transpose()
    }

    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let row: Option<AccountRow> = self.engine.optional(ACCOUNT_BY_ID, |s| s.bind(id.as_uuid())).await?;
        row.map(AccountRow::into_domain).transpose()
    }

    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<Profile>, StoreError> {
        // Every identifier comes after the nil one (RFC 9562, section 5.9).
        let after = after.map_or(Uuid::nil(), UserId::as_uuid);
        let rows: Vec<ProfileRow> = self.engine.all(PAGE, |s| s.bind(after).bind(i64::from(limit))).await?;
        rows.into_iter().map(ProfileRow::into_domain).collect()
    }
}
