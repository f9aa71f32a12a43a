//! A look at everything, for whoever wants to know whether it is well, or why not.

use super::settings::SettingsArgs;
use crate::config;
use crate::doctor::{self, Finding, Verdict};
use crate::failure::Failure;
use crate::output;
use clap::Args;
use serde_json::{Value, json};

/// Look whether everything is as it should be, and say what would help
///
/// Settings, keys, files, databases, audit trail, clock, disks, ports and backups are looked at, one line for each
/// finding. Nothing is changed, so ask at any time: before the first start, beside a running service, when nothing works
/// any more. Ask as the user that the service runs as. Exits with 1 where something is in trouble; a warning is none.
#[derive(Args)]
#[command(after_help = "\
Examples:
  xtrem doctor
  xtrem doctor --config /etc/xtrem/config.toml
  xtrem doctor --json")]
pub(super) struct DoctorCommand {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl DoctorCommand {
    /// Looks, and tells one line for each finding.
    pub(super) async fn execute(self, settings: SettingsArgs) -> Result<(), Failure> {
        let findings = doctor::examine(config::load(&settings.sources())).await;
        if self.json {
            output::line(json(&findings))?;
        } else {
            for finding in &findings {
                output::line(finding)?;
            }
        }
        match count(&findings, Verdict::Trouble) {
            0 => Ok(()),
            1 => Err(Failure::Failed(
                "there is trouble in one place; the line above says what would help".to_owned(),
            )),
            many => Err(Failure::Failed(format!(
                "there is trouble in {many} places; the lines above say what would help"
            ))),
        }
    }
}

fn count(findings: &[Finding], verdict: Verdict) -> usize {
    findings.iter().filter(|finding| finding.verdict == verdict).count()
}

fn json(findings: &[Finding]) -> Value {
    json!({
        "troubles": count(findings, Verdict::Trouble),
        "warnings": count(findings, Verdict::Warning),
        "findings": findings.iter().map(Finding::json).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_are_counted_for_programs() {
        let findings =
            [Finding::ok("clock", "x"), Finding::warning("proxy", "y"), Finding::trouble("port", "z")];
        let told = json(&findings);
        assert_eq!((&told["troubles"], &told["warnings"]), (&json!(1), &json!(1)));
        assert_eq!(told["findings"][2], json!({"verdict": "trouble", "subject": "port", "text": "z"}));
    }
}
