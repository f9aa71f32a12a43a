//! Where the log goes, and in which form.

use crate::config::{Log, LogFormat};
use std::io::{self, IsTerminal};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// The target of the line that says that the service is ready. It is told at every level: scripts wait for it, and it
/// may hold the only copy of the first administrator's link.
pub const READY: &str = "xtrem::ready";

/// Which of the two streams the log goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// A service's log is what it prints.
    Output,
    /// A command prints its answer; what it has to say beside that goes elsewhere.
    Errors,
}

/// Begins to log. Times are UTC (RFC 3339) in either form; colours only where somebody sees them.
pub fn start(log: &Log, stream: Stream) {
    let filter = EnvFilter::builder().parse_lossy(format!("{},{READY}=info", log.filter));
    let (writer, terminal) = match stream {
        Stream::Output => (BoxMakeWriter::new(io::stdout), io::stdout().is_terminal()),
        Stream::Errors => (BoxMakeWriter::new(io::stderr), io::stderr().is_terminal()),
    };
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    let started = match log.format {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).try_init(),
        LogFormat::Text if terminal => lines.try_init(),
        LogFormat::Text => lines.with_ansi(false).try_init(),
    };
    if let Err(error) = started {
        tracing::warn!(error, "logging was begun before");
    }
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, message = panic.payload_as_str(), "a part of the program has panicked");
    }));
}
