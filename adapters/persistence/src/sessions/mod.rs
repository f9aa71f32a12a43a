//! Sessions, and what decides whether they may still be used.

mod directory;
pub(crate) mod row;

use crate::keys::{KeyRow, key_columns};
use crate::many::{MOST, Many, SIZES, with_rows};
use crate::recent::Touch;
use crate::sql::sql;
use crate::statement::Beside;
use crate::store::SqlWork;
use application::store::{LiveSession, SessionRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::sessions::{BegunSession, Channel, DeviceName, TokenDigest};
use row::{LiveRow, SealedOrigin, live_columns, live_sessions_and_keys};
use uuid::Uuid;

sql! {
    LIVE = concat!(
        "SELECT ",
        live_columns!(),
        ", ",
        key_columns!(),
        " FROM ",
        live_sessions_and_keys!(),
        " WHERE s.id = $1"
    );

    INSERT = "
        INSERT INTO sessions (id, user_id, channel, method, sealed_device_name, sealed_address, scopes, cookie_digest, created_at,
            last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

    RECORD_USE = "UPDATE sessions SET last_used_at = $2 WHERE id = $1 AND last_used_at < $2";

    RECORD_USE_4 = || use_of(SIZES[0]);
    RECORD_USE_16 = || use_of(SIZES[1]);
    pub(crate) RECORD_USE_64 = || use_of(SIZES[2]);

    REPLACE_COOKIE = "UPDATE sessions SET cookie_digest = $2 WHERE id = $1";

    // Tokens before their sessions, as a rotation takes them: two that meet wait for one another and not crosswise.
    END_REFRESH_TOKENS = "DELETE FROM refresh_tokens WHERE session_id = $1";
    END = "DELETE FROM sessions WHERE id = $1";
    END_ALL_REFRESH_TOKENS = "
        DELETE FROM refresh_tokens
        WHERE session_id IN (SELECT id FROM sessions WHERE user_id = $1 AND id <> $2)";
    END_ALL = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";

    // By two indexes, one after the other. Tokens go with their sessions: what is over is not rotated any more.
    SWEEP_IDLE = "
        DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE channel = $1 AND last_used_at < $2 ORDER BY last_used_at LIMIT $3)";
    SWEEP_OLD = "
        DELETE FROM sessions WHERE id IN (
            SELECT id FROM sessions WHERE channel = $1 AND created_at < $2 ORDER BY created_at LIMIT $3)";
}

static RECORD_USE_MANY: Many = Many {
    texts: [&RECORD_USE_4, &RECORD_USE_16, &RECORD_USE_64],
    bind_nothing: |statement| statement.bind_none::<Uuid>().bind_none::<i64>(),
};

/// [`RECORD_USE`] of many.
fn use_of(rows: usize) -> String {
    let sql = "
        UPDATE sessions SET last_used_at = v.column2 FROM $rows
        WHERE id = v.column1 AND last_used_at < v.column2";
    with_rows(sql, rows, 2)
}

#[async_trait]
impl SessionRepository for SqlWork {
    async fn find(&mut self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let row: Option<Beside<LiveRow, KeyRow>> =
            self.statement(&LIVE).bind(id.as_uuid()).optional().await?;
        let Some(Beside(live, key)) = row else { return Ok(None) };
        let live = live.into_domain()?;
        // For what is written next: an event about them.
        self.note_key(live.session.user_id, key);
        Ok(Some(live))
    }

    async fn insert(&mut self, begun: &BegunSession) -> Result<(), StoreError> {
        let BegunSession { session, device } = begun;
        // A session of nobody: whose it was has just gone.
        let key = self.seal_of(session.user_id).await?.ok_or(StoreError::Conflict)?;
        let device_name = device.name.as_ref().map(DeviceName::as_str);
        let address = device.address.map(|address| address.to_string());
        let origin = SealedOrigin::new(&*key, session.user_id, session.id, device_name, address.as_deref());
        let insert = self
            .statement(&INSERT)
            .bind(session.id.as_uuid())
            .bind(session.user_id.as_uuid())
            .bind(session.channel.name())
            .bind(session.method.name())
            .bind(origin.device_name.as_deref())
            .bind(origin.address.as_deref())
            .bind(session.scopes.to_string())
            .bind(session.cookie_digest.as_ref().map(|digest| digest.as_bytes().as_slice()))
            .bind(session.created_at.as_micros())
            .bind(session.last_used_at.as_micros());
        insert.execute().await.map(drop)
    }

    async fn record_use(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
        self.touch(Touch::Session(id));
        self.statement(&RECORD_USE).bind(id.as_uuid()).bind(now.as_micros()).execute().await.map(drop)
    }

    async fn record_uses(&mut self, uses: &[(SessionId, Timestamp)]) -> Result<(), StoreError> {
        if let [(id, at)] = uses {
            return self.record_use(*id, *at).await;
        }
        for uses in uses.chunks(MOST) {
            for (id, _) in uses {
                self.touch(Touch::Session(*id));
            }
            let record = self.statement_for(&RECORD_USE_MANY, uses.iter(), |record, (id, at)| {
                record.bind(id.as_uuid()).bind(at.as_micros())
            });
            record.execute().await?;
        }
        Ok(())
    }

    async fn replace_cookie(&mut self, id: SessionId, digest: &TokenDigest) -> Result<(), StoreError> {
        self.touch(Touch::Session(id));
        let replace = self.statement(&REPLACE_COOKIE).bind(id.as_uuid()).bind(digest.as_bytes().as_slice());
        // A session that has ended in the meantime gets no new cookie, and whoever asked must not hand one out.
        if replace.execute().await? == 0 { Err(StoreError::Conflict) } else { Ok(()) }
    }

    async fn end(&mut self, id: SessionId) -> Result<bool, StoreError> {
        self.touch(Touch::Session(id));
        self.statement(&END_REFRESH_TOKENS).bind(id.as_uuid()).execute().await?;
        Ok(self.statement(&END).bind(id.as_uuid()).execute().await? > 0)
    }

    async fn end_all_of(&mut self, user: UserId, except: Option<SessionId>) -> Result<u64, StoreError> {
        self.touch(Touch::Owner(user));
        // No session has the nil identifier (RFC 9562, section 5.9).
        let except = except.map_or(Uuid::nil(), SessionId::as_uuid);
        self.statement(&END_ALL_REFRESH_TOKENS).bind(user.as_uuid()).bind(except).execute().await?;
        self.statement(&END_ALL).bind(user.as_uuid()).bind(except).execute().await
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
            self.statement(&SWEEP_IDLE).bind(channel.name()).bind(last_used_before.as_micros()).bind(limit);
        let idle = idle.execute().await?;
        let left = limit.saturating_sub_unsigned(idle);
        let old = self.statement(&SWEEP_OLD).bind(channel.name()).bind(created_before.as_micros()).bind(left);
        let swept = idle + old.execute().await?;
        if swept > 0 {
            self.touch(Touch::Any);
        }
        Ok(swept)
    }
}
