use super::audit;
use super::house::with_house;
use super::moment;
use super::user::object;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use application::actor::Actor;
use application::admin::{DailyCounts, Overview};
use application::audit::line;
use clap::Args;
use domain::access::Role;
use domain::audit::Event;
use domain::users::Status;
use serde_json::{Map, Value, json};
use std::io;

/// Show how the installation is doing
///
/// How many accounts there are, what happened in the last days, and the latest accounts and security events.
#[derive(Args)]
pub(super) struct OverviewCommand {
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl OverviewCommand {
    /// Asks the database itself.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        with_house(config, async |house| {
            // Whether requests can be served depends on the keys too.
            house.keys.open().await.map_err(|error| Failure::of(&error))?;
            let overview = house.admin.overview(&Actor::system()).await;
            let overview = overview.map_err(|error| Failure::of_use_case(&error))?;
            Ok(output::line(if self.json { json(&overview)? } else { page(&overview) })?)
        })
        .await
    }
}

/// The members are those of the API's overview.
fn json(overview: &Overview) -> io::Result<String> {
    let Overview { users, days, latest_sign_ups, latest_events, ready } = overview;
    let users = users
        .iter()
        .map(|count| json!({"role": count.role.name(), "status": count.status.name(), "count": count.count}));
    let days = days.iter().map(|day| {
        let DailyCounts { day, sign_ups, log_ins, failures } = *day;
        json!({"day": moment::day(day), "sign_ups": sign_ups, "log_ins": log_ins, "failures": failures})
    });
    let mut members = Map::new();
    members.insert("users".to_owned(), users.collect());
    members.insert("days".to_owned(), days.collect());
    if let Some(latest) = latest_sign_ups {
        members.insert("latest_sign_ups".to_owned(), latest.iter().map(object).map(Value::Object).collect());
    }
    if let Some(latest) = latest_events {
        members.insert("latest_events".to_owned(), latest.iter().map(event).collect::<io::Result<_>>()?);
    }
    members.insert("ready".to_owned(), json!(ready));
    members.insert("version".to_owned(), json!(env!("CARGO_PKG_VERSION")));
    Ok(Value::Object(members).to_string())
}

/// The object that the line of an export holds.
fn event(event: &Event) -> io::Result<Value> {
    Ok(serde_json::from_str(&line(event))?)
}

/// For people: what there is, and only days on which something happened.
fn page(overview: &Overview) -> String {
    let count = |role, status| {
        let counts = overview.users.iter().filter(|count| (count.role, count.status) == (role, status));
        counts.map(|count| count.count).sum::<u64>()
    };
    let mut lines = vec![format!("{:<12}  {:>9}  {:>9}", "ACCOUNTS", "ACTIVE", "SUSPENDED")];
    lines.extend(Role::ALL.map(|role| {
        let [active, suspended] = Status::ALL.map(|status| count(role, status));
        format!("{:<12}  {active:>9}  {suspended:>9}", role.name())
    }));
    lines.push(format!("\n{:<12}  {:>9}  {:>9}  {:>9}", "DAY (UTC)", "SIGN-UPS", "LOG-INS", "FAILURES"));
    let busy = |day: &&DailyCounts| day.sign_ups + day.log_ins + day.failures > 0;
    lines.extend(overview.days.iter().filter(busy).map(|day| {
        let DailyCounts { day, sign_ups, log_ins, failures } = *day;
        format!("{:<12}  {sign_ups:>9}  {log_ins:>9}  {failures:>9}", moment::day(day))
    }));
    lines.push("\nLATEST ACCOUNTS".to_owned());
    lines.extend(overview.latest_sign_ups.iter().flatten().map(|record| {
        let user = &record.user;
        format!("{:<20}  {:<9}  {}", moment::second(user.created_at), user.role.name(), user.username)
    }));
    lines.push("\nLATEST SECURITY EVENTS".to_owned());
    lines.extend(overview.latest_events.iter().flatten().map(audit::row));
    let can = if overview.ready {
        "can be served"
    } else {
        "can't be served at this moment: `xtrem doctor` says why"
    };
    lines.push(format!("\nRequests {can}."));
    lines.join("\n")
}
