//! What this installation has signed and given away, brought back.

use super::house::with_house;
use crate::config::Config;
use crate::failure::Failure;
use crate::output;
use crate::wiring::House;
use application::document::Document;
use application::sealing::DocumentKind;
use clap::Subcommand;
use serde_json::json;
use std::path::{Path, PathBuf};

/// What can be done with signed documents.
#[derive(Subcommand)]
pub(super) enum DocumentCommand {
    /// Check whether a receipt or an export was signed by this installation and is as it was then; exits with 1 where
    /// not
    Verify {
        /// The document
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
}

impl DocumentCommand {
    /// Does it. The file is read before anything is opened.
    pub(super) async fn execute(self, config: &Config) -> Result<(), Failure> {
        let Self::Verify { file, json } = self;
        let text = std::fs::read_to_string(&file)
            .map_err(|error| Failure::Input(format!("{} can't be read: {error}", file.display())))?;
        with_house(config, async |house| verify(house, &file, text.trim(), json)).await
    }
}

fn verify(house: &House, file: &Path, text: &str, json: bool) -> Result<(), Failure> {
    let found = DocumentKind::ALL
        .into_iter()
        .find_map(|kind| Some((kind, Document::read(house.documents.as_ref(), kind, text)?)));
    let Some((kind, data)) = found else {
        return Err(Failure::Failed(format!(
            "{} is no document that this installation has signed, or it was changed since",
            file.display()
        )));
    };
    if json {
        return Ok(output::line(json!({"kind": kind.name(), "data": data}))?);
    }
    output::line(format!("This is {}, signed by this installation and unchanged.", described(kind)))?;
    let members = data.as_object().into_iter().flatten();
    for (name, value) in members.filter(|(_, value)| !value.is_object() && !value.is_array()) {
        output::line(format!("{name:<12}  {}", value.as_str().map_or_else(|| value.to_string(), shown)))?;
    }
    Ok(())
}

const fn described(kind: DocumentKind) -> &'static str {
    match kind {
        DocumentKind::AuditHead => "the head of the audit trail at some moment",
        DocumentKind::AuditAnchor => "the anchor of an audit trail whose beginning was removed",
        DocumentKind::ErasureReceipt => "the receipt of an erasure",
        DocumentKind::Erasure => "a line of the list of erased people",
        DocumentKind::PersonalDataExport => "an export of personal data",
        DocumentKind::BackupManifest => "the manifest of a backup",
    }
}

/// Whatever a text holds, a terminal only shows it.
fn shown(text: &str) -> String {
    if text.chars().any(char::is_control) { format!("{text:?}") } else { text.to_owned() }
}
