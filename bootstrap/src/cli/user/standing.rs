//! What an account may do, and whether it may be used.

use super::super::house::with_house;
use super::super::moment;
use super::super::person::Person;
use super::{named, view};
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::actor::Actor;
use application::users::{ManageError, RoleChange, SuspensionOrder, UserRecord};
use clap::Args;
use domain::Timestamp;
use domain::access::Role;
use domain::users::Justification;
use domain::violation::{FieldViolation, Violations};

/// Another role for somebody.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem user set-role ada moderator
  xtrem user set-role ada admin --until 2030-01-31T18:00:00Z --reason \"on call this week\"")]
pub(in crate::cli) struct SetRole {
    #[command(flatten)]
    person: Person,
    /// user, moderator or admin
    #[arg(value_name = "ROLE")]
    role: String,
    /// When the role ends by itself, such as 2030-01-31T18:00:00Z, and the one before is back
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Why; stands in the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// Print the account as JSON
    #[arg(long)]
    json: bool,
}

impl SetRole {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let change = self.read().map_err(Failure::form)?;
        with_house(config, async |house| set_role(house, &self.person, change, self.json).await).await
    }

    fn read(&self) -> Result<RoleChange, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let role = wrong.take("role", Role::parse(&self.role));
        let until = wrong.optional("until", self.until.as_deref(), moment::parse);
        let reason = wrong.optional("reason", self.reason.as_deref(), Justification::parse);
        let change = (|| Some(RoleChange { role: role?, until: until?, reason: reason?, password: None }))();
        wrong.finish(change)
    }
}

async fn set_role(house: &House, person: &Person, change: RoleChange, json: bool) -> Result<(), Failure> {
    let id = person.find(house).await?.user.id;
    let changed = house.users.set_role(&Actor::system(), id, change).await;
    let record = changed.map_err(|error| match error {
        // Applications know the end of a role under another name than the flag.
        ManageError::Invalid(wrong) => Failure::form([FieldViolation { field: "until", ..wrong }]),
        other => Failure::of_use_case(&other),
    })?;
    let end = record.user.role_end.map(|end| end.at);
    tell(&record, json, format!("{} is {}{}", named(&record), record.user.role.name(), until(end)))
}

/// An account that is to be closed.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem user suspend bob --reason \"sends spam\"
  xtrem user suspend bob --reason \"lost a laptop\" --until 2030-01-31T18:00:00Z")]
pub(in crate::cli) struct Suspend {
    #[command(flatten)]
    person: Person,
    /// Why; stands beside the account and in the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// When it opens again by itself, such as 2030-01-31T18:00:00Z; otherwise it stays closed until it is reinstated
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// Print the account as JSON
    #[arg(long)]
    json: bool,
}

impl Suspend {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let order = self.read().map_err(Failure::form)?;
        with_house(config, async |house| suspend(house, &self.person, order, self.json).await).await
    }

    fn read(&self) -> Result<SuspensionOrder, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let reason = wrong.take("reason", Justification::parse(&self.reason));
        let until = wrong.optional("until", self.until.as_deref(), moment::parse);
        let order = (|| Some(SuspensionOrder { reason: reason?, until: until?, password: None }))();
        wrong.finish(order)
    }
}

async fn suspend(house: &House, person: &Person, order: SuspensionOrder, json: bool) -> Result<(), Failure> {
    let id = person.find(house).await?.user.id;
    let suspended = house.users.suspend(&Actor::system(), id, order).await;
    let record = suspended.map_err(|error| Failure::of_use_case(&error))?;
    let end = record.user.suspension.as_ref().and_then(|suspension| suspension.until);
    tell(&record, json, format!("{} is {}{}", named(&record), status(&record), until(end)))
}

/// Opens an account again.
pub(super) async fn reinstate(house: &House, person: &Person, json: bool) -> Result<(), Failure> {
    let before = person.find(house).await?;
    if before.user.suspension.is_none() {
        let told = format!("{} was not suspended; nothing was changed", named(&before));
        return tell(&before, json, told);
    }
    let reinstated = house.users.reinstate(&Actor::system(), before.user.id).await;
    let record = reinstated.map_err(|error| Failure::of_use_case(&error))?;
    tell(&record, json, format!("{} is {}", named(&record), status(&record)))
}

/// The account as it is now, for programs, or what happened to it, for people.
fn tell(record: &UserRecord, json: bool, told: String) -> Result<(), Failure> {
    Ok(output::line(if json { view::json(record) } else { told })?)
}

fn status(record: &UserRecord) -> &'static str {
    record.user.status().name()
}

fn until(end: Option<Timestamp>) -> String {
    end.map(|at| format!(" until {}", moment::exact(at))).unwrap_or_default()
}
