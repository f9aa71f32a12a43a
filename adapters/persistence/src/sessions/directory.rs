use super::row::{
    BegunRow, LiveRow, SessionRow, StandingRow, live_columns, live_sessions, live_sessions_and_keys,
    session_columns,
};
use crate::keys::key_columns;
use crate::recent::Look;
use crate::refresh_tokens::{FamilyRow, family_columns};
use crate::sql::sql;
use crate::statement::Beside;
use crate::statistics::CountRow;
use crate::store::SqlStore;
use crate::users::row::{ProfileRow, user_columns};
use application::store::{LiveSession, SessionDirectory, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{SessionId, UserId};
use domain::sessions::{BegunSession, Channel, Family};
use uuid::Uuid;

sql! {
    OF = concat!(
        "SELECT ",
        session_columns!(),
        ", s.sealed_device_name, s.sealed_address, ",
        key_columns!(),
        " FROM sessions s JOIN data_keys k ON k.user_id = s.user_id WHERE s.user_id = $1 AND s.id < $2 ORDER BY s.id DESC LIMIT $3"
    );

    WITH_ACCOUNT = concat!(
        "SELECT ",
        session_columns!(),
        ", ",
        user_columns!(),
        ", ",
        key_columns!(),
        " FROM ",
        live_sessions_and_keys!(),
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
    /// The sessions of one person. What does not open of their devices is left out.
    async fn opened(&self, rows: Vec<BegunRow>) -> Result<Vec<BegunSession>, StoreError> {
        let Some(Beside(first, Beside(_, key))) = rows.first() else { return Ok(Vec::new()) };
        let wrapped = [(first.owner(), key.clone().into_wrapped())];
        let Some(key) = self.open_keys(&wrapped).await?.pop() else { return Ok(Vec::new()) };
        let begun = |Beside(session, Beside(device, _)): BegunRow| {
            let session = session.into_domain()?;
            Ok(BegunSession { device: device.open(&*key.seal, &session), session })
        };
        rows.into_iter().map(begun).collect()
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
        let row: Option<Beside<SessionRow, ProfileRow>> =
            self.engine.optional(&WITH_ACCOUNT, |s| s.bind(id.as_uuid())).await?;
        let Some(Beside(session, account)) = row else { return Ok(None) };
        let live = Beside(session, StandingRow::of(&account.0)).into_domain()?;
        self.recent.sessions.keep(&ticket, live.clone());
        // Where others write too, whoever asks for a profile has it read.
        if !self.engine.has_many_nodes() {
            self.recent.accounts.keep(&draw.of(live.session.user_id), account);
        }
        Ok(Some(live))
    }

    async fn find_with_family(&self, id: SessionId) -> Result<Option<(LiveSession, Family)>, StoreError> {
        let row: Option<Beside<LiveRow, FamilyRow>> =
            self.engine.optional(&WITH_FAMILY, |s| s.bind(id.as_uuid())).await?;
        let Some(Beside(live, family)) = row else { return Ok(None) };
        let family = family.into_domain(id)?;
        Ok(Some((live.into_domain()?, family)))
    }

    async fn family(&self, id: SessionId) -> Result<Option<Family>, StoreError> {
        self.family_of(id).await
    }

    async fn of(
        &self,
        user: UserId,
        after: Option<SessionId>,
        limit: u32,
    ) -> Result<Vec<BegunSession>, StoreError> {
        // No session has the greatest identifier there is (RFC 9562, section 5.10).
        let before = after.map_or(Uuid::max(), SessionId::as_uuid);
        let rows: Vec<BegunRow> =
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
