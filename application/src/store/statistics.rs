//! What was counted, so that nobody has to count all of it again.

use super::StoreError;
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::Status;

/// How many events of a kind there were in one hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HourlyCount {
    /// When the hour began.
    pub hour: Timestamp,
    /// Which events.
    pub kind: EventKind,
    /// How many.
    pub count: u64,
}

/// How many accounts there are of a role and a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserCount {
    /// The role, as it is written down.
    pub role: Role,
    /// The status, as it is written down.
    pub status: Status,
    /// How many.
    pub count: u64,
}

/// Keeps what was counted.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait StatisticsRepository: Send {
    /// Stores the count of an hour that is over; one that stands already stays.
    async fn put(&mut self, count: &HourlyCount) -> Result<(), StoreError>;

    /// Removes the counts of hours that began before that moment. Says how many.
    async fn sweep(&mut self, before: Timestamp) -> Result<u64, StoreError>;
}

/// Answers questions about what was counted.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait StatisticsDirectory: Send + Sync {
    /// How many accounts there are; costs the same among ten and among a million.
    async fn users(&self) -> Result<Vec<UserCount>, StoreError>;

    /// The latest hour whose counts are stored.
    async fn latest_hour(&self) -> Result<Option<Timestamp>, StoreError>;

    /// The counts of the hours that began at `since` or later, the earliest first.
    async fn hours(&self, since: Timestamp) -> Result<Vec<HourlyCount>, StoreError>;

    /// How many events of a kind there were from the one moment until before the other: counted one by one, so for
    /// short spans only.
    async fn count(&self, kind: EventKind, from: Timestamp, until: Timestamp) -> Result<u64, StoreError>;
}
