//! Sessions, always read together with what decides whether they may still be used.

use crate::error::unreadable;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{LiveSession, SessionDirectory, SessionRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::ids::{SessionId, UserId};
use domain::sessions::{Channel, DeviceName, Session, TokenDigest};
use domain::users::Status;
use std::net::IpAddr;
use uuid::Uuid;

const LIVE: &str = "
    SELECT s.id, s.user_id, s.channel, s.device_name, s.address, s.scopes, s.cookie_digest, s.created_at,
        s.last_used_at, u.status, u.role
    FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.id = $1";

const INSERT: &str = "
    INSERT INTO sessions (id, user_id, channel, device_name, address, scopes, cookie_digest, created_at, last_used_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

const RECORD_USE: &str = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";

const REPLACE_COOKIE: &str = "UPDATE sessions SET cookie_digest = $2 WHERE id = $1";

// Tokens before their sessions, as a rotation takes them: two that meet wait for one another and not crosswise.
const END_REFRESH_TOKENS: &str = "DELETE FROM refresh_tokens WHERE session_id = $1";
const END: &str = "DELETE FROM sessions WHERE id = $1";
const END_ALL_REFRESH_TOKENS: &str = "
    DELETE FROM refresh_tokens
    WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1 AND id <> $2)";
const END_ALL: &str = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";

// By two indexes, one after the other. Tokens go with their sessions: what is over is not rotated any more.
const SWEEP_IDLE: &str = "
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE channel = $1 AND last_used_at < $2 ORDER BY last_used_at LIMIT $3)";
const SWEEP_OLD: &str = "
    DELETE FROM sessions WHERE id IN (
        SELECT id FROM sessions WHERE channel = $1 AND created_at < $2 ORDER BY created_at LIMIT $3)";

record! {
    /// A session and two columns of its owner.
    LiveRow {
        id: Uuid,
        user_id: Uuid,
        channel: String,
        device_name: Option<String>,
        address: Option<String>,
        scopes: String,
        cookie_digest: Option<Vec<u8>>,
        created_at: i64,
        last_used_at: i64,
        status: String,
        role: String,
    }
}

impl LiveRow {
    fn into_domain(self) -> Result<LiveSession, StoreError> {
        let id = SessionId::from_uuid(self.id);
        let unreadable = |column| unreadable("sessions", id, column);
        let device_name = self.device_name.as_deref().map(DeviceName::parse).transpose();
        let address = self.address.as_deref().map(str::parse::<IpAddr>).transpose();
        let cookie_digest = self.cookie_digest.map(digest).transpose();
        let session = Session {
            id,
            user_id: UserId::from_uuid(self.user_id),
            channel: Channel::from_name(&self.channel).ok_or_else(|| unreadable("channel"))?,
            device_name: device_name.map_err(|_| unreadable("device_name"))?,
            address: address.map_err(|_| unreadable("address"))?,
            scopes: Scopes::parse(&self.scopes).ok_or_else(|| unreadable("scopes"))?,
            cookie_digest: cookie_digest.map_err(|_| unreadable("cookie_digest"))?,
            created_at: Timestamp::from_micros(self.created_at),
            last_used_at: Timestamp::from_micros(self.last_used_at),
        };
        Ok(LiveSession {
            session,
            status: Status::from_name(&self.status).ok_or_else(|| unreadable("status of its user"))?,
            role: Role::parse(&self.role).map_err(|_| unreadable("role of its user"))?,
        })
    }
}

/// Reads a digest; its length says whether it is one.
pub(crate) fn digest(bytes: Vec<u8>) -> Result<TokenDigest, Vec<u8>> {
    bytes.try_into().map(TokenDigest::new)
}

fn names(scopes: Scopes) -> String {
    scopes.iter().map(Scope::name).collect::<Vec<_>>().join(" ")
}

#[async_trait]
impl SessionRepository for SqlWork {
    async fn find(&mut self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<LiveRow> = self.statement(LIVE).bind(id.as_uuid()).optional().await?;
        row.map(LiveRow::into_domain).transpose()
    }

    async fn insert(&mut self, session: &Session) -> Result<(), StoreError> {
        let insert = self
            .statement(INSERT)
            .bind(session.id.as_uuid())
            .bind(session.user_id.as_uuid())
            .bind(session.channel.name())
            .bind(session.device_name.as_ref().map(DeviceName::as_str))
            .bind(session.address.map(|address| address.to_string()))
            .bind(names(session.scopes))
            .bind(session.cookie_digest.as_ref().map(|digest| digest.as_bytes().as_slice()))
            .bind(session.created_at.as_micros())
            .bind(session.last_used_at.as_micros());
        insert.execute().await.map(drop)
    }

    async fn record_use(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.statement(RECORD_USE).bind(id.as_uuid()).bind(now.as_micros()).execute().await.map(drop)
    }

    async fn replace_cookie(&mut self, id: SessionId, digest: &TokenDigest) -> Result<(), StoreError> {
        let replace = self.statement(REPLACE_COOKIE).bind(id.as_uuid()).bind(digest.as_bytes().as_slice());
        // A session that has ended in the meantime gets no new cookie, and whoever asked must not hand one out.
        if replace.execute().await? == 0 { Err(StoreError::Conflict) } else { Ok(()) }
    }

    async fn end(&mut self, id: SessionId) -> Result<bool, StoreError> {
        self.statement(END_REFRESH_TOKENS).bind(id.as_uuid()).execute().await?;
        Ok(self.statement(END).bind(id.as_uuid()).execute().await? > 0)
    }

    async fn end_all_of(&mut self, user: UserId, except: Option<SessionId>) -> Result<u64, StoreError> {
        // No session has the nil identifier (RFC 9562, section 5.9).
        let except = except.map_or(Uuid::nil(), SessionId::as_uuid);
        self.statement(END_ALL_REFRESH_TOKENS).bind(user.as_uuid()).bind(except).execute().await?;
        self.statement(END_ALL).bind(user.as_uuid()).bind(except).execute().await
    }

    async fn sweep(
        &mut self,
        channel: Channel,
        last_used_before: Timestamp,
        created_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError> {
        let limit = i64::from(limit);
        let idle =
            self.statement(SWEEP_IDLE).bind(channel.name()).bind(last_used_before.as_micros()).bind(limit);
        let idle = idle.execute().await?;
        let left = limit.saturating_sub_unsigned(idle);
        let old = self.statement(SWEEP_OLD).bind(channel.name()).bind(created_before.as_micros()).bind(left);
        Ok(idle + old.execute().await?)
    }
}

#[async_trait]
impl SessionDirectory for SqlStore {
    async fn find(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<LiveRow> = self.engine.optional(LIVE, |s| s.bind(id.as_uuid())).await?;
        row.map(LiveRow::into_domain).transpose()
    }
}
