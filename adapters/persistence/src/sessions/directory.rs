use super::LIVE;
use super::cache::Look;
use super::row::{LiveRow, SessionRow, session_columns};
use crate::store::SqlStore;
use application::store::{LiveSession, SessionDirectory, StoreError};
use async_trait::async_trait;
use domain::ids::{SessionId, UserId};
use domain::sessions::{Family, Session};
use uuid::Uuid;

const OF: &str = concat!(
    "SELECT ",
    session_columns!(),
    " FROM sessions s WHERE s.user_id = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3"
);

#[async_trait]
impl SessionDirectory for SqlStore {
    async fn find(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError> {
        let ticket = match self.sessions.look(id) {
            Look::Known(live) => return Ok(Some(live)),
            Look::Unknown(ticket) => ticket,
        };
        let row: Option<LiveRow> = self.engine.optional(LIVE, |s| s.bind(id.as_uuid())).await?;
        let live = row.map(LiveRow::into_domain).transpose()?;
        if let Some(live) = &live {
            self.sessions.keep(&ticket, live);
        }
        Ok(live)
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
        let rows: Vec<SessionRow> =
            self.engine.all(OF, |s| s.bind(user.as_uuid()).bind(before).bind(i64::from(limit))).await?;
        rows.into_iter().map(SessionRow::into_domain).collect()
    }
}
