//! Taking a backup, and checking one.

use super::house::with_house;
use super::moment;
use super::restore::{identities, interrupted, root_key};
use crate::backups::{Bars, restoring};
use crate::config::Config;
use crate::failure::Failure;
use crate::{output, server};
use application::backup::{Findings, Manifest, Watcher};
use application::fault::chain;
use clap::Args;
use persistence::Purpose;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Take a backup while the service goes on, or check one
///
/// A backup is a folder with a copy of either database and a signed manifest. Everything that was acknowledged before it
/// was begun is in it. The root key is not: keep a copy of that apart from it.
///
/// Without a recipient a backup holds what the databases hold: personal data sealed, but user names and the hashes of
/// passwords as they are. With one, only whoever has the private key can read any of it.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem backup /mnt/backups/today
  xtrem backup /mnt/backups/today --recipient age1...
  xtrem backup /mnt/backups/today --verify --identity key.txt")]
pub(super) struct BackupCommand {
    /// The folder that becomes the backup: one that does not exist yet, or is empty
    #[arg(value_name = "DIR")]
    dir: PathBuf,
    /// Encrypt it to this public key of age (`age1...`) instead of `backup.recipient`
    #[arg(long, value_name = "RECIPIENT", conflicts_with = "verify")]
    recipient: Option<String>,
    /// Check the backup in DIR as a restore would, in a temporary place, and touch nothing that is in use
    #[arg(long)]
    verify: bool,
    /// The file with the private key that opens the backup
    #[arg(long, value_name = "FILE", requires = "verify")]
    identity: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl BackupCommand {
    /// Does it, beside the service if that runs.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        if self.verify {
            return check(config, &self.dir, self.identity.as_deref(), &[], self.json).await;
        }
        self.take(config).await
    }

    async fn take(self, config: &Config) -> Result<(), Failure> {
        let mut config = config.clone();
        config.backup.recipient = self.recipient.clone().or(config.backup.recipient);
        with_house(&config, async |house| {
            let bars = Arc::new(Bars::default());
            let watcher: Watcher = bars.clone();
            let mut stops = server::listen_for_stops()?;
            let taken = tokio::select! {
                taken = house.backups.take(&self.dir, &watcher) => taken.map_err(|error| Failure::of(&error)),
                _ = stops.recv() => {
                    house.backups.abandon().await;
                    Err(interrupted())
                }
            };
            bars.end();
            self.tell_of(&taken?)
        })
        .await
    }

    fn tell_of(&self, manifest: &Manifest) -> Result<(), Failure> {
        if self.json {
            let mut told = json(manifest);
            told["place"] = json!(self.dir.display().to_string());
            return Ok(output::line(told)?);
        }
        output::line(format!("A backup was taken: {}", self.dir.display()))?;
        Ok(output::line(described(manifest))?)
    }
}

/// Checks a backup in a temporary place, and against heads of the trail that were kept elsewhere.
pub(super) async fn check(
    config: &Config,
    dir: &Path,
    identity: Option<&Path>,
    heads: &[String],
    json: bool,
) -> Result<(), Failure> {
    let root = root_key(config)?;
    let service = restoring(config, Purpose::Trial, &root, identities(identity)?);
    let bars = Arc::new(Bars::default());
    let watcher: Watcher = bars.clone();
    let mut stops = server::listen_for_stops()?;
    let checked = tokio::select! {
        checked = service.verify(dir, heads, &watcher) => checked,
        _ = stops.recv() => {
            service.clear().await;
            return Err(interrupted());
        }
    };
    bars.end();
    match checked {
        Ok(findings) => tell(dir, &findings, json),
        Err(error) => {
            if json {
                output::line(json!({"good": false, "problem": chain(&error)}))?;
            }
            Err(Failure::of(&error))
        }
    }
}

fn tell(dir: &Path, Findings { manifest, trail }: &Findings, is_json: bool) -> Result<(), Failure> {
    if is_json {
        let mut told = json(manifest);
        told["good"] = json!(true);
        told["audit_trail"] = json!(trail.number());
        return Ok(output::line(told)?);
    }
    output::line(format!("The backup is good: {}", dir.display()))?;
    output::line(described(manifest))?;
    Ok(output::line(format!(
        "It was loaded, its halves fit, and its audit trail holds up to event {trail}."
    ))?)
}

/// What a backup is, for people.
pub(super) fn described(manifest: &Manifest) -> String {
    let encryption = match &manifest.recipient {
        Some(recipient) => format!("encrypted to {recipient}"),
        None => "not encrypted beyond what the databases seal".to_owned(),
    };
    format!(
        "Everything up to {} is in it, {} KiB, {encryption}.",
        moment::second(manifest.begun_at),
        manifest.size().div_ceil(1024)
    )
}

/// The same for programs.
pub(super) fn json(manifest: &Manifest) -> Value {
    json!({
        "begun_at": moment::exact(manifest.begun_at),
        "instance": manifest.instance.to_string(),
        "recipient": manifest.recipient,
        "size": manifest.size(),
        "audit_head": manifest.head.sequence.number(),
    })
}
