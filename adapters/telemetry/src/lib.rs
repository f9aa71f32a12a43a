//! Where log lines, metrics and traces go.
//!
//! `tracing` and `metrics` are the ports: the whole house speaks through these two facades, and this crate decides what
//! becomes of what was said. [`logs`] writes lines for people or for programs, to a stream and, where asked for, to
//! files that change daily; [`traces`] sends spans to a collector by OTLP and joins them to those of whoever asked;
//! [`measurements`] keeps what is counted until Prometheus comes for it.
//!
//! Nothing here holds up whoever speaks. Lines and spans wait in queues with a bound, which threads of their own empty;
//! what finds no room is left out. So neither a pipe that nobody reads nor a full disk nor a dead collector costs a
//! request more than the attempt to put something into a queue.

pub mod logs;
pub mod measurements;
pub mod traces;

mod trouble;

#[cfg(test)]
mod tests;

use logs::{Lines, Logs, Queue};
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::{Duration, Instant};
use traces::{Joiner, Traces};
use tracing_subscriber::prelude::*;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry};

/// One of the parts that hear what is said.
type Listener = Box<dyn Layer<Registry> + Send + Sync>;

/// How long the end takes at most where nobody has said so.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why it could not begin.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else has begun.
    #[error("logging was begun before")]
    Begun,
    /// What is to be told can't be understood.
    #[error("what the log should tell can't be understood: {0}")]
    Filter(String),
    /// The system denies what is needed.
    #[error("the log can't be begun: {0}")]
    Denied(#[from] std::io::Error),
    /// The way to the collector can't be built.
    #[error("traces can't be begun: {0}")]
    Traces(String),
}

/// What was begun, for as long as it is wanted. Whoever lets go of it ends it: what still waits is written then.
#[derive(Debug)]
pub struct Telemetry {
    filter: logs::Filter,
    queues: Vec<Queue>,
    provider: Option<SdkTracerProvider>,
}

/// Begins to log, and to trace where that is asked for. From then on a panic is a line of the log too.
pub fn start(logs: &Logs, traces: Option<&Traces>) -> Result<Telemetry, StartError> {
    let (telemetry, listeners) = Telemetry::begin(logs::begin(logs)?, traces)?;
    tracing_subscriber::registry().with(listeners).try_init().map_err(|_| StartError::Begun)?;
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        // A text that was put together may quote what it failed at, and that may be somebody's.
        let why = panic.payload().downcast_ref::<&'static str>().copied();
        tracing::error!(place, why, "a part of the program has panicked");
    }));
    Ok(telemetry)
}

impl Telemetry {
    fn begin(lines: Lines, traces: Option<&Traces>) -> Result<(Self, Vec<Listener>), StartError> {
        let Lines { listener, filter, queues } = lines;
        let mut listeners = vec![listener];
        let provider = traces.map(traces::begin).transpose()?;
        listeners.extend(provider.as_ref().map(traces::listener));
        Ok((Self { filter, queues, provider }, listeners))
    }

    /// Changes what is told from now on. What can't be understood changes nothing.
    pub fn set_filter(&self, filter: &str) -> Result<(), String> {
        self.filter.set(filter)
    }

    /// What joins spans to those of whoever asked, where any are kept.
    #[must_use]
    pub fn joins_traces(&self) -> Option<Joiner> {
        self.provider.as_ref().map(|_| Joiner(()))
    }

    /// Ends: sends what spans there are, and writes what lines there are, as far as that can be done in this time.
    pub fn close(mut self, within: Duration) {
        self.end(within);
    }

    fn end(&mut self, within: Duration) {
        let begun = Instant::now();
        // A collector that does not answer leaves half of the time to the lines, which may tell of that.
        if let Some(provider) = self.provider.take() {
            // What the collector did not take has been told where it was tried.
            let _ = provider.shutdown_with_timeout(within / 2);
        }
        Queue::end(&std::mem::take(&mut self.queues), within.saturating_sub(begun.elapsed()));
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.end(FAREWELL);
    }
}
