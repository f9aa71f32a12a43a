//! New accounts, and the links by which their owners set a password.

use super::super::house::{public_url, with_house};
use super::super::moment;
use super::super::person::Person;
use super::{named, password, view};
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::actor::Actor;
use application::users::{Created, IssuedPasswordLink};
use clap::Args;
use domain::users::{Enrolment, PasswordPolicy, SignUpDraft};
use serde_json::{Value, json};

/// A form for a new account.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem user create --username ada --email ada@example.com --role admin
  xtrem user create --username bob --email bob@example.com --invite
  pass show bob | xtrem user create --username bob --email bob@example.com --password-stdin")]
pub(in crate::cli) struct Create {
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
    /// Set no password, and print a link by which its owner sets one; it works once, for a day
    #[arg(long, conflicts_with = "password_stdin")]
    invite: bool,
    /// Print the account as JSON
    #[arg(long)]
    json: bool,
}

impl Create {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        // An account whose link nobody can be told must not be made.
        let url = if self.invite { Some(public_url(config)?) } else { None };
        let form = self.read(config.passwords.policy)?;
        with_house(config, async |house| create(house, form, url.as_deref(), self.json).await).await
    }

    /// Reads the form, and the password from wherever it comes; names everything that is wrong at once.
    fn read(&self, policy: PasswordPolicy) -> Result<Enrolment, Failure> {
        let password = match (self.invite, self.password_stdin) {
            (true, _) => None,
            (false, true) => Some(password::piped()?),
            (false, false) => Some(password::asked_for()?),
        };
        let draft = SignUpDraft {
            username: Some(&self.username),
            email: Some(&self.email),
            password: password.as_ref().map(|password| password.as_str()),
            full_name: self.full_name.as_deref(),
            locale: None,
        };
        Enrolment::parse(draft, Some(&self.role), policy).map_err(Failure::form)
    }
}

async fn create(house: &House, form: Enrolment, url: Option<&str>, json: bool) -> Result<(), Failure> {
    let created = house.users.create(&Actor::system(), form).await;
    let Created { record, password_link } = created.map_err(|error| Failure::of_use_case(&error))?;
    let link = url.zip(password_link).map(|(url, link)| Link::new(url, &link));
    if json {
        let mut account = view::object(&record);
        account.extend(link.map(|link| ("password_link".to_owned(), link.json())));
        return Ok(output::line(Value::Object(account))?);
    }
    output::line(named(&record))?;
    link.map_or(Ok(()), |link| link.print())
}

/// A person who is to set a password.
#[derive(Args)]
pub(in crate::cli) struct PasswordLink {
    #[command(flatten)]
    person: Person,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl PasswordLink {
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let url = public_url(config)?;
        with_house(config, async |house| {
            let id = self.person.find(house).await?.user.id;
            let issued = house.users.issue_password_link(&Actor::system(), id).await;
            let link = Link::new(&url, &issued.map_err(|error| Failure::of_use_case(&error))?);
            if self.json { Ok(output::line(link.json())?) } else { link.print() }
        })
        .await
    }
}

/// A link, as it is opened in a browser.
struct Link {
    url: String,
    expires_at: String,
}

impl Link {
    fn new(url: &str, issued: &IssuedPasswordLink) -> Self {
        let url = format!("{url}/set-password/{}", issued.secret.expose());
        Self { url, expires_at: moment::exact(issued.expires_at) }
    }

    /// Nothing but the link is the answer, so that a script can send it on.
    fn print(&self) -> Result<(), Failure> {
        output::line(&self.url)?;
        output::aside(format!("Whoever opens this link sets the password: once, until {}.", self.expires_at));
        Ok(())
    }

    fn json(&self) -> Value {
        json!({"url": self.url, "expires_at": self.expires_at})
    }
}
