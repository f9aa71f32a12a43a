//! What was counted.
//!
//! Accounts are counted while they change: a unit of work adds up what it does, and writes it down last of all. So the
//! few rows that everybody changes are locked for no longer than the commit takes, always in the same order.

use crate::error::unreadable;
use crate::sql::sql;
use crate::statement::record;
use crate::store::{SqlStore, SqlWork};
use crate::users::row::role_and_status;
use application::store::{HourlyCount, StatisticsDirectory, StatisticsRepository, StoreError, UserCount};
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::Status;
use std::collections::BTreeMap;

/// By how much the accounts of a role and a status have become more or fewer.
pub(crate) type Differences = BTreeMap<(Role, Status), i64>;

sql! {
    COUNT_USERS = "
        INSERT INTO user_counts (role, status, count) VALUES ($1, $2, $3)
        ON CONFLICT (role, status) DO UPDATE SET count = user_counts.count + excluded.count";

    USERS = "SELECT role, status, count FROM user_counts ORDER BY role, status";

    PUT = "
        INSERT INTO hourly_counts (hour, kind, count) VALUES ($1, $2, $3) ON CONFLICT (hour, kind) DO NOTHING";

    SWEEP = "DELETE FROM hourly_counts WHERE hour < $1";

    LATEST_HOUR = "SELECT hour FROM hourly_counts ORDER BY hour DESC LIMIT 1";

    HOURS = "SELECT hour, kind, count FROM hourly_counts WHERE hour >= $1 ORDER BY hour, kind";

    /// One by one, along the index: the span is short.
    pub(crate) COUNT = "SELECT count(*) AS count FROM events WHERE kind = $1 AND at >= $2 AND at < $3";
}

record! {
    /// How many accounts.
    UserCountRow { role: String, status: String, count: i64 }
}

record! {
    /// How many events in an hour.
    HourlyCountRow { hour: i64, kind: String, count: i64 }
}

record! {
    /// Which hour.
    HourRow { hour: i64 }
}

record! {
    /// How many.
    CountRow { count: i64 }
}

impl UserCountRow {
    fn into_domain(self) -> Result<UserCount, StoreError> {
        let (role, status) = role_and_status("user_counts", "(a row)", &self.role, &self.status)?;
        // Below zero only where somebody else than this program has changed accounts.
        Ok(UserCount { role, status, count: u64::try_from(self.count).unwrap_or(0) })
    }
}

impl HourlyCountRow {
    fn into_domain(self) -> Result<HourlyCount, StoreError> {
        let unreadable = |column| unreadable("hourly_counts", self.hour, column);
        Ok(HourlyCount {
            hour: Timestamp::from_micros(self.hour),
            kind: EventKind::from_name(&self.kind).ok_or_else(|| unreadable("kind"))?,
            count: u64::try_from(self.count).map_err(|_| unreadable("count"))?,
        })
    }
}

impl SqlWork {
    /// Writes down by how much the accounts have become more or fewer. Nothing may come after it but the commit.
    pub(crate) async fn write_differences(&mut self) -> Result<(), StoreError> {
        for ((role, status), difference) in std::mem::take(&mut self.differences) {
            if difference != 0 {
                let count = self.statement(&COUNT_USERS).bind(role.name()).bind(status.name());
                count.bind(difference).execute().await?;
            }
        }
        Ok(())
    }
}

#[async_trait]
impl StatisticsRepository for SqlWork {
    async fn put(&mut self, count: &HourlyCount) -> Result<(), StoreError> {
        let put = self
            .statement(&PUT)
            .bind(count.hour.as_micros())
            .bind(count.kind.name())
            .bind(i64::try_from(count.count).unwrap_or(i64::MAX));
        put.execute().await.map(drop)
    }

    async fn sweep(&mut self, before: Timestamp) -> Result<u64, StoreError> {
        self.statement(&SWEEP).bind(before.as_micros()).execute().await
    }
}

#[async_trait]
impl StatisticsDirectory for SqlStore {
    async fn users(&self) -> Result<Vec<UserCount>, StoreError> {
        let rows: Vec<UserCountRow> = self.engine.all(&USERS, |s| s).await?;
        rows.into_iter().map(UserCountRow::into_domain).collect()
    }

    async fn latest_hour(&self) -> Result<Option<Timestamp>, StoreError> {
        let row: Option<HourRow> = self.engine.optional(&LATEST_HOUR, |s| s).await?;
        Ok(row.map(|row| Timestamp::from_micros(row.hour)))
    }

    async fn hours(&self, since: Timestamp) -> Result<Vec<HourlyCount>, StoreError> {
        let rows: Vec<HourlyCountRow> = self.engine.all(&HOURS, |s| s.bind(since.as_micros())).await?;
        rows.into_iter().map(HourlyCountRow::into_domain).collect()
    }

    async fn count(&self, kind: EventKind, from: Timestamp, until: Timestamp) -> Result<u64, StoreError> {
        let bounds = (from.as_micros(), until.as_micros());
        let row: Option<CountRow> =
            self.engine.optional(&COUNT, |s| s.bind(kind.name()).bind(bounds.0).bind(bounds.1)).await?;
        Ok(row.map_or(0, |row| u64::try_from(row.count).unwrap_or(0)))
    }
}
