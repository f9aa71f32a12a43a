//! What tests hear with.

use crate::Listener;
use crate::logs::{self, Form, Lines};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use tracing::Dispatch;
use tracing_subscriber::prelude::*;

/// What was written.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }
}

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A log on paper.
pub(crate) fn on_paper(form: Form, filter: &str) -> (Paper, Lines) {
    let paper = Paper::default();
    let writer = paper.clone();
    (paper, logs::written_by(form, filter, move || writer.clone()))
}

/// What hears everything that this thread says, as long as that is kept.
pub(crate) fn hear(listeners: Vec<Listener>) -> tracing::dispatcher::DefaultGuard {
    tracing::dispatcher::set_default(&Dispatch::new(tracing_subscriber::registry().with(listeners)))
}
