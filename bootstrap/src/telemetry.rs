//! From the settings to what they ask of the log and the traces.

use crate::config::{Config, Log, LogFormat};
use secrecy::ExposeSecret;
use telemetry::logs::{Files, Form, Logs, Stream};
use telemetry::traces::Traces;
use telemetry::{StartError, Telemetry};

/// The target of the line that says that the service is ready. It is told at every level: scripts wait for it, and it
/// may hold the only copy of the first administrator's link.
pub const READY: &str = "xtrem::ready";
/// The target of the same without the link, for files: they last, and whoever collects logs reads them.
pub const READY_IN_FILES: &str = "xtrem::ready::files";
const ALWAYS: &str = "xtrem::ready=info";

/// Begins to log and to trace as a service does.
pub fn start(config: &Config) -> Result<Telemetry, StartError> {
    let traces = config.traces.as_ref().map(|traces| Traces {
        endpoint: traces.endpoint.clone(),
        headers: traces
            .headers
            .iter()
            .map(|(name, value)| (name.clone(), value.expose_secret().to_owned()))
            .collect(),
        ratio: traces.ratio,
        service: env!("CARGO_PKG_NAME"),
        version: env!("CARGO_PKG_VERSION"),
    });
    telemetry::start(&logs(&config.log, Stream::Output), traces.as_ref())
}

/// Begins to log as a command does, which prints its answer and has what it says beside that go elsewhere.
pub fn start_aside(log: &Log) -> Result<Telemetry, StartError> {
    let logs = Logs { files: None, ..logs(log, Stream::Errors) };
    telemetry::start(&logs, None)
}

fn logs(log: &Log, stream: Stream) -> Logs {
    Logs {
        form: match log.format {
            LogFormat::Text => Form::Text,
            LogFormat::Json => Form::Json,
        },
        filter: log.filter.clone(),
        always: ALWAYS,
        stream_alone: READY,
        files_alone: READY_IN_FILES,
        stream,
        files: log.dir.clone().map(|dir| Files { dir, keep_days: log.keep_days }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_the_service_is_ready_is_told_whatever_the_log_tells() {
        assert_eq!(ALWAYS, format!("{READY}=info"));
        // What files are told in its place is chosen by the same beginning.
        assert!(READY_IN_FILES.starts_with(READY) && READY_IN_FILES != READY);
    }
}
