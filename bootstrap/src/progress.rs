//! How far long work has come: a bar for whoever watches, a line now and then for a log.

use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// The shortest time between two lines of a log.
const PAUSE: Duration = Duration::from_secs(2);

/// Work of which it is known how much there is.
pub struct Progress {
    what: &'static str,
    all: u64,
    bar: Option<ProgressBar>,
    told: Instant,
}

impl Progress {
    /// Work that begins now.
    pub fn new(what: &'static str, all: u64) -> Self {
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{msg}  {wide_bar}  {human_pos} of {human_len}  {eta}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(all).with_style(style).with_message(what)
        });
        Self { what, all, bar, told: Instant::now() }
    }

    /// So much of it is done.
    pub fn reach(&mut self, done: u64) {
        // What comes in while the work goes on is done too.
        self.all = self.all.max(done);
        if let Some(bar) = &self.bar {
            bar.set_length(self.all);
            bar.set_position(done);
        } else if self.told.elapsed() >= PAUSE {
            self.told = Instant::now();
            tracing::info!(done, all = self.all, "{}", self.what);
        }
    }

    /// It is over, and what was shown of it goes.
    pub fn end(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}
