use super::AdminService;
use crate::Limit;
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::{StoreError, UserCount};
use crate::users::UserRecord;
use domain::Timestamp;
use domain::access::Scope;
use domain::audit::{ActorRef, Event, EventFilter, EventKind, Order};
use domain::users::UserQuery;
use std::time::Duration;

/// What happened on one day (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DailyCounts {
    /// When the day began.
    pub day: Timestamp,
    /// Accounts that came to be, whoever made them.
    pub sign_ups: u64,
    /// Log-ins.
    pub log_ins: u64,
    /// Log-ins that failed.
    pub failures: u64,
}

/// How the installation is doing.
#[derive(Clone, Debug)]
pub struct Overview {
    /// How many accounts there are, by role and status.
    pub users: Vec<UserCount>,
    /// The last thirty days, the earliest first.
    pub days: Vec<DailyCounts>,
    /// The youngest accounts, the latest first; only for those who may read accounts.
    pub latest_sign_ups: Option<Vec<UserRecord>>,
    /// The latest events that concern security, the latest first; only for those who may read the trail.
    pub latest_events: Option<Vec<Event>>,
    /// Whether requests can be served at this moment.
    pub ready: bool,
}

/// Why there is no overview.
#[derive(Debug, thiserror::Error)]
pub enum OverviewError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for OverviewError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

/// What an administrator wants to hear of without asking.
const SECURITY: [EventKind; 10] = [
    EventKind::RefreshTokenReused,
    EventKind::PasswordCheckFailed,
    EventKind::FirstAdministratorCreated,
    EventKind::RoleChanged,
    EventKind::UserSuspended,
    EventKind::UserDeleted,
    EventKind::PersonalDataOpened,
    EventKind::AccessRefused,
    EventKind::AuditExported,
    EventKind::SigningKeyRevoked,
];

impl AdminService {
    /// How many days an overview shows.
    pub const DAYS: u32 = 30;
    /// How many of the latest it shows.
    const LATEST: u32 = 8;

    /// How the installation is doing. Nothing in it is counted one by one but the present hour.
    pub async fn overview(&self, actor: &Actor) -> Result<Overview, OverviewError> {
        actor.require(Scope::StatsRead)?;
        let now = self.ids.now();
        let latest_sign_ups = match actor.require(Scope::UserRead) {
            Ok(()) => Some(self.latest_sign_ups(actor, now).await?),
            Err(_) => None,
        };
        let latest_events = match actor.require(Scope::LogsRead) {
            Ok(()) => Some(self.latest_events().await?),
            Err(_) => None,
        };
        Ok(Overview {
            users: self.statistics.users().await?,
            days: self.days(now).await?,
            latest_sign_ups,
            latest_events,
            ready: self.health.ready().await.is_ok(),
        })
    }

    async fn latest_sign_ups(&self, actor: &Actor, now: Timestamp) -> Result<Vec<UserRecord>, StoreError> {
        let found = self.users.page(&UserQuery::default(), Self::LATEST).await?;
        Ok(found.into_iter().map(|profile| UserRecord::shown_to(actor, profile, now)).collect())
    }

    /// One look into an index for each kind, so that a rare kind is found as fast as a common one.
    async fn latest_events(&self) -> Result<Vec<Event>, StoreError> {
        let mut latest = Vec::new();
        for kind in SECURITY {
            let filter = EventFilter { kind: Some(kind), ..EventFilter::default() };
            // Everybody who comes without having logged in is refused something; that is no news.
            let is_refusal = kind == EventKind::AccessRefused;
            let limit = if is_refusal { Limit::MAXIMUM } else { Self::LATEST };
            let mut found = self.events.page(&filter, Order::NewestFirst, None, limit).await?;
            found.retain(|event| !is_refusal || event.actor != ActorRef::Visitor);
            latest.extend(found);
        }
        latest.sort_by_key(|event| std::cmp::Reverse((event.at, event.id)));
        latest.truncate(Self::LATEST as usize);
        Ok(latest)
    }

    async fn days(&self, now: Timestamp) -> Result<Vec<DailyCounts>, StoreError> {
        const DAY: Duration = Duration::from_hours(24);
        let first = now.floor(DAY).minus(DAY * (Self::DAYS - 1));
        let empty =
            |number: u32| DailyCounts { day: first.plus(DAY * number), sign_ups: 0, log_ins: 0, failures: 0 };
        let mut days: Vec<DailyCounts> = (0..Self::DAYS).map(empty).collect();
        let mut add = |at: Timestamp, kind: EventKind, count: u64| {
            let Some(day) = days.iter_mut().rev().find(|day| day.day <= at) else { return };
            match kind {
                EventKind::LoggedIn => day.log_ins += count,
                EventKind::LogInFailed => day.failures += count,
                _ => day.sign_ups += count,
            }
        };
        // Hours that nobody has closed yet: this one and, for some minutes, the one before. Looked up first, so that one
        // that is closed in between is seen in the counts, and not left out.
        let open = self.open_hours(now).await?;
        let closed = self.statistics.hours(first).await?;
        for counted in &closed {
            add(counted.hour, counted.kind, counted.count);
        }
        let is_closed = |hour| closed.iter().any(|counted| counted.hour == hour);
        for (hour, kind) in open.into_iter().filter(|(hour, _)| !is_closed(*hour)) {
            let count = self.statistics.count(kind, hour, hour.plus(Self::HOUR)).await?;
            add(hour, kind, count);
        }
        Ok(days)
    }
}
