use super::house::with_house;
use super::moment;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::actor::Actor;
use application::keys::KeyRecord;
use clap::Subcommand;
use domain::keys::KeyState;
use serde_json::json;

mod root;

/// What can be done with the keys that sign access tokens, and with the root key.
#[derive(Subcommand)]
pub(super) enum KeysCommand {
    /// List the keys in the order in which they sign
    List {
        /// Print one JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Bring the next key into use, as soon as everybody could fetch it; a running service notices by itself
    #[command(after_help = "\
Examples:
  xtrem keys rotate            the next key, without anybody noticing
  xtrem keys rotate --revoke   a key has leaked
  xtrem keys rotate --root     another root key, which seals all others")]
    Rotate {
        /// A key has leaked: take all of them out of use now, with everything they have signed. Nobody has to log in
        /// again; applications get new access tokens with their refresh tokens
        #[arg(long)]
        revoke: bool,
        /// Replace the root key instead, which seals all others: nobody is interrupted, and cut off it goes on
        /// when it is called again
        #[arg(long, conflicts_with = "revoke")]
        root: bool,
        #[command(flatten)]
        replacement: root::Replacement,
        /// Print the keys that there are then, one JSON object a line; of the root key, what was done
        #[arg(long)]
        json: bool,
    },
}

impl KeysCommand {
    /// Does it, on the database itself.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        match self {
            Self::List { json } => with_house(config, async |house| list(house, json).await).await,
            Self::Rotate { root: true, replacement, json, .. } => replacement.execute(config, json).await,
            Self::Rotate { revoke: true, json, .. } => {
                with_house(config, async |house| revoke(house, json).await).await
            }
            Self::Rotate { json, .. } => with_house(config, async |house| rotate(house, json).await).await,
        }
    }
}

async fn list(house: &House, json: bool) -> Result<(), Failure> {
    let keys = all(house).await?;
    if json {
        return print(&keys);
    }
    if keys.is_empty() {
        return Ok(output::line("There are no keys yet: the first start of the service makes one.")?);
    }
    output::line(columns("KEY", "ALGORITHM", "STATE", "CREATED", "SIGNS FROM"))?;
    for key in &keys {
        let (created, from) = (moment::second(key.created_at), moment::second(key.active_from));
        output::line(columns(&key.kid, key.algorithm.name(), key.state.name(), &created, &from))?;
    }
    Ok(())
}

async fn rotate(house: &House, json: bool) -> Result<(), Failure> {
    let rotated = house.keys.rotate(&Actor::system()).await;
    let keys = rotated.map_err(|error| Failure::of_use_case(&error))?;
    if json {
        return print(&keys);
    }
    // Where keys need not be published, the new one signs already.
    let next = keys.iter().find(|key| key.state == KeyState::Next).map(|key| {
        let from = moment::second(key.active_from);
        format!("{} begins to sign at {from}; the key of now goes on until then", named(key))
    });
    let begun = || signing(&keys);
    let told = next.or_else(begun).unwrap_or_default();
    Ok(output::line(format!("{told}.\nWhat was signed before is accepted to its end."))?)
}

async fn revoke(house: &House, json: bool) -> Result<(), Failure> {
    let before = all(house).await?;
    let revoked = house.keys.revoke(&Actor::system()).await;
    let keys = revoked.map_err(|error| Failure::of_use_case(&error))?;
    if json {
        return print(&keys);
    }
    for key in &before {
        output::line(format!("{} was taken out of use.", named(key)))?;
    }
    let told = signing(&keys).unwrap_or_default();
    Ok(output::line(format!(
        "{told}.\nEvery access token that was signed before is refused; nobody has to log in again for a new one."
    ))?)
}

async fn all(house: &House) -> Result<Vec<KeyRecord>, Failure> {
    house.keys.list(&Actor::system()).await.map_err(|error| Failure::of_use_case(&error))
}

fn signing(keys: &[KeyRecord]) -> Option<String> {
    let current = keys.iter().find(|key| key.state == KeyState::Current)?;
    Some(format!("{} signs from now on", named(current)))
}

fn named(key: &KeyRecord) -> String {
    format!("{} ({})", key.kid, key.algorithm.name())
}

fn columns(key: &str, algorithm: &str, state: &str, created: &str, from: &str) -> String {
    format!("{key:<43}  {algorithm:<9}  {state:<7}  {created:<20}  {from}")
}

fn print(keys: &[KeyRecord]) -> Result<(), Failure> {
    for key in keys {
        output::line(json!({
            "kid": key.kid,
            "algorithm": key.algorithm.name(),
            "state": key.state.name(),
            "created_at": moment::exact(key.created_at),
            "active_from": moment::exact(key.active_from),
        }))?;
    }
    Ok(())
}
