//! What was logged: errors, lines on security, and lines on health.

use std::cell::RefCell;
use std::fmt::{Debug, Write};
use std::sync::Once;
use tracing::field::{Field, Visit};
use tracing::metadata::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

thread_local! {
    /// One test has one thread.
    static TOLD: RefCell<Vec<(Level, String)>> = const { RefCell::new(Vec::new()) };
}

/// Listens from now on, in this thread, and has heard nothing yet.
pub(crate) fn listen() {
    static ONCE: Once = Once::new();
    // One listener for all threads: one that comes and goes would take what others log at that moment for unheard.
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Listener).unwrap();
        tracing::callsite::rebuild_interest_cache();
    });
    TOLD.take();
}

/// Which errors were told since, each with its fields.
pub(crate) fn heard() -> Vec<String> {
    let errors = TOLD.take().into_iter().filter(|(level, _)| *level == Level::ERROR);
    errors.map(|(_, line)| line).collect()
}

/// Everything that was told since, each with its level and its fields.
pub(crate) fn lines() -> Vec<String> {
    TOLD.take().into_iter().map(|(level, line)| format!("{level} {}", line.trim_end())).collect()
}

struct Listener;

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let told = ["xtrem::security", "application::health"].contains(&metadata.target());
        *metadata.level() == Level::ERROR || (told && *metadata.level() <= Level::INFO)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::INFO)
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::default();
        event.record(&mut line);
        TOLD.with_borrow_mut(|told| told.push((*event.metadata().level(), line.0)));
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = write!(self.0, "{field}={value:?} ");
    }
}
