//! How the service is, in all that an operator may want to know: what is checked, and what is done beside answering.

use crate::cli::moment;
use crate::worker::{Duty, Standing};
use application::health::Report;
use domain::Timestamp;
use poem::http::StatusCode;
use serde_json::{Value, json};
use std::time::Duration;

/// What is known at one moment.
pub struct Detail<'a> {
    /// When the process was started.
    pub started_at: Timestamp,
    /// For how long it has run.
    pub uptime: Duration,
    /// Whether it is about to stop.
    pub is_leaving: bool,
    /// What the checks have found; `None` where they took too long.
    pub report: Option<&'a Report>,
    /// How the duties are doing.
    pub duties: &'a [(Duty, Standing)],
}

impl Detail<'_> {
    /// In one word. It also says `troubled` where a duty fails: nobody notices that yet, but somebody has work.
    const fn status(&self, is_well: bool) -> &'static str {
        match (self.is_leaving, is_well) {
            (true, _) => "leaving",
            (false, true) => "ok",
            (false, false) => "troubled",
        }
    }

    /// The answer, with the status that readiness has: what a duty fails at is no reason to send requests elsewhere.
    pub fn answer(&self) -> (StatusCode, Value) {
        let is_ready = !self.is_leaving && self.report.is_some_and(Report::is_well);
        let all_work = self.duties.iter().all(|(_, standing)| standing.failing.is_none());
        let answer = json!({
            "status": self.status(is_ready && all_work),
            "version": env!("CARGO_PKG_VERSION"),
            "started_at": moment::second(self.started_at),
            "uptime_seconds": self.uptime.as_secs(),
            "checks": self.checks(),
            "duties": self.duties.iter().map(duty).collect::<Vec<_>>(),
        });
        (if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, answer)
    }

    fn checks(&self) -> Vec<Value> {
        let Some(report) = self.report else {
            let detail = "the checks did not end in time: a database or a file system does not answer";
            return vec![json!({"name": "all", "status": "trouble", "detail": detail})];
        };
        let findings = report.findings.iter().map(|finding| match &finding.trouble {
            None => json!({"name": finding.check.name(), "status": "ok"}),
            Some(trouble) => json!({"name": finding.check.name(), "status": "trouble", "detail": trouble}),
        });
        findings.collect()
    }
}

/// A duty: when it was last done well, and what keeps it from being done.
fn duty((duty, standing): &(Duty, Standing)) -> Value {
    let mut told = json!({"name": duty.slug(), "what": duty.name()});
    if let Some(at) = standing.last_success {
        told["last_success"] = moment::second(at).into();
    }
    if let Some(failing) = &standing.failing {
        told["failing_since"] = moment::second(failing.since).into();
        told["error"] = failing.error.as_str().into();
    }
    told
}

#[cfg(test)]
mod tests;
