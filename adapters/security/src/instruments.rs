//! What hashing passwords counts and measures. The `metrics` facade is the port: where nobody has installed a recorder,
//! this costs and does nothing.

use metrics::{
    Counter, Gauge, Histogram, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use std::time::Duration;

const QUEUE_LENGTH: &str = "xtrem_password_hash_queue_length";
const QUEUE_CAPACITY: &str = "xtrem_password_hash_queue_capacity";
const WORKERS: &str = "xtrem_password_hash_workers";
const WAITS: &str = "xtrem_password_hash_wait_seconds";
const DURATIONS: &str = "xtrem_password_hash_duration_seconds";
const REJECTED: &str = "xtrem_password_hash_rejected_total";
const ABANDONED: &str = "xtrem_password_hash_abandoned_total";

/// Says what each of them means. A recorder has to be there by then, and before hashing is started: what was looked up without
/// one notes nothing for ever.
pub fn describe() {
    describe_gauge!(QUEUE_LENGTH, Unit::Count, "Passwords that wait to be hashed.");
    describe_gauge!(QUEUE_CAPACITY, Unit::Count, "Passwords that may wait to be hashed.");
    describe_gauge!(WORKERS, Unit::Count, "Threads that hash passwords.");
    describe_histogram!(WAITS, Unit::Seconds, "How long passwords waited to be hashed.");
    describe_histogram!(DURATIONS, Unit::Seconds, "How long hashing a password took.");
    describe_counter!(REJECTED, Unit::Count, "Passwords that were turned away because too many waited.");
    describe_counter!(
        ABANDONED,
        Unit::Count,
        "Passwords for which nobody waited any more when their turn came."
    );
}

/// What hashing is noted in. Looked up once.
#[derive(Clone)]
pub(crate) struct Hashing {
    queue_length: Gauge,
    queue_capacity: Gauge,
    workers: Gauge,
    waits: Histogram,
    durations: Histogram,
    rejected: Counter,
    abandoned: Counter,
}

impl Hashing {
    pub(crate) fn new() -> Self {
        Self {
            queue_length: gauge!(QUEUE_LENGTH),
            queue_capacity: gauge!(QUEUE_CAPACITY),
            workers: gauge!(WORKERS),
            waits: histogram!(WAITS),
            durations: histogram!(DURATIONS),
            rejected: counter!(REJECTED),
            abandoned: counter!(ABANDONED),
        }
    }

    /// Says how long the line is and may become, and how many work on it.
    pub(crate) fn show(&self, length: usize, capacity: usize, workers: usize) {
        for (gauge, number) in
            [(&self.queue_length, length), (&self.queue_capacity, capacity), (&self.workers, workers)]
        {
            gauge.set(u32::try_from(number).unwrap_or(u32::MAX));
        }
    }

    /// Notes a password whose turn has come after so long, whether anybody still waits for it or not.
    pub(crate) fn note_wait(&self, waited: Duration) {
        self.waits.record(waited);
    }

    /// Notes one that was worked on for so long.
    pub(crate) fn note_work(&self, worked: Duration) {
        self.durations.record(worked);
    }

    /// Notes one that was turned away.
    pub(crate) fn reject(&self) {
        self.rejected.increment(1);
    }

    /// Notes one for which nobody waited any more.
    pub(crate) fn abandon(&self) {
        self.abandoned.increment(1);
    }
}
