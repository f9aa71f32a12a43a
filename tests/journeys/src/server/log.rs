//! What a service writes, on both of its outputs.

use crate::Outcome;
use serde_json::Value;
use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// What the service says when it is ready.
pub(super) struct Ready {
    pub(super) setup_link: Option<String>,
    pub(super) metrics: Option<String>,
}

/// The lines of both outputs.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    seen: Arc<Mutex<usize>>,
    kept: Option<Arc<File>>,
}

impl Log {
    /// One that is also kept in a file where the run collects logs, so that all of them can be looked through afterwards.
    pub(super) fn begin() -> Outcome<Self> {
        Ok(Self { kept: collected()?.map(Arc::new), ..Self::default() })
    }

    pub(super) fn follow(&self, output: Option<impl Read + Send + 'static>) {
        let (lines, kept) = (Arc::clone(&self.lines), self.kept.clone());
        std::thread::spawn(move || {
            for line in
                output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok)
            {
                if let Some(mut kept) = kept.as_deref() {
                    // Both outputs go there, each line in one piece. A file that is full fails no journey.
                    let _ = kept.write_all(format!("{line}\n").as_bytes());
                }
                lines.lock().unwrap_or_else(PoisonError::into_inner).push(line);
            }
        });
    }

    pub(super) fn text(&self) -> String {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner).join("\n")
    }

    /// The last line that says so, of the process that runs now.
    pub(super) fn ready(&self) -> Option<Ready> {
        let seen = *self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().skip(seen).find_map(|line| {
            let line: Value = serde_json::from_str(line).ok()?;
            // Fields stand at the top or in a member of their own, as the format of the log has it.
            let fields = if line["fields"].is_object() { &line["fields"] } else { &line };
            (fields["message"] == "ready").then(|| Ready {
                setup_link: fields["setup_link"].as_str().map(str::to_owned),
                metrics: fields["metrics"].as_str().map(str::to_owned),
            })
        })
    }

    pub(super) fn forget_readiness(&self) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).len();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }
}

/// A new file in the folder that `XTREM_TEST_LOGS` names, called after the journeys that write it; none without that.
#[allow(clippy::disallowed_methods, reason = "tests/run says so here")]
fn collected() -> Outcome<Option<File>> {
    let Ok(folder) = std::env::var("XTREM_TEST_LOGS") else { return Ok(None) };
    let program = std::env::current_exe()?;
    let suite = program.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let (_, path) = tempfile::Builder::new()
        .prefix(&format!("{suite}-"))
        .suffix(".log")
        .tempfile_in(Path::new(&folder))?
        .keep()?;
    Ok(Some(OpenOptions::new().append(true).open(path)?))
}
