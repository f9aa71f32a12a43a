//! Accounts and their passwords.

mod directory;
pub(crate) mod list;
pub(crate) mod row;

use crate::alarm;
use crate::recent::Touch;
use crate::sql::sql;
use crate::statement::record;
use crate::store::SqlWork;
use application::sealing::Sealing;
use application::store::{Account, Saved, StoreError, UserRepository};
use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Timestamp;
use domain::access::Role;
use domain::ids::UserId;
use domain::users::{AvatarUrl, EmailAddress, PasswordHash, RoleEnd, Status, Suspension, User};
use row::{AccountRow, KeylessRow, account, role_and_status, user_columns};
use uuid::Uuid;

sql! {
    ACCOUNT_BY_ID = account!("u.id = $1");

    /// Whoever's key was lost has nothing left that opens; but their account can be removed.
    ACCOUNT_WITHOUT_KEY = concat!(
        "SELECT ", user_columns!(), ", p.hash FROM users u LEFT JOIN passwords p ON p.user_id = u.id WHERE u.id = $1"
    );

    /// Changes nothing, and takes the row's turn: what a unit of work decides from it stays true until its end.
    TAKE_TURN = "UPDATE users SET version = version WHERE id = $1";

    INSERT = "
        INSERT INTO users (id, version, username, username_key, email_key, role, role_until, role_after, status,
            suspended_at, suspended_until, suspension_reason, avatar_url, locale, theme, email_notifications, updated_at,
            created_at, last_login_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
        ON CONFLICT DO NOTHING";

    /// What stands under a version is never changed, so what is read here is what [`UPDATE`] replaces.
    COUNTED_AS = "SELECT role, status FROM users WHERE id = $1 AND version = $2";

    UPDATE = "
        UPDATE users SET username = $3, username_key = $4, email_key = COALESCE($5, email_key), role = $6, role_until = $7, role_after = $8,
            status = $9, suspended_at = $10, suspended_until = $11, suspension_reason = $12, avatar_url = $13,
            locale = $14, theme = $15, email_notifications = $16, updated_at = $17, version = version + 1
        WHERE id = $1 AND version = $2
            AND NOT EXISTS (SELECT 1 FROM users other WHERE other.username_key = $4 AND other.id <> $1)
            AND NOT EXISTS (SELECT 1 FROM users other WHERE other.email_key = $5 AND other.id <> $1)";

    TAKEN = "
        SELECT EXISTS (SELECT 1 FROM users WHERE username_key = $1 AND id <> $3) AS username,
            EXISTS (SELECT 1 FROM users WHERE email_key = $2 AND id <> $3) AS email";

    SET_PASSWORD = "
        INSERT INTO passwords (user_id, hash, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";

    RECORD_LOG_IN = "
        UPDATE users SET last_login_at = $2 WHERE id = $1 AND (last_login_at IS NULL OR last_login_at < $2)";

    // Failed attempts, tokens, sessions, link, notices, user: everybody takes these rows in the same order.
    DELETE_ATTEMPTS = "DELETE FROM log_in_attempts WHERE owner = $1";
    DELETE_REFRESH_TOKENS =
        "DELETE FROM refresh_tokens WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1)";
    DELETE_SESSIONS = "DELETE FROM sessions WHERE user_id = $1";
    DELETE_PASSWORD_LINK = "DELETE FROM password_links WHERE user_id = $1";
    DELETE_EXPORT_TICKET = "DELETE FROM export_tickets WHERE user_id = $1";
    DELETE_NOTICES = "DELETE FROM notices WHERE user_id = $1";
    DELETE = "DELETE FROM users WHERE id = $1 RETURNING role, status";

    // The role is spelt out, so that the index of the few administrators answers it.
    HAS_ADMINISTRATOR_BESIDES = "
        SELECT EXISTS (SELECT 1 FROM users u
            WHERE u.role = 'admin' AND u.status = 'active' AND u.role_until IS NULL AND u.id <> $1
                AND EXISTS (SELECT 1 FROM passwords p WHERE p.user_id = u.id)) AS present";

    /// Each half walks the index of the few accounts that have such an end; who has both comes once.
    pub(crate) OUTDATED = "
        SELECT id FROM (SELECT id FROM users WHERE role_until <= $1 ORDER BY role_until LIMIT $2) roles
        UNION
        SELECT id FROM (SELECT id FROM users WHERE suspended_until <= $1 ORDER BY suspended_until LIMIT $2) suspensions
        LIMIT $2";
}

record! {
    /// Which of two keys somebody else has.
    TakenRow { username: bool, email: bool }
}

record! {
    /// Whether there is such a row.
    PresenceRow { present: bool }
}

record! {
    /// What an account is counted as.
    CountedRow { role: String, status: String }
}

record! {
    /// Which account.
    IdRow { id: Uuid }
}

/// What an account is found by that has this address of mail: finds exactly this one, and tells nothing of it.
pub(crate) fn email_key(sealing: &dyn Sealing, email: &EmailAddress) -> String {
    URL_SAFE_NO_PAD.encode(sealing.email_index(email.canonical()).as_bytes())
}

impl SqlWork {
    /// Says which key kept an account from being stored; neither means that somebody else was at work.
    async fn taken(&mut self, user: &User, email_key: Option<&str>) -> Result<Saved, StoreError> {
        let taken = self.statement(&TAKEN).bind(user.username.key()).bind(email_key);
        match taken.bind(user.id.as_uuid()).one().await? {
            TakenRow { username: true, .. } => Ok(Saved::UsernameTaken),
            TakenRow { email: true, .. } => Ok(Saved::EmailTaken),
            TakenRow { .. } => Err(StoreError::Conflict),
        }
    }
}

impl CountedRow {
    fn into_domain(self, id: UserId) -> Result<(Role, Status), StoreError> {
        role_and_status("users", id, &self.role, &self.status)
    }
}

/// Binds what an account and a change of it have in common: the first seventeen values.
macro_rules! bind_account {
    ($statement:expr, $user:ident, $email_key:expr) => {{
        let suspension = $user.suspension.as_ref();
        $statement
            .bind($user.id.as_uuid())
            .bind($user.version)
            .bind($user.username.as_str())
            .bind($user.username.key())
            .bind($email_key)
            .bind($user.role.name())
            .bind($user.role_end.map(|end: RoleEnd| end.at.as_micros()))
            .bind($user.role_end.map(|end: RoleEnd| end.then.name()))
            .bind($user.status().name())
            .bind(suspension.map(|suspension: &Suspension| suspension.since.as_micros()))
            .bind(suspension.and_then(|suspension| suspension.until).map(Timestamp::as_micros))
            .bind(suspension.map(|suspension| suspension.reason.as_str()))
            .bind($user.preferences.avatar_url.as_ref().map(AvatarUrl::as_str))
            .bind($user.preferences.locale.name())
            .bind($user.preferences.theme.name())
            .bind($user.preferences.email_notifications)
            .bind($user.updated_at.as_micros())
    }};
}

#[async_trait]
impl UserRepository for SqlWork {
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        let turn_is_missing = !self.lease.has_every_turn();
        if turn_is_missing && self.statement(&TAKE_TURN).bind(id.as_uuid()).execute().await? == 0 {
            return Ok(None);
        }
        let row: Option<AccountRow> = self.statement(&ACCOUNT_BY_ID).bind(id.as_uuid()).optional().await?;
        if let Some((account, key)) = row.map(AccountRow::into_domain).transpose()? {
            self.note_key(id, key);
            return Ok(Some(account));
        }
        let keyless = self.statement(&ACCOUNT_WITHOUT_KEY).bind(id.as_uuid());
        let row: Option<KeylessRow> = keyless.optional().await?;
        if row.is_some() {
            alarm::unreadable("data_keys", id);
        }
        row.map(KeylessRow::into_domain).transpose()
    }

    async fn insert<'a>(
        &mut self,
        user: &User,
        email: &EmailAddress,
        password_hash: Option<&'a PasswordHash>,
    ) -> Result<Saved, StoreError> {
        let email_key = email_key(&*self.sealing, email);
        let insert = bind_account!(self.statement(&INSERT), user, email_key.as_str())
            .bind(user.created_at.as_micros())
            .bind(user.last_login_at.map(Timestamp::as_micros));
        if insert.execute().await? == 0 {
            return self.taken(user, Some(&email_key)).await;
        }
        self.add_key(user.id).await?;
        self.count(user.role, user.status(), 1);
        if let Some(hash) = password_hash {
            self.set_password(user.id, hash, user.created_at).await?;
        }
        Ok(Saved::Yes)
    }

    async fn update<'a>(
        &mut self,
        user: &User,
        email: Option<&'a EmailAddress>,
    ) -> Result<Saved, StoreError> {
        let email_key = email.map(|email| email_key(&*self.sealing, email));
        let before = self.statement(&COUNTED_AS).bind(user.id.as_uuid()).bind(user.version);
        let Some(before) = before.optional::<CountedRow>().await? else { return Err(StoreError::Conflict) };
        let (role, status) = before.into_domain(user.id)?;
        if bind_account!(self.statement(&UPDATE), user, email_key.as_deref()).execute().await? == 0 {
            return self.taken(user, email_key.as_deref()).await;
        }
        self.count(role, status, -1);
        self.count(user.role, user.status(), 1);
        self.touch(Touch::Owner(user.id));
        Ok(Saved::Yes)
    }

    async fn set_password(
        &mut self,
        id: UserId,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let set = self
            .statement(&SET_PASSWORD)
            .bind(id.as_uuid())
            .bind(password_hash.as_str())
            .bind(now.as_micros());
        set.execute().await.map(drop)
    }

    async fn record_log_in(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError> {
        self.touch(Touch::Person(id));
        self.statement(&RECORD_LOG_IN).bind(id.as_uuid()).bind(now.as_micros()).execute().await.map(drop)
    }

    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError> {
        self.forget(id).await?;
        for sql in [
            &DELETE_ATTEMPTS,
            &DELETE_REFRESH_TOKENS,
            &DELETE_SESSIONS,
            &DELETE_PASSWORD_LINK,
            &DELETE_EXPORT_TICKET,
            &DELETE_NOTICES,
        ] {
            self.statement(sql).bind(id.as_uuid()).execute().await?;
        }
        let deleted: Option<CountedRow> = self.statement(&DELETE).bind(id.as_uuid()).optional().await?;
        self.touch(Touch::Owner(id));
        let Some(deleted) = deleted else { return Ok(false) };
        let (role, status) = deleted.into_domain(id)?;
        self.count(role, status, -1);
        Ok(true)
    }

    async fn has_administrator_besides(&mut self, id: UserId) -> Result<bool, StoreError> {
        let PresenceRow { present } =
            self.statement(&HAS_ADMINISTRATOR_BESIDES).bind(id.as_uuid()).one().await?;
        Ok(present)
    }

    async fn outdated(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError> {
        let outdated = self.statement(&OUTDATED).bind(now.as_micros()).bind(i64::from(limit));
        let rows: Vec<IdRow> = outdated.all().await?;
        Ok(rows.into_iter().map(|row| UserId::from_uuid(row.id)).collect())
    }
}
