use super::charts::Chart;
use super::events::{self, EventRow};
use super::query::address;
use crate::page::{Answer, Layout};
use crate::users::shown::Shown;
use crate::visit::Visit;
use crate::words::{Moment, Words};
use application::admin::{DailyCounts, Overview};
use application::store::UserCount;
use application::users::UserRecord;
use askama::Template;
use domain::access::Role;
use domain::users::Status;
use domain::vault::Field;
use poem::http::StatusCode;
use std::sync::Arc;

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    page: Layout,
    roles: Vec<RoleRow>,
    total: Vec<Cell>,
    charts: Vec<Chart>,
    days: Vec<Day>,
    sign_ups: Option<Vec<SignUpRow>>,
    events: Option<Vec<EventRow>>,
    ready: bool,
    version: &'static str,
}

/// How many accounts there are of a role: active, suspended, all.
struct RoleRow {
    role: String,
    cells: Vec<Cell>,
}

/// A number of accounts, and where they are listed.
struct Cell {
    /// What is counted in this column.
    label: String,
    count: u64,
    link: String,
}

/// The figures of one day.
struct Day {
    date: String,
    sign_ups: u64,
    log_ins: u64,
    failures: u64,
}

/// An account that came to be.
struct SignUpRow {
    name: String,
    link: String,
    email: Option<Shown>,
    role: String,
    at: Moment,
}

/// Shows how the installation is doing.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let words = visit.words;
    let overview = visit.site.services.admin.overview(&visit.actor()).await?;
    let Overview { users, days, latest_sign_ups, latest_events, ready } = overview;
    let events = match latest_events {
        Some(latest) => Some(events::rows(&visit, &latest).await?),
        None => None,
    };
    let page = OverviewPage {
        page: visit.layout("overview-title"),
        roles: Role::ALL.into_iter().rev().map(|role| RoleRow::of(words, &users, role)).collect(),
        total: cells(words, &users, None),
        charts: charts(words, &days),
        days: days.iter().rev().map(|day| Day::of(words, day)).collect(),
        sign_ups: latest_sign_ups.map(|latest| latest.iter().map(|one| SignUpRow::of(words, one)).collect()),
        events,
        ready,
        version: env!("CARGO_PKG_VERSION"),
    };
    visit.page(StatusCode::OK, &page)
}

impl RoleRow {
    fn of(words: Words, users: &[UserCount], role: Role) -> Self {
        let name = words.say(&format!("role-{}", role.name()));
        Self { role: name, cells: cells(words, users, Some(role)) }
    }
}

/// Active, suspended and all accounts of a role, or of every role.
fn cells(words: Words, users: &[UserCount], role: Option<Role>) -> Vec<Cell> {
    let name = role.map(Role::name).unwrap_or_default();
    let cell = |label: String, status: Option<Status>| {
        let counted = users.iter().filter(|count| role.is_none_or(|role| count.role == role));
        let counted = counted.filter(|count| status.is_none_or(|status| count.status == status));
        let asked = [("role", name), ("status", status.map(Status::name).unwrap_or_default())];
        Cell { label, count: counted.map(|count| count.count).sum(), link: address("/admin/users", &asked) }
    };
    let of = |status: Status| cell(words.say(&format!("status-{}", status.name())), Some(status));
    Status::ALL.into_iter().map(of).chain([cell(words.say("overview-all"), None)]).collect()
}

fn charts(words: Words, days: &[DailyCounts]) -> Vec<Chart> {
    let chart = |id, title: &str, count: fn(&DailyCounts) -> u64| {
        let days: Vec<_> = days.iter().map(|day| (day.day, count(day))).collect();
        Chart::draw(words, id, words.say(title), &days)
    };
    vec![
        chart("sign-ups", "chart-sign-ups", |day| day.sign_ups),
        chart("log-ins", "chart-log-ins", |day| day.log_ins),
        chart("failures", "chart-failures", |day| day.failures),
    ]
}

impl Day {
    fn of(words: Words, counts: &DailyCounts) -> Self {
        let DailyCounts { day, sign_ups, log_ins, failures } = *counts;
        Self { date: words.day(day), sign_ups, log_ins, failures }
    }
}

impl SignUpRow {
    fn of(words: Words, record: &UserRecord) -> Self {
        Self {
            name: record.user.username.to_string(),
            link: format!("/admin/users/{}", record.user.id),
            email: Shown::of(words, &record.person, Field::Email),
            role: words.say(&format!("role-{}", record.user.role.name())),
            at: words.moment(record.user.created_at),
        }
    }
}
