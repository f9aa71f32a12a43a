//! Where somebody is logged in.

use super::super::house::with_house;
use super::super::moment;
use super::super::person::Person;
use super::named;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::Limit;
use application::actor::Actor;
use clap::Args;
use domain::ids::UserId;
use domain::sessions::{BegunSession, DeviceName};
use serde_json::json;

/// Whose sessions.
#[derive(Args)]
pub(in crate::cli) struct Sessions {
    #[command(flatten)]
    person: Person,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl Sessions {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        with_house(config, async |house| {
            let record = self.person.find(house).await?;
            let is_any = print(house, record.user.id, self.json).await?;
            if !is_any && !self.json {
                output::line(format!("{} is logged in nowhere", named(&record)))?;
            }
            Ok(())
        })
        .await
    }
}

/// Prints all of them, the latest log-in first. Says whether there was any.
async fn print(house: &House, user: UserId, json: bool) -> Result<bool, Failure> {
    let limit = Limit::new(Limit::MAXIMUM).unwrap_or_default();
    let (mut after, mut is_any) = (None, false);
    loop {
        let page = house.sessions.of(&Actor::system(), user, after, limit).await;
        let page = page.map_err(|error| Failure::of_use_case(&error))?;
        for session in &page.items {
            if !is_any && !json {
                output::line(columns("SESSION", "LOGGED IN", "LAST USED", "BY", "FROM", "DEVICE"))?;
            }
            is_any = true;
            output::line(if json { object(session) } else { row(session) })?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(is_any),
        }
    }
}

/// Logs somebody out everywhere.
pub(super) async fn end(house: &House, person: &Person, json: bool) -> Result<(), Failure> {
    let record = person.find(house).await?;
    let ended = house.sessions.end_all_of(&Actor::system(), record.user.id).await;
    let ended = ended.map_err(|error| Failure::of_use_case(&error))?;
    if json {
        return Ok(output::line(json!({"id": record.user.id.to_string(), "ended": ended}))?);
    }
    Ok(output::line(match ended {
        0 => format!("{} was logged in nowhere; nothing was changed", named(&record)),
        1 => format!("{}: 1 session was ended", named(&record)),
        many => format!("{}: {many} sessions were ended", named(&record)),
    })?)
}

fn row(BegunSession { session, device }: &BegunSession) -> String {
    let address = device.address.map(|address| address.to_string()).unwrap_or_default();
    columns(
        &session.id.to_string(),
        &moment::second(session.created_at),
        &moment::second(session.last_used_at),
        session.method.name(),
        &address,
        device.name.as_ref().map_or("", DeviceName::as_str),
    )
}

fn columns(id: &str, created: &str, used: &str, method: &str, address: &str, device: &str) -> String {
    let row = format!("{id:<36}  {created:<20}  {used:<20}  {method:<8}  {address:<15}  {device}");
    row.trim_end().to_owned()
}

/// The members are those of the API's `SessionView`.
fn object(BegunSession { session, device }: &BegunSession) -> String {
    json!({
        "id": session.id.to_string(),
        "device_name": device.name.as_ref().map(DeviceName::as_str),
        "address": device.address.map(|address| address.to_string()),
        "created_at": moment::exact(session.created_at),
        "last_used_at": moment::exact(session.last_used_at),
        "current": false,
        "method": session.method.name(),
    })
    .to_string()
}
