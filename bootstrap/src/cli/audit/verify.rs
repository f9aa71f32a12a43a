//! Whether the audit trail is what was written.

use super::super::house::with_house;
use super::super::restore::{identities, interrupted, root_key};
use crate::backups::{Bars, restoring};
use crate::config::Config;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::wiring::House;
use crate::{output, server};
use application::audit::{Report, VerifyError};
use application::backup::{RestoreError, Watcher};
use application::fault::chain;
use application::ledger::{Book, Ledger};
use application::store::ChainDirectory;
use clap::Args;
use domain::audit::{Flaw, Head, Sequence, Trouble};
use ledger::FileLedger;
use persistence::Purpose;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is checked, and against what.
#[derive(Args)]
pub(in crate::cli) struct Verify {
    /// Hold it against the signed heads in this file, such as a copy that was kept elsewhere, instead of those in
    /// `audit.heads_file`: whatever they tell of has to be there
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    /// Check an export instead of the database. Without --heads, it may be older than the latest heads
    #[arg(long, value_name = "FILE")]
    export: Option<PathBuf>,
    /// Check the trail in the backup in this folder instead, with all that a restore of it would check. With --heads, those
    /// that are not later than the backup have to agree with it
    #[arg(long, value_name = "DIR", conflicts_with = "export")]
    backup: Option<PathBuf>,
    /// The file with the private key that opens the backup
    #[arg(long, value_name = "FILE", requires = "backup")]
    identity: Option<PathBuf>,
    /// The export was made with filters: what it leaves out is not missing
    #[arg(long, requires = "export")]
    selection: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Verify {
    /// Checks it and changes nothing. What was given is looked for before anything is opened.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        for file in [&self.heads, &self.export].into_iter().flatten() {
            File::open(file).map_err(|error| unreadable(file, &error))?;
        }
        if let Some(backup) = &self.backup {
            return self.check_backup(backup, config).await;
        }
        with_house(config, async |house| self.check(house, config).await).await
    }

    async fn check(&self, house: &House, config: &Config) -> Result<(), Failure> {
        match self.outcome(house, config).await? {
            Ok(report) => self.tell(&report),
            Err(error) => self.give_up(&chain(&error)),
        }
    }

    /// Its signed manifest says where the trail in it ends, so no other head is needed.
    async fn check_backup(&self, backup: &Path, config: &Config) -> Result<(), Failure> {
        let root = root_key(config)?;
        let service = restoring(config, Purpose::Trial, &root, identities(self.identity.as_deref())?);
        let heads = match &self.heads {
            Some(file) => lines_of(file)?.map_while(Result::ok).filter(|line| is_whole(line)).collect(),
            None => Vec::new(),
        };
        let bars = Arc::new(Bars::default());
        let watcher: Watcher = bars.clone();
        let mut stops = server::listen_for_stops()?;
        let checked = tokio::select! {
            checked = service.verify(backup, &heads, &watcher) => checked,
            _ = stops.recv() => {
                service.clear().await;
                return Err(interrupted());
            }
        };
        bars.end();
        match checked {
            Ok(findings) if self.json => {
                Ok(output::line(json!({"holds": true, "last": findings.trail.number()}))?)
            }
            Ok(findings) => Ok(output::line(format!(
                "The audit trail in the backup holds: its last event is number {}, as the signed manifest says.",
                findings.trail
            ))?),
            Err(RestoreError::BrokenTrail(flaw)) => {
                self.tell(&Report { outcome: Err(flaw), anchor: None, heads: 1 })
            }
            Err(error) => self.give_up(&chain(&error)),
        }
    }

    /// A trail that can't be followed at all is a finding too.
    fn give_up(&self, problem: &str) -> Result<(), Failure> {
        if self.json {
            output::line(json!({"holds": false, "problem": problem}))?;
        }
        Err(Failure::Failed(format!("the audit trail could not be checked: {problem}")))
    }

    async fn outcome(&self, house: &House, config: &Config) -> Result<Result<Report, VerifyError>, Failure> {
        let heads = match self.heads(house, config).await? {
            Ok(heads) => heads,
            Err(error) => return Ok(Err(error)),
        };
        Ok(match &self.export {
            None => database(house, &heads).await,
            Some(export) => house.audit.verify_export(lines_of(export)?, &heads, !self.selection).await,
        })
    }

    /// The heads, in the order of the file. A line that a crash has cut off says nothing; one that says something has to
    /// be signed.
    async fn heads(&self, house: &House, config: &Config) -> Result<Result<Vec<Head>, VerifyError>, Failure> {
        let file = self.heads.as_ref().unwrap_or(&config.audit.heads_file);
        let books = FileLedger::new(file.clone(), config.vault.erasures_file.clone());
        let lines = books.lines(Book::Heads).await.map_err(|error| Failure::of(&error))?;
        let mut heads = Vec::with_capacity(lines.len());
        for (line, number) in lines.iter().zip(1..) {
            if !is_whole(line) {
                let file = file.display();
                output::aside(format!("note: line {number} of {file} is no whole line and was passed over"));
                continue;
            }
            match house.audit.heads(std::iter::once(line.as_str())) {
                Ok(read) => heads.extend(read),
                Err(_) => return Ok(Err(VerifyError::ForgedHead(number))),
            }
        }
        if let (None, Some(export)) = (&self.heads, &self.export) {
            let end = lines_of(export)?.map_while(Result::ok).last().and_then(|line: String| sequence(&line));
            heads.retain(|head| end.is_some_and(|end| head.sequence <= end));
        }
        Ok(Ok(heads))
    }

    fn tell(&self, report: &Report) -> Result<(), Failure> {
        if self.json {
            output::line(json(report))?;
        }
        let Report { outcome, anchor, heads } = report;
        let verdict = outcome.map_err(|flaw| Failure::Failed(self.found(flaw)))?;
        if self.json {
            return Ok(());
        }
        output::line(match verdict.checked {
            0 => "The audit trail holds: nothing is in it yet.".to_owned(),
            checked => format!(
                "The audit trail holds: {checked} events, the last of which is number {}, and {heads} signed heads agree.",
                verdict.last
            ),
        })?;
        if let Some(anchor) = anchor {
            output::line(format!(
                "Events up to number {anchor} were removed for their age, as the signed anchor says."
            ))?;
        }
        if *heads == 0 {
            output::aside(
                "note: no signed head was held against it; only those show whether the end was cut off",
            );
        }
        Ok(())
    }

    fn found(&self, flaw: Flaw) -> String {
        let Flaw { sequence, trouble } = flaw;
        let hint = if trouble == Trouble::Missing && self.export.is_some() && !self.selection {
            "; if the export was made with filters, add --selection"
        } else {
            ""
        };
        format!("the audit trail does not hold at number {sequence}: {trouble}{hint}")
    }
}

/// How many events the trail has, as far as one can tell at once: only for a bar, since neither end is believed before it
/// was checked.
pub(super) async fn length(house: &House) -> u64 {
    let store = &house.ground.store;
    let end = store.end().await.ok().flatten().map_or(0, |(end, _)| end.number());
    let begin = store.anchor().await.ok().flatten().map_or(0, |(anchor, _)| anchor.sequence.number());
    u64::try_from(end.saturating_sub(begin)).unwrap_or_default()
}

async fn database(house: &House, heads: &[Head]) -> Result<Report, VerifyError> {
    let mut progress = Progress::new("following the audit trail", length(house).await);
    let checked = house.audit.verify(heads, |done| progress.reach(done)).await;
    progress.end();
    checked
}

fn json(report: &Report) -> Value {
    let Report { outcome, anchor, heads } = report;
    let anchor = anchor.map(Sequence::number);
    match outcome {
        Ok(verdict) => json!({
            "holds": true,
            "checked": verdict.checked,
            "last": verdict.last.number(),
            "anchor": anchor,
            "heads": heads,
        }),
        Err(flaw) => json!({
            "holds": false,
            "sequence": flaw.sequence.number(),
            "trouble": flaw.trouble.name(),
            "anchor": anchor,
            "heads": heads,
        }),
    }
}

fn lines_of(file: &Path) -> Result<impl Iterator<Item = io::Result<String>> + Send + use<>, Failure> {
    Ok(BufReader::new(File::open(file).map_err(|error| unreadable(file, &error))?).lines())
}

/// Whether a line came to its end.
fn is_whole(line: &str) -> bool {
    serde_json::from_str::<Value>(line).is_ok()
}

fn sequence(line: &str) -> Option<Sequence> {
    let line: Value = serde_json::from_str(line).ok()?;
    line.get("sequence")?.as_i64().map(Sequence::new)
}

fn unreadable(file: &Path, error: &io::Error) -> Failure {
    Failure::Input(format!("{} can't be read: {error}", file.display()))
}
