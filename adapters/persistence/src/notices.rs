//! What people have to be told, until they have seen it.

use crate::error::unreadable;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use application::store::{NoticeRepository, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::{NoticeId, UserId};
use domain::notices::{Notice, NoticeKind};
use uuid::Uuid;

sql! {
    INSERT = "INSERT INTO notices (id, user_id, kind, at) VALUES ($1, $2, $3, $4)";

    DISMISS = "DELETE FROM notices WHERE user_id = $1 AND at <= $2";

    OF = "
        SELECT id, kind, at FROM notices WHERE user_id = $1 ORDER BY at DESC, id DESC LIMIT $2";
}

record! {
    /// A notice.
    NoticeRow { id: Uuid, kind: String, at: i64 }
}

impl NoticeRow {
    fn into_domain(self, user_id: UserId) -> Result<Notice, StoreError> {
        let id = NoticeId::from_uuid(self.id);
        let kind = NoticeKind::from_name(&self.kind).ok_or_else(|| unreadable("notices", id, "kind"))?;
        Ok(Notice { id, user_id, kind, at: Timestamp::from_micros(self.at) })
    }
}

impl SqlStore {
    pub(crate) async fn notices_of(&self, id: UserId, limit: u32) -> Result<Vec<Notice>, StoreError> {
        let rows: Vec<NoticeRow> =
            self.engine.all(&OF, |s| s.bind(id.as_uuid()).bind(i64::from(limit))).await?;
        rows.into_iter().map(|row| row.into_domain(id)).collect()
    }
}

#[async_trait]
impl NoticeRepository for SqlWork {
    async fn insert(&mut self, notice: &Notice) -> Result<(), StoreError> {
        let insert = self
            .statement(&INSERT)
            .bind(notice.id.as_uuid())
            .bind(notice.user_id.as_uuid())
            .bind(notice.kind.name())
            .bind(notice.at.as_micros());
        insert.execute().await.map(drop)
    }

    async fn dismiss(&mut self, user: UserId, until: Timestamp) -> Result<u64, StoreError> {
        self.statement(&DISMISS).bind(user.as_uuid()).bind(until.as_micros()).execute().await
    }
}
