//! What the service as a whole measures, and the one place that knows what every crate of the house does.
//!
//! Labels come from closed lists of this program, never from what somebody has sent.

use crate::server::Door;
use crate::worker::Duty;
use application::disk::{Disk, Room};
use application::health::Report;
use application::store::UserCount;
use domain::Timestamp;
use domain::access::Role;
use domain::sessions::Channel;
use domain::users::Status;
use metrics::{Counter, Gauge, Unit, counter, describe_counter, describe_gauge, gauge};
use std::time::Duration;

const USERS: &str = "xtrem_users";
const SESSIONS: &str = "xtrem_sessions_active";
const WAITING_EVENTS: &str = "xtrem_audit_waiting_events";
const WAITING_SECONDS: &str = "xtrem_audit_waiting_seconds";
const CHAIN_SEQUENCE: &str = "xtrem_audit_chain_sequence";
const HEAD: &str = "xtrem_audit_head_timestamp_seconds";
const LAST_BACKUP: &str = "xtrem_backup_last_success_timestamp_seconds";
const BACKUP_INTERVAL: &str = "xtrem_backup_interval_seconds";
const DISK_FREE: &str = "xtrem_disk_free_bytes";
const DISK_SIZE: &str = "xtrem_disk_size_bytes";
const KEY_ACTIVE: &str = "xtrem_signing_key_active_timestamp_seconds";
const KEY_DUE: &str = "xtrem_signing_key_due_timestamp_seconds";
const READY: &str = "xtrem_ready";
const CHECK: &str = "xtrem_health_check";
const DUTY_SUCCESS: &str = "xtrem_duty_last_success_timestamp_seconds";
const DUTY_FAILURES: &str = "xtrem_duty_failures_total";
const START: &str = "xtrem_start_seconds";
const CONNECTIONS: &str = "xtrem_http_connections";
const CONNECTIONS_MAX: &str = "xtrem_http_connections_max";

/// Says what everything means that the house measures.
pub fn describe() {
    application::instruments::describe();
    http_api::instruments::describe();
    persistence::describe();
    security::describe();
    describe_accounts();
    describe_service();
}

fn describe_accounts() {
    describe_gauge!(USERS, Unit::Count, "Accounts, by role and status; looked up every 10 seconds.");
    describe_gauge!(SESSIONS, Unit::Count, "Sessions that can be used, by channel; counted once a minute.");
    describe_gauge!(
        WAITING_EVENTS,
        Unit::Count,
        "Events of the audit trail that are not joined to its chain yet; counted up to 10000."
    );
    describe_gauge!(
        WAITING_SECONDS,
        Unit::Seconds,
        "How long the oldest of them has waited; 0 when none does."
    );
    describe_gauge!(
        CHAIN_SEQUENCE,
        Unit::Count,
        "The number of the last event in the chain of the audit trail."
    );
    describe_gauge!(HEAD, Unit::Seconds, "When the published head was last the end of the chain.");
    describe_gauge!(LAST_BACKUP, Unit::Seconds, "When the last good backup was begun; 0 when there is none.");
    describe_gauge!(BACKUP_INTERVAL, Unit::Seconds, "How long after a backup the next one is due.");
    describe_gauge!(KEY_ACTIVE, Unit::Seconds, "Since when the key that signs access tokens does so.");
    describe_gauge!(KEY_DUE, Unit::Seconds, "When another key is to take over from it.");
}

fn describe_service() {
    describe_gauge!(READY, Unit::Count, "1 while requests can be served, 0 while they should go elsewhere.");
    describe_gauge!(
        CHECK,
        Unit::Count,
        "1 where a check of the service finds all well, 0 where it finds trouble."
    );
    describe_gauge!(DISK_FREE, Unit::Bytes, "Room that is left for this process where something is written.");
    describe_gauge!(DISK_SIZE, Unit::Bytes, "All the room there is where something is written.");
    describe_gauge!(
        DUTY_SUCCESS,
        Unit::Seconds,
        "When what is done beside answering was last done well; the start of the process until then."
    );
    describe_counter!(
        DUTY_FAILURES,
        Unit::Count,
        "Rounds of what is done beside answering that did not work."
    );
    describe_gauge!(START, Unit::Seconds, "How long this process took from its start to being ready.");
    describe_gauge!(CONNECTIONS, Unit::Count, "Connections that are open to the pages and the API.");
    describe_gauge!(CONNECTIONS_MAX, Unit::Count, "The most there may be of them: server.max_connections.");
}

/// Seconds since the epoch, as Prometheus tells a moment.
#[allow(clippy::cast_precision_loss, reason = "exact to the microsecond for longer than there are clocks")]
fn moment(at: Timestamp) -> f64 {
    at.as_micros() as f64 / 1e6
}

#[allow(clippy::cast_precision_loss, reason = "nobody needs the last digit of so large a number")]
const fn many(number: u64) -> f64 {
    number as f64
}

/// How many accounts there are; what is not among them is none.
pub fn users(counts: &[UserCount]) {
    for (role, status) in Role::ALL.into_iter().flat_map(|role| Status::ALL.map(|status| (role, status))) {
        let alike = counts.iter().filter(|counted| (counted.role, counted.status) == (role, status));
        let count = alike.map(|counted| counted.count).sum();
        gauge!(USERS, "role" => role.name(), "status" => status.name()).set(many(count));
    }
}

/// How many sessions of a channel are alive.
pub fn sessions(channel: Channel, count: u64) {
    gauge!(SESSIONS, "channel" => channel.name()).set(many(count));
}

/// What waits to be joined to the chain, and for how long.
pub fn waiting(events: u64, age: Duration) {
    gauge!(WAITING_EVENTS).set(many(events));
    gauge!(WAITING_SECONDS).set(age);
}

/// Where the chain ends.
#[allow(clippy::cast_precision_loss, reason = "nobody needs the last digit of so large a number")]
pub fn chain_end(sequence: i64) {
    gauge!(CHAIN_SEQUENCE).set(sequence as f64);
}

/// The published head is the end of the chain at this moment.
pub fn head_published(at: Timestamp) {
    gauge!(HEAD).set(moment(at));
}

/// Backups are taken so often.
pub fn backups_every(interval: Duration) {
    gauge!(BACKUP_INTERVAL).set(interval);
}

/// When the last good backup was begun.
pub fn last_backup(begun: Option<Timestamp>) {
    gauge!(LAST_BACKUP).set(begun.map_or(0.0, moment));
}

/// How much room there is.
pub fn disk(disk: &Disk) {
    if let Ok(Room { free, size }) = disk.room {
        gauge!(DISK_FREE, "place" => disk.place).set(many(free));
        gauge!(DISK_SIZE, "place" => disk.place).set(many(size));
    }
}

/// Since when a key signs, and until when by the schedule.
pub fn signing_key((active, due): (Timestamp, Timestamp)) {
    gauge!(KEY_ACTIVE).set(moment(active));
    gauge!(KEY_DUE).set(moment(due));
}

/// Whether requests can be served.
pub fn ready(is_ready: bool) {
    gauge!(READY).set(f64::from(u8::from(is_ready)));
}

/// What the checks have found.
pub fn checks(report: &Report) {
    for finding in &report.findings {
        let is_well = u8::from(finding.trouble.is_none());
        gauge!(CHECK, "check" => finding.check.name()).set(f64::from(is_well));
    }
}

/// How long the start took.
pub fn started(took: Duration) {
    gauge!(START).set(took);
}

/// Counts the connections through a door; those of operators are not counted.
pub fn connections(door: Door, most: usize) -> Gauge {
    match door {
        Door::Operations => Gauge::noop(),
        Door::Service => {
            gauge!(CONNECTIONS_MAX).set(many(most as u64));
            let open = gauge!(CONNECTIONS);
            open.set(0.0);
            open
        }
    }
}

/// How a duty is doing.
pub struct DutyInstruments {
    last_success: Gauge,
    failures: Counter,
}

impl DutyInstruments {
    /// Of a duty whose first round is still to come.
    pub fn of(duty: Duty, now: Timestamp) -> Self {
        let slug = duty.slug();
        let instruments = Self {
            last_success: gauge!(DUTY_SUCCESS, "duty" => slug),
            failures: counter!(DUTY_FAILURES, "duty" => slug),
        };
        instruments.failures.increment(0);
        instruments.succeeded(now);
        instruments
    }

    /// A round worked.
    pub fn succeeded(&self, now: Timestamp) {
        self.last_success.set(moment(now));
    }

    /// A round did not.
    pub fn failed(&self) {
        self.failures.increment(1);
    }
}
