//! What a service writes, on both of its outputs.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// What the service says when it is ready.
pub(super) struct Ready {
    pub(super) url: String,
    pub(super) setup_link: Option<String>,
}

/// The lines of both outputs.
#[derive(Clone, Debug, Default)]
pub(super) struct Log {
    lines: Arc<Mutex<Vec<String>>>,
    seen: Arc<Mutex<usize>>,
}

impl Log {
    pub(super) fn follow(&self, output: Option<impl Read + Send + 'static>) {
        let lines = Arc::clone(&self.lines);
        std::thread::spawn(move || {
            for line in
                output.into_iter().flat_map(|output| BufReader::new(output).lines()).map_while(Result::ok)
            {
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
                url: fields["url"].as_str().unwrap_or_default().trim_end_matches('/').to_owned(),
                setup_link: fields["setup_link"].as_str().map(str::to_owned),
            })
        })
    }

    pub(super) fn forget_readiness(&self) {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner).len();
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = lines;
    }
}
