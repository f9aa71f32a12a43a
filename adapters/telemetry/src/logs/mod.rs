//! Log lines.
//!
//! Two forms: [text](Form::Text) for whoever watches a terminal, and JSON for programs. In either, a line that was told
//! on behalf of a request names it (`request_id`, and `trace_id` where it has one), whoever told it; times are UTC
//! (RFC 3339); and whatever values hold, a line stays one line.
//!
//! The lines of a service wait in memory until a thread has written them, because whoever reads its output may stop
//! doing so without going away: a pipe that is full would otherwise stop the service at its next line. They wait
//! for 4 MiB at most; what finds no room is left out and counted (`xtrem_log_lines_dropped_total`), as is what a disk
//! does not take. A program that ends by itself writes what waits; one that is killed loses it. Commands write at once.

mod days;
mod object;
mod plain;
mod queue;

#[cfg(test)]
mod tests;

pub(crate) use queue::{DROPPED, Queue};
#[cfg(test)]
pub(crate) use tests::written_by;

use crate::{Listener, StartError};
use days::Days;
use queue::Stream as Output;
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use tracing_subscriber::fmt::writer::{BoxMakeWriter, MakeWriter, MakeWriterExt};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, Registry, fmt, reload};

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logs {
    /// The form of the lines on the stream.
    pub form: Form,
    /// What is told, in the language of `RUST_LOG`.
    pub filter: String,
    /// What is told in any case, in the same language.
    pub always: &'static str,
    /// The target of what files do not hold, because they last and are passed on: it may tell a secret.
    pub stream_alone: &'static str,
    /// The target of what they hold in its place.
    pub files_alone: &'static str,
    /// Which stream the lines go to.
    pub stream: Stream,
    /// Files beside the stream.
    pub files: Option<Files>,
}

/// For whom lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Which of the two streams the log goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// A service's log is what it prints.
    Output,
    /// A command prints its answer; what it has to say beside that goes elsewhere, at once.
    Errors,
}

/// Files of one day each (UTC), `xtrem.2026-11-23.log`, with JSON lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// The folder. Where there is none it is made, for this user alone.
    pub dir: PathBuf,
    /// How many of them are kept: the newest, that of today included.
    pub keep_days: usize,
}

/// What hears lines, what they are chosen by, and where they wait.
pub(crate) struct Lines {
    pub(crate) listener: Listener,
    pub(crate) filter: Filter,
    pub(crate) queues: Vec<Queue>,
}

/// What is told, and can be changed.
#[derive(Debug)]
pub(crate) struct Filter {
    handle: reload::Handle<EnvFilter, Registry>,
    always: &'static str,
}

impl Filter {
    pub(crate) fn set(&self, filter: &str) -> Result<(), String> {
        let filter = read(filter, self.always)?;
        self.handle.reload(filter).map_err(|error| error.to_string())
    }
}

fn read(filter: &str, always: &str) -> Result<EnvFilter, String> {
    EnvFilter::builder().parse(format!("{filter},{always}")).map_err(|error| error.to_string())
}

/// Opens what lines go to.
pub(crate) fn begin(logs: &Logs) -> Result<Lines, StartError> {
    let mut queues = Vec::new();
    let (writer, is_terminal) = match logs.stream {
        Stream::Errors => (without(logs.files_alone, io::stderr), io::stderr().is_terminal()),
        Stream::Output => {
            let queue = Queue::start("log", Output::standard()?)?;
            queues.push(queue.clone());
            (without(logs.files_alone, queue), io::stdout().is_terminal())
        }
    };
    let mut listeners = vec![listener(logs.form, writer, is_terminal)];
    if let Some(files) = &logs.files {
        let queue = Queue::start("log-files", Days::new(files))?;
        queues.push(queue.clone());
        listeners.push(listener(Form::Json, without(logs.stream_alone, queue), false));
    }
    choose(listeners, logs, queues)
}

/// Leaves out lines with a target that something else is to hear alone.
fn without(
    target: &'static str,
    writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static,
) -> BoxMakeWriter {
    BoxMakeWriter::new(writer.with_filter(move |line| line.target() != target))
}

fn choose(listeners: Vec<Listener>, logs: &Logs, queues: Vec<Queue>) -> Result<Lines, StartError> {
    let filter = read(&logs.filter, logs.always).map_err(StartError::Filter)?;
    let (filter, handle) = reload::Layer::new(filter);
    let listener = listeners.with_filter(filter).boxed();
    Ok(Lines { listener, filter: Filter { handle, always: logs.always }, queues })
}

fn listener(form: Form, writer: BoxMakeWriter, colours: bool) -> Listener {
    let lines = fmt::layer().with_writer(writer).with_ansi(colours);
    match form {
        Form::Text => lines.fmt_fields(plain::Plain).boxed(),
        Form::Json => lines.fmt_fields(object::Object).event_format(object::Line).boxed(),
    }
}

/// Fields that stand at spans for collectors alone, or that the facade `log` brings along for the library.
fn is_for_machines(field: &str) -> bool {
    ["otel.", "http.", "log."].iter().any(|prefix| field.starts_with(prefix))
}
