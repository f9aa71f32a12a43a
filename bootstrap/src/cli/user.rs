use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::actor::Actor;
use application::users::FindError;
use clap::{Args, Subcommand};
use domain::access::Role;
use domain::ids::UserId;
use domain::users::{LoginName, PasswordPolicy, Profile, SignUp, SignUpDraft};
use domain::violation::FieldViolation;
use std::num::NonZeroUsize;
use uuid::Uuid;

mod password;
mod view;

/// What can be done with accounts.
#[derive(Subcommand)]
pub enum UserCommand {
    /// Create an account and print its id and name
    Create(Create),
    /// List accounts in the order in which they were made
    List(List),
    /// Show one account
    Show {
        /// User name or e-mail address
        #[arg(value_name = "NAME-OR-EMAIL")]
        login: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Give an account another role
    SetRole {
        /// User name or e-mail address
        #[arg(value_name = "NAME-OR-EMAIL")]
        login: String,
        /// user, moderator or admin
        role: String,
    },
    /// Forget failed log-ins, so that the owner of an account need not wait
    Unlock {
        /// User name or e-mail address
        #[arg(value_name = "NAME-OR-EMAIL")]
        login: String,
    },
}

/// A form for a new account.
#[derive(Args)]
pub struct Create {
    /// The name, 3 to 32 letters, digits, `_`, `.` or `-`
    #[arg(long, value_name = "NAME")]
    username: String,
    /// The e-mail address
    #[arg(long, value_name = "ADDRESS")]
    email: String,
    /// user, moderator or admin
    #[arg(long, default_value = "user")]
    role: String,
    /// The name of the person
    #[arg(long, value_name = "TEXT")]
    full_name: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// Print the account as JSON
    #[arg(long)]
    json: bool,
}

/// Which part of the list.
#[derive(Args)]
pub struct List {
    /// At most so many
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Begin after this account
    #[arg(long, value_name = "ID")]
    after: Option<Uuid>,
    /// Print one JSON object a line
    #[arg(long)]
    json: bool,
}

impl UserCommand {
    /// Does it, on the databases themselves. What was given is judged before anything is opened.
    pub async fn execute(self, config: Config) -> Result<(), Failure> {
        match self {
            Self::Create(form) => {
                let json = form.json;
                let (form, role) = form.read(config.passwords.policy)?;
                with_house(&config, async |house| create(house, form, role, json).await).await
            }
            Self::List(part) => with_house(&config, async |house| list(house, part).await).await,
            Self::Show { login, json } => {
                with_house(&config, async |house| show(house, &login, json).await).await
            }
            Self::SetRole { login, role } => {
                let role = read_role(&role).map_err(|violation| Failure::form([violation]))?;
                with_house(&config, async |house| set_role(house, &login, role).await).await
            }
            Self::Unlock { login } => with_house(&config, async |house| unlock(house, &login).await).await,
        }
    }
}

/// Opens the house for one piece of work, and closes it however that ends.
async fn with_house(
    config: &Config,
    work: impl AsyncFnOnce(&House) -> Result<(), Failure>,
) -> Result<(), Failure> {
    // Nothing here is signed, so nobody learns the address that a running service goes by.
    let public_url = config.server.public_url.clone().unwrap_or_default();
    let house = House::open(config, &public_url, NonZeroUsize::MIN).await?;
    let done = work(&house).await;
    house.close().await;
    done
}

fn read_role(text: &str) -> Result<Role, FieldViolation> {
    Role::parse(text).map_err(|violation| FieldViolation { field: "role", violation })
}

impl Create {
    /// Reads the form, and the password from wherever it comes; names everything that is wrong at once.
    fn read(&self, policy: PasswordPolicy) -> Result<(SignUp, Role), Failure> {
        let password = if self.password_stdin { password::piped()? } else { password::asked_for()? };
        let draft = SignUpDraft {
            username: Some(&self.username),
            email: Some(&self.email),
            password: Some(&password),
            full_name: self.full_name.as_deref(),
            locale: None,
        };
        match (SignUp::parse(draft, policy), read_role(&self.role)) {
            (Ok(form), Ok(role)) => Ok((form, role)),
            (form, role) => Err(Failure::form(form.err().into_iter().flatten().chain(role.err()))),
        }
    }
}

async fn create(house: &House, form: SignUp, role: Role, json: bool) -> Result<(), Failure> {
    let created = house.users.create(&Actor::system(), form, role).await;
    let profile = created.map_err(|error| Failure::of_use_case(&error))?;
    let short = || format!("{} {}", profile.user.id, profile.user.username);
    Ok(output::line(if json { view::json(&profile) } else { short() })?)
}

async fn list(house: &House, part: List) -> Result<(), Failure> {
    const PAGE: u32 = 500;
    let mut after = part.after.map(UserId::from_uuid);
    let mut left = part.limit;
    let mut table = view::Table::default();
    while left > 0 {
        let asked = left.min(PAGE);
        let page = house.users.page(&Actor::system(), after, asked).await;
        let page = page.map_err(|error| Failure::of_use_case(&error))?;
        for profile in &page {
            output::line(if part.json { view::json(profile) } else { table.row(profile) })?;
        }
        let count = u32::try_from(page.len()).unwrap_or(u32::MAX);
        after = page.last().map_or(after, |profile| Some(profile.user.id));
        left = left.saturating_sub(count);
        if count < asked {
            return Ok(());
        }
    }
    if let Some(last) = after {
        output::aside(format!("If there are more: xtrem user list --after {last}"));
    }
    Ok(())
}

async fn show(house: &House, login: &str, json: bool) -> Result<(), Failure> {
    let profile = find(house, login).await?;
    Ok(output::line(if json { view::json(&profile) } else { view::card(&profile) })?)
}

async fn set_role(house: &House, login: &str, role: Role) -> Result<(), Failure> {
    let id = find(house, login).await?.user.id;
    let changed = house.users.set_role(&Actor::system(), id, role).await;
    let user = changed.map_err(|error| Failure::of_use_case(&error))?.user;
    Ok(output::line(format!("{} {} is {}", user.id, user.username, user.role.name()))?)
}

async fn unlock(house: &House, login: &str) -> Result<(), Failure> {
    let user = find(house, login).await?.user;
    let unlocked = house.admin.unlock(&Actor::system(), &LoginName::parse(login)).await;
    Ok(output::line(if unlocked.map_err(|error| Failure::of_use_case(&error))? {
        format!("{} {} can log in without waiting", user.id, user.username)
    } else {
        format!("{} {} was not locked; nothing was changed", user.id, user.username)
    })?)
}

async fn find(house: &House, login: &str) -> Result<Profile, Failure> {
    house.users.find(&Actor::system(), &LoginName::parse(login)).await.map_err(|error| match error {
        FindError::Missing => Failure::Failed(format!(
            "nobody has the user name or e-mail address {login:?}; `xtrem user list` shows who there is"
        )),
        other => Failure::of_use_case(&other),
    })
}
