//! What the databases count and measure. The `metrics` facade is the port: where nobody has installed a recorder, this
//! costs and does nothing. Labels come from closed lists of this program.

#[cfg(test)]
pub(crate) mod tests;

use crate::engine::Schema;
use metrics::{
    Counter, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};
use std::time::Instant;

const RUNS: &str = "xtrem_database_statement_duration_seconds";
const FAILURES: &str = "xtrem_database_statement_failures_total";
const CONNECTIONS: &str = "xtrem_database_connections";
const CONNECTIONS_MAX: &str = "xtrem_database_connections_max";
const WAITS: &str = "xtrem_database_connection_wait_seconds";
const UNREADABLE: &str = "xtrem_vault_unreadable_total";

/// Says what each of them means. A recorder has to be there by then, and before a store is opened: what was looked up without
/// one notes nothing for ever.
pub fn describe() {
    describe_histogram!(RUNS, Unit::Seconds, "How long statements took, by database and statement.");
    describe_counter!(FAILURES, Unit::Count, "Statements that failed, by database and statement.");
    describe_gauge!(
        CONNECTIONS,
        Unit::Count,
        "Open connections, by database, role and whether one is in use."
    );
    describe_gauge!(CONNECTIONS_MAX, Unit::Count, "How many connections there may be, by database and role.");
    describe_histogram!(WAITS, Unit::Seconds, "How long one waited for a connection, by database and role.");
    describe_counter!(UNREADABLE, Unit::Count, "Sealed values and events that could not be read.");
    // So that the first one is an increase, and not where counting begins.
    counter!(UNREADABLE).increment(0);
}

/// Notes how long it was there, however it ends: an answer, an error, or a future that is dropped half way.
#[must_use]
pub(crate) struct Stopwatch<'a> {
    times: &'a Histogram,
    begun: Instant,
}

impl<'a> Stopwatch<'a> {
    /// Begins now.
    pub(crate) fn start(times: &'a Histogram) -> Self {
        Self { times, begun: Instant::now() }
    }
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        self.times.record(self.begun.elapsed());
    }
}

/// The runs of one statement on one database.
pub(crate) struct Runs {
    durations: Histogram,
    failures: Counter,
}

impl Runs {
    /// Begins one.
    pub(crate) fn begin(&self) -> Run<'_> {
        Run { _duration: Stopwatch::start(&self.durations), failures: &self.failures, has_succeeded: false }
    }
}

/// One of them. It is noted when this is dropped, and is a failure unless it is said to have succeeded.
#[must_use]
pub(crate) struct Run<'a> {
    _duration: Stopwatch<'a>,
    failures: &'a Counter,
    has_succeeded: bool,
}

impl Run<'_> {
    /// Says how it ended.
    pub(crate) fn end(mut self, has_succeeded: bool) {
        self.has_succeeded = has_succeeded;
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        if !self.has_succeeded {
            self.failures.increment(1);
        }
    }
}

/// Looks up what the runs of a statement are noted in. To be kept: looking it up costs more than noting a run.
pub(crate) fn runs_of(database: &'static str, statement: String) -> Runs {
    Runs {
        durations: histogram!(RUNS, "database" => database, "statement" => statement.clone()),
        failures: counter!(FAILURES, "database" => database, "statement" => statement),
    }
}

/// Which connections to which database.
#[derive(Clone, Copy)]
pub(crate) struct Pool {
    /// Whose they are.
    pub database: Schema,
    /// What they are for: `writer`, `reader`, or `all` where all are alike.
    pub role: &'static str,
}

impl Pool {
    /// Looks up what waiting for one of them is noted in.
    pub(crate) fn waits(self) -> Histogram {
        histogram!(WAITS, "database" => self.database.name(), "role" => self.role)
    }

    /// Says how many there are, and how many there may be.
    pub(crate) fn show(self, used: usize, idle: usize, most: u32) {
        let (database, role) = (self.database.name(), self.role);
        for (state, number) in [("used", used), ("idle", idle)] {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            gauge!(CONNECTIONS, "database" => database, "role" => role, "state" => state).set(number);
        }
        gauge!(CONNECTIONS_MAX, "database" => database, "role" => role).set(most);
    }
}

/// Counts something sealed that does not open.
pub(crate) fn unreadable() {
    counter!(UNREADABLE).increment(1);
}
