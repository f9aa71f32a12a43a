//! The overview on the wire.

use crate::audit::EventView;
use crate::users::UserView;
use crate::wire::{Role, Status, moment};
use application::admin::{DailyCounts, Overview};
use application::store::UserCount;
use poem_openapi::Object;
use time::Date;

/// How the installation is doing.
#[derive(Debug, Object)]
#[oai(rename = "Overview")]
pub struct OverviewView {
    /// How many accounts there are, by role and status.
    users: Vec<UserCountView>,
    /// The last thirty days, the earliest first.
    days: Vec<DayView>,
    /// The youngest accounts, the latest first; only for those who may read accounts.
    #[oai(skip_serializing_if_is_none)]
    latest_sign_ups: Option<Vec<UserView>>,
    /// The latest events that concern security, the latest first; only for those who may read the audit trail.
    #[oai(skip_serializing_if_is_none)]
    latest_events: Option<Vec<EventView>>,
    /// Whether data can be read and written at this moment.
    ready: bool,
    /// Which version runs.
    version: String,
}

/// How many accounts there are of a role and a status.
#[derive(Debug, Object)]
#[oai(rename = "UserCount")]
struct UserCountView {
    /// The role.
    role: Role,
    /// The status.
    status: Status,
    /// How many.
    count: u64,
}

/// What happened on one day.
#[derive(Debug, Object)]
#[oai(rename = "DailyCounts")]
struct DayView {
    /// The day (UTC).
    day: Date,
    /// Accounts that came to be, whoever made them.
    sign_ups: u64,
    /// Log-ins.
    log_ins: u64,
    /// Log-ins that failed.
    failures: u64,
}

impl From<UserCount> for UserCountView {
    fn from(counted: UserCount) -> Self {
        let UserCount { role, status, count } = counted;
        Self { role: role.into(), status: status.into(), count }
    }
}

impl From<DailyCounts> for DayView {
    fn from(counts: DailyCounts) -> Self {
        let DailyCounts { day, sign_ups, log_ins, failures } = counts;
        Self { day: moment(day).date(), sign_ups, log_ins, failures }
    }
}

impl OverviewView {
    /// The overview of an installation that runs this version.
    pub fn new(overview: Overview, version: &str) -> Self {
        let Overview { users, days, latest_sign_ups, latest_events, ready } = overview;
        Self {
            users: users.into_iter().map(UserCountView::from).collect(),
            days: days.into_iter().map(DayView::from).collect(),
            latest_sign_ups: latest_sign_ups.map(|users| users.into_iter().map(UserView::from).collect()),
            latest_events: latest_events.map(|events| events.into_iter().map(EventView::from).collect()),
            ready,
            version: version.to_owned(),
        }
    }
}
