use super::house::with_house;
use super::person::Person;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::actor::Actor;
use application::fault::chain;
use application::users::UserRecord;
use clap::Subcommand;
use domain::users::LoginName;
use serde_json::{Value, json};

mod create;
mod export;
mod list;
mod password;
mod sessions;
mod standing;
mod view;

pub(super) use view::object;

/// What can be done with accounts.
#[derive(Subcommand)]
pub(super) enum UserCommand {
    /// Create an account and print its id and name
    Create(create::Create),
    /// List accounts, the oldest first unless another order is asked for
    List(list::List),
    /// Show one account
    Show {
        #[command(flatten)]
        person: Person,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Give an account another role, for good or until a date
    SetRole(standing::SetRole),
    /// Close an account for the time being and end its sessions; it is felt at once
    Suspend(standing::Suspend),
    /// Open a suspended account again
    Reinstate {
        #[command(flatten)]
        person: Person,
        /// Print the account as JSON
        #[arg(long)]
        json: bool,
    },
    /// Delete an account for ever, with everything that is theirs
    ///
    /// What the databases and every backup of the vault hold about them can't be read from that moment on. Prints a signed
    /// receipt that says so.
    Delete {
        #[command(flatten)]
        person: Person,
        /// Say that it is meant: nothing brings the account back
        #[arg(long)]
        yes: bool,
        /// Print one JSON object with the signed receipt
        #[arg(long)]
        json: bool,
    },
    /// Write down everything that is held about somebody, signed: as one line of JSON
    Export(export::Export),
    /// List where somebody is logged in
    Sessions(sessions::Sessions),
    /// Log somebody out everywhere
    EndSessions {
        #[command(flatten)]
        person: Person,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Make a link by which somebody sets their password, in the place of any earlier one
    PasswordLink(create::PasswordLink),
    /// Forget failed log-ins, so that the owner of an account need not wait
    Unlock {
        #[command(flatten)]
        person: Person,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl UserCommand {
    /// Does it, on the databases themselves. What was given is judged before anything is opened.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        match self {
            Self::Create(form) => form.execute(config).await,
            Self::List(part) => part.execute(config).await,
            Self::SetRole(change) => change.execute(config).await,
            Self::Suspend(order) => order.execute(config).await,
            Self::Sessions(part) => part.execute(config).await,
            Self::PasswordLink(order) => order.execute(config).await,
            Self::Export(order) => order.execute(config).await,
            Self::Delete { person, yes: false, .. } => Err(Failure::Input(format!(
                "this deletes the account of {person} for ever, with everything that is theirs: add --yes to say that \
                 it is meant"
            ))),
            Self::Show { person, json } => {
                with_house(config, async |house| show(house, &person, json).await).await
            }
            Self::Reinstate { person, json } => {
                with_house(config, async |house| standing::reinstate(house, &person, json).await).await
            }
            Self::Delete { person, yes: true, json } => {
                with_house(config, async |house| delete(house, &person, json).await).await
            }
            Self::EndSessions { person, json } => {
                with_house(config, async |house| sessions::end(house, &person, json).await).await
            }
            Self::Unlock { person, json } => {
                with_house(config, async |house| unlock(house, &person, json).await).await
            }
        }
    }
}

/// An account in a sentence.
fn named(record: &UserRecord) -> String {
    format!("{} {}", record.user.id, record.user.username)
}

async fn show(house: &House, person: &Person, json: bool) -> Result<(), Failure> {
    let record = person.find(house).await?;
    Ok(output::line(if json { view::json(&record) } else { view::card(&record) })?)
}

async fn delete(house: &House, person: &Person, json: bool) -> Result<(), Failure> {
    let record = person.find(house).await?;
    let deleted = house.users.delete(&Actor::system(), record.user.id).await;
    let receipt = deleted.map_err(|error| Failure::of_use_case(&error))?;
    // A running service would list them within a second, and so does the next start; nobody knows when that is.
    if let Err(error) = house.vault.tidy().await {
        output::aside(format!("warning: the erasure is not in the list of them yet: {}", chain(&error)));
    }
    if json {
        let receipt: Value = serde_json::from_str(receipt.as_str()).map_err(|error| Failure::of(&error))?;
        return Ok(output::line(json!({"id": record.user.id.to_string(), "receipt": receipt}))?);
    }
    output::line(format!("{} was deleted. The signed receipt, for them to keep:", named(&record)))?;
    Ok(output::line(receipt.as_str())?)
}

async fn unlock(house: &House, person: &Person, json: bool) -> Result<(), Failure> {
    let record = person.find(house).await?;
    let login = LoginName::Username(record.user.username.clone());
    let unlocked = house.admin.unlock(&Actor::system(), &login).await;
    let was_locked = unlocked.map_err(|error| Failure::of_use_case(&error))?;
    if json {
        return Ok(output::line(json!({"id": record.user.id.to_string(), "was_locked": was_locked}))?);
    }
    Ok(output::line(if was_locked {
        format!("{} can log in without waiting", named(&record))
    } else {
        format!("{} was not locked; nothing was changed", named(&record))
    })?)
}
