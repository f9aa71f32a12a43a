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

/// Says what each of them means. A recorder has to be there by then, and before hashing is started: what was looked up without
/// one notes nothing for ever.
pub fn describe() {
    describe_gauge!(QUEUE_LENGTH, Unit::Count, "Passwords that wait to be hashed.");
    describe_gauge!(QUEUE_CAPACITY, Unit::Count, "Passwords that may wait to be hashed.");
    describe_gauge!(WORKERS, Unit::Count, "Threads that hash passwords.");
    describe_histogram!(WAITS, Unit::Seconds, "How long passwords waited to be hashed.");
    describe_histogram!(DURATIONS, Unit::Seconds, "How long hashing a password took.");
    describe_counter!(REJECTED, Unit::Count, "Passwords that were turned away because too many waited.");
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

    /// Notes a password that waited so long and was worked on for so long.
    pub(crate) fn note(&self, waited: Duration, worked: Duration) {
        self.waits.record(waited);
        self.durations.record(worked);
    }

    /// Notes one that was turned away.
    pub(crate) fn reject(&self) {
        self.rejected.increment(1);
    }
}
