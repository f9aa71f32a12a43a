use super::AdminService;
use crate::store::{HourlyCount, StoreError};
use domain::Timestamp;
use domain::audit::EventKind;
use std::time::Duration;

/// What is counted by the hour.
pub(super) const COUNTED: [EventKind; 5] = [
    EventKind::UserSignedUp,
    EventKind::UserCreated,
    EventKind::FirstAdministratorCreated,
    EventKind::LoggedIn,
    EventKind::LogInFailed,
];

impl AdminService {
    /// The grain in which events are counted.
    pub(super) const HOUR: Duration = Duration::from_hours(1);
    /// An hour is closed this long after its end: no unit of work that began in it can still be going on.
    const SETTLED: Duration = Duration::from_mins(5);
    /// How long counts are kept: what an overview shows, and a day more.
    const KEPT: Duration = Duration::from_hours(24 * 31);

    /// Counts the hours that are over, once, so that an overview never counts a month one by one. To be called every few
    /// minutes. Says how many hours were closed.
    pub async fn count_hours(&self) -> Result<u64, StoreError> {
        let now = self.ids.now();
        let mut hour = self.first_open(now).await?;
        let mut closed = 0;
        while hour.plus(Self::HOUR).plus(Self::SETTLED) <= now {
            let mut counts = Vec::with_capacity(COUNTED.len());
            for kind in COUNTED {
                let count = self.statistics.count(kind, hour, hour.plus(Self::HOUR)).await?;
                counts.push(HourlyCount { hour, kind, count });
            }
            let mut work = self.store.begin().await?;
            for count in &counts {
                work.statistics().put(count).await?;
            }
            work.statistics().sweep(now.minus(Self::KEPT)).await?;
            work.commit().await?;
            hour = hour.plus(Self::HOUR);
            closed += 1;
        }
        Ok(closed)
    }

    /// The hours, and of each every kind, that are to be counted one by one.
    pub(super) async fn open_hours(&self, now: Timestamp) -> Result<Vec<(Timestamp, EventKind)>, StoreError> {
        let mut hour = self.first_open(now).await?;
        let mut open = Vec::new();
        while hour <= now {
            open.extend(COUNTED.map(|kind| (hour, kind)));
            hour = hour.plus(Self::HOUR);
        }
        Ok(open)
    }

    async fn first_open(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        let oldest = now.minus(Self::KEPT).floor(Self::HOUR);
        let first = match self.statistics.latest_hour().await? {
            Some(closed) => Some(closed.plus(Self::HOUR)),
            None => self.instance.find().await?.map(|instance| instance.created_at.floor(Self::HOUR)),
        };
        Ok(first.unwrap_or(oldest).max(oldest))
    }
}
