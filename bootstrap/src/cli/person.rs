//! Somebody, as they are named on the command line.

use crate::failure::Failure;
use crate::wiring::House;
use application::actor::Actor;
use application::users::{FindError, UserRecord};
use clap::Args;
use domain::ids::UserId;
use domain::users::LoginName;
use std::fmt;
use uuid::Uuid;

/// Whose account it is about.
#[derive(Args)]
pub(super) struct Person {
    /// User name, e-mail address or id
    #[arg(value_name = "LOGIN")]
    login: String,
}

impl Person {
    /// Their account.
    pub(super) async fn find(&self, house: &House) -> Result<UserRecord, Failure> {
        find(house, &self.login).await
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.login)
    }
}

/// The account of somebody who is named like that.
pub(super) async fn find(house: &House, login: &str) -> Result<UserRecord, Failure> {
    let actor = Actor::system();
    let found = match id(login) {
        Some(id) => house.users.view(&actor, id).await,
        None => house.users.find(&actor, &LoginName::parse(login)).await,
    };
    found.map_err(|error| match error {
        FindError::Missing => Failure::Failed(format!(
            "nobody has the user name, e-mail address or id {login:?}; `xtrem user list` shows who there is"
        )),
        other => Failure::of_use_case(&other),
    })
}

/// An identifier, as it is printed. The shorter spellings could be user names.
pub(super) fn id(text: &str) -> Option<UserId> {
    let hyphenated = Some(text).filter(|text| text.len() == uuid::fmt::Hyphenated::LENGTH)?;
    Uuid::try_parse(hyphenated).ok().map(UserId::from_uuid)
}
