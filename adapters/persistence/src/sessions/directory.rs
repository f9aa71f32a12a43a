use super::row::{LiveRow, OwnedRow, StandingRow, live_columns, live_sessions, owned_columns};
use crate::recent::Look;
use crate::refresh_tokens::{FamilyRow, family_columns};
use crate::sql::sql;
use crate::statement::Beside;
use crate::statistics::CountRow;
use crate::store::SqlStore;
use crate::users::row::{UserRow, user_columns};
use application::store::{LiveSession, SessionDirectory, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Channel, Family, Session};
use uuid::Uuid;

sql! {
    OF = concat!(
        "SELECT ",
        owned_columns!(),
        " FROM sessions s JOIN data_keys k ON k.user_id = s.user_id WHERE s.user_id = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3"
    );

    WITH_ACCOUNT = concat!(
        "SELECT ",
        owned_columns!(),
        ", ",
        user_columns!(),
        " FROM ",
        live_sessions!(),
        " WHERE s.id = $1"
    );

    WITH_FAMILY = concat!(
        "SELECT ",
        live_columns!(),
        ", ",
        family_columns!(),
        " FROM ",
        live_sessions!(),
        " JOIN refresh_tokens t ON t.session_id = s.id WHERE s.id = $1"
    );

    /// One by one, along the index.
    COUNT = "SELECT count(*) AS count FROM sessions WHERE channel = $1 AND last_used_at >= $2";
}

impl SqlStore {
    async fn live(&self, row: LiveRow) -> Result<Option<LiveSession>, StoreError> {
        let Beside(session, standing) = row;
        let standing = standing.into_domain(session.0.owner())?;
        let session = self.opened(vec![session]).await?.pop();
        Ok(session.map(|session| LiveSession { session, standing }))
    }

    /// Opens the sessions of one person.
    async fn opened(&self, rows: Vec<OwnedRow>) -> Result<Vec<Session>, StoreError> {
        let mut rows = rows.into_iter();
        let Some(Beside(first, key)) = rows.next() else { return Ok(Vec::new()) };
        let wrapped = [(first.owner(), key.into_wrapped())];
        let Some(key) = self.open_keys(&wrapped).await?.pop() else { return Ok(Vec::new()) };
        let others = rows.map(|Beside(session, _)| session);
        std::iter::once(first).chain(others).map(|session| session.into_domain(&*key.seal)).collect()
    }
}

#[async_trait]
impl SessionDirectory for SqlStore {
    async fn find(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let ticket = match self.recent.sessions.look(id) {
            Look::Known(live) => return Ok(Some(live)),
            Look::Unknown(ticket) => ticket,
        };
        let draw = self.recent.accounts.draw();
        let row: Option<Beside<OwnedRow, UserRow>> =
            self.engine.optional(&WITH_ACCOUNT, |s| s.bind(id.as_uuid())).await?;
        let Some(Beside(Beside(session, key), user)) = row else { return Ok(None) };
        let (owner, standing) = (session.owner(), StandingRow::of(&user));
        let account = Beside(user, key.clone());
        let Some(live) = self.live(Beside(Beside(session, key), standing)).await? else { return Ok(None) };
        self.recent.sessions.keep(&ticket, live.clone());
        // Where others write too, whoever asks for a profile has it read.
        if !self.engine.has_many_nodes() {
            self.recent.accounts.keep(&draw.of(owner), account);
        }
        Ok(Some(live))
    }

    async fn find_with_family(&self, id: SessionId) -> Result<Option<(LiveSession, Family)>, StoreError> {
        let row: Option<Beside<LiveRow, FamilyRow>> =
            self.engine.optional(&WITH_FAMILY, |s| s.bind(id.as_uuid())).await?;
        let Some(Beside(live, family)) = row else { return Ok(None) };
        let family = family.into_domain(id)?;
        Ok(self.live(live).await?.map(|live| (live, family)))
    }

    async fn family(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        self.family_of(id).await
    }

    async fn of(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<Session>, StoreError> {
        // No session has the greatest identifier there is (RFC 9562, section 5.10).
        let before = after.map_or(Uuid::max(), SessionId::as_uuid);
        let rows: Vec<OwnedRow> =
            self.engine.all(&OF, |s| s.bind(user.as_uuid()).bind(before).bind(i64::from(limit))).await?;
        self.opened(rows).await
    }

    async fn count(&self, channel: Channel, since: Timestamp) -> Result<u64, StoreError> {
        let since = since.as_micros();
        let row: Option<CountRow> =
            self.engine.optional(&COUNT, |s| s.bind(channel.name()).bind(since)).await?;
        Ok(row.map_or(0, |row| u64::try_from(row.count).unwrap_or(0)))
    }
}
