//! Another root key in the place of the one in force, while everybody goes on working.

use crate::config::{Config, KeySource};
use crate::failure::Failure;
use crate::ground::{self, Ground, Successor};
use crate::output;
use crate::progress::Progress;
use application::vault::{RotateError, VaultService};
use clap::Args;
use security::{RootKey, RootReplacement};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// How long it takes at most until every process knows a new wrapping key: they look once a second.
const HEARD: Duration = Duration::from_secs(3);
/// How often somebody may be added by a process that does not, before this gives up.
const ATTEMPTS: usize = 10;

/// Which new root key.
#[derive(Args)]
pub(in crate::cli) struct Replacement {
    /// Where the new root key is made, or stands already, if it is not to be beside the old one
    #[arg(long, value_name = "FILE", requires = "root")]
    new_root_key_file: Option<PathBuf>,
}

/// What was done.
struct Done {
    /// How many keys were sealed anew; `None` where all of them were already.
    people: Option<u64>,
    new: PathBuf,
    old: Option<PathBuf>,
    inherits: bool,
}

impl Replacement {
    /// Replaces the root key, or goes on where an earlier attempt was cut off.
    pub(super) async fn execute(self, config: &Config, json: bool) -> Result<(), Failure> {
        let source = &config.keys.root;
        let successor = self.successor(source)?;
        let ground = ground::open(config, Some(&successor)).await?;
        let done = replace(&ground, source, &successor).await;
        ground.close().await;
        let done = done?;
        if json { Ok(output::line(done.json())?) } else { Ok(output::line(done.told(config))?) }
    }

    fn successor(self, source: &KeySource) -> Result<Successor, Failure> {
        let chosen = self.new_root_key_file.map(Successor::at);
        chosen.or_else(|| Successor::beside(source)).ok_or_else(|| {
            Failure::Input(
                "the root key comes from outside, so its successor has to be put there by you: say with \
                 --new-root-key-file where it is to be made"
                    .to_owned(),
            )
        })
    }
}

async fn replace(ground: &Ground, source: &KeySource, successor: &Successor) -> Result<Done, Failure> {
    // What was begun before is complete now; to replace the key once more is another decision.
    if ground.news.root_key_replaced {
        return Ok(Done {
            people: None,
            new: in_place(source, successor),
            old: None,
            inherits: successor.inherits,
        });
    }
    let old = ground::load_root_key(source)?;
    let (new, _) = RootKey::load_or_create(&successor.path).map_err(|error| Failure::of(&error))?;
    if new.key_check() == old.key_check() {
        let path = successor.path.display();
        return Err(Failure::Input(format!(
            "{path} holds the root key that is in force already; name another file"
        )));
    }
    let people = Some(rewrap(&ground.vault, &RootReplacement::new(&old, &new)).await?);
    let old = successor.put_in_place(source)?;
    Ok(Done { people, new: in_place(source, successor), old, inherits: successor.inherits })
}

fn in_place(source: &KeySource, successor: &Successor) -> PathBuf {
    match source {
        KeySource::File(path) if successor.inherits => path.clone(),
        _ => successor.path.clone(),
    }
}

/// Seals the keys of everybody under a new wrapping key, and that one under the new root key. Says how many people there
/// are.
async fn rewrap(vault: &VaultService, change: &RootReplacement) -> Result<u64, Failure> {
    let failed = |error: RotateError| Failure::of(&error);
    let wrapping = vault.begin_rotation().await.map_err(failed)?;
    let mut heard = Instant::now() + HEARD;
    let people = vault.rewrapped(wrapping).await.map_err(|error| Failure::of(&error))?;
    let mut progress = Progress::new("sealing the keys of people anew", people.all);
    let mut done = people.all.saturating_sub(people.otherwise);
    for attempt in 1.. {
        loop {
            progress.reach(done);
            match vault.rewrap_some(wrapping).await.map_err(failed)? {
                0 => break,
                more => done += more,
            }
        }
        // Until then somebody may be added under the old one.
        if Instant::now() < heard {
            sleep_until(heard).await;
            continue;
        }
        match vault.finish_rotation(change, wrapping).await {
            Err(RotateError::NotFinished) if attempt < ATTEMPTS => heard = Instant::now() + HEARD / 3,
            finished => {
                progress.end();
                finished.map_err(failed)?;
                break;
            }
        }
    }
    Ok(done)
}

impl Done {
    fn json(&self) -> String {
        let path = |path: &Path| path.display().to_string();
        json!({
            "people": self.people,
            "root_key_file": path(&self.new),
            "old_root_key_file": self.old.as_deref().map(path),
            "is_in_place": self.inherits,
        })
        .to_string()
    }

    fn told(&self, config: &Config) -> String {
        let new = self.new.display();
        let mut lines = vec![match self.people {
            Some(people) => {
                format!("The root key was replaced; the keys of {people} people were sealed anew.")
            }
            None => "The root key had been replaced already; what was left to do is done.".to_owned(),
        }];
        match &self.old {
            Some(old) => lines.push(format!("The new one is {new}, the old one is {} now.", old.display())),
            None if self.inherits => lines.push(format!("The new one is {new}.")),
            None => lines.push(format!(
                "The new one is {new}: put it where the root key comes from before the next start of the service."
            )),
        }
        lines.push(
            "The old one opens nothing in the databases any more. Keep it for as long as you keep backups that were \
             made before, apart from them; keep a copy of the new one."
                .to_owned(),
        );
        if config.database.is_postgres() {
            lines.push(
                "Give the new one to every other node of this installation before its next start.".to_owned(),
            );
        }
        lines.join("\n")
    }
}
