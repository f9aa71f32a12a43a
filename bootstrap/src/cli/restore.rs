//! Putting a backup back.

use super::backup::{described, json};
use crate::backups::{Bars, restoring};
use crate::config::{Config, KeySource};
use crate::failure::Failure;
use crate::{ground, output, server};
use ::backup::Identities;
use application::backup::{Restored, Watcher};
use application::clock::Clock;
use application::ledger::{Book, Ledger};
use clap::Args;
use ledger::FileLedger;
use persistence::Purpose;
use security::{RootKey, SystemClock};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Put a backup back; the service has to be stopped
///
/// The manifest, the root key, every file, the audit trail and the two halves against each other are checked before
/// anything is put in its place. Who was erased after the backup was taken is erased again, as far as the list of erasures
/// tells.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem restore /mnt/backups/today
  xtrem restore /mnt/backups/today --replace --identity key.txt
  xtrem restore /mnt/backups/today --erasures /mnt/elsewhere/erasures.ndjson")]
pub(super) struct RestoreCommand {
    /// The folder of the backup
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Where there are databases already, move them aside: files beside themselves, tables into another schema. The heads of
    /// the audit trail that were published go with them
    #[arg(long)]
    replace: bool,
    /// The file with the private key that opens the backup
    #[arg(long, value_name = "FILE")]
    identity: Option<PathBuf>,
    /// Erase whom this list names, such as a copy that was kept elsewhere, instead of the one in `vault.erasures_file`
    #[arg(long, value_name = "FILE")]
    erasures: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl RestoreCommand {
    /// Does it. What was given is looked for before anything is opened.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let root = root_key(config)?;
        let identities = identities(self.identity.as_deref())?;
        let erasures = self.erasures(config).await?;
        let purpose = if self.replace { Purpose::Replace } else { Purpose::Vacant };
        let service = restoring(config, purpose, &root, identities);
        let bars = Arc::new(Bars::default());
        let watcher: Watcher = bars.clone();
        let mut stops = server::listen_for_stops()?;
        let restored = tokio::select! {
            restored = service.restore(&self.dir, &erasures, &watcher) => restored.map_err(|error| Failure::of(&error)),
            _ = stops.recv() => {
                service.clear().await;
                Err(interrupted())
            }
        };
        bars.end();
        let mut restored = restored?;
        restored.aside.extend(set_heads_aside(&config.audit.heads_file)?);
        self.tell(&restored)
    }

    async fn erasures(&self, config: &Config) -> Result<Vec<String>, Failure> {
        if let Some(file) = self.erasures.as_ref().filter(|file| !file.is_file()) {
            return Err(Failure::Input(format!("{} is no file: name the list of erasures", file.display())));
        }
        let file = self.erasures.as_ref().unwrap_or(&config.vault.erasures_file);
        let books = FileLedger::new(config.audit.heads_file.clone(), file.clone());
        books.lines(Book::Erasures).await.map_err(|error| Failure::of(&error))
    }

    fn tell(&self, restored: &Restored) -> Result<(), Failure> {
        let Restored { findings, erased, aside } = restored;
        if self.json {
            let mut told = json(&findings.manifest);
            told["audit_trail"] = json!(findings.trail.number());
            told["erased_again"] = json!(erased);
            told["aside"] = json!(aside);
            return Ok(output::line(told)?);
        }
        output::line(format!("The backup was put back: {}", self.dir.display()))?;
        output::line(described(&findings.manifest))?;
        if *erased > 0 {
            output::line(format!("{erased} people who were erased since then were erased again."))?;
        }
        for place in aside {
            output::line(format!("What was there before is kept: {place}"))?;
        }
        Ok(())
    }
}

/// What was published of the trail since the backup was taken is not in it any more: held against those heads, it would
/// seem to have been cut. They are kept, and from the next one on there are new ones.
fn set_heads_aside(file: &Path) -> Result<Option<String>, Failure> {
    if !file.exists() {
        return Ok(None);
    }
    let mut aside = file.as_os_str().to_owned();
    aside.push(format!(".before_{}", SystemClock.now().as_seconds()));
    let aside = PathBuf::from(aside);
    std::fs::rename(file, &aside).map_err(|error| {
        Failure::Failed(format!(
            "the databases were put back, but {} could not be set aside ({error}): move it away yourself, for the heads in \
             it tell of events that came after the backup",
            file.display()
        ))
    })?;
    Ok(Some(aside.display().to_string()))
}

/// The root key: a backup opens under the one that it was made under, and no other is made for it.
pub(super) fn root_key(config: &Config) -> Result<RootKey, Failure> {
    if let KeySource::File(path) = &config.keys.root
        && !path.exists()
    {
        return Err(Failure::Failed(format!(
            "there is no root key at {}, and a backup opens only under the one that it was made under: put your copy of it \
             there, or say with keys.root_key_file where it is",
            path.display()
        )));
    }
    ground::load_root_key(&config.keys.root)
}

/// The private keys in a file.
pub(super) fn identities(file: Option<&Path>) -> Result<Option<Identities>, Failure> {
    file.map(Identities::read).transpose().map_err(Failure::Input)
}

pub(super) fn interrupted() -> Failure {
    Failure::Failed("interrupted; what was begun was removed, and nothing else was touched".to_owned())
}
