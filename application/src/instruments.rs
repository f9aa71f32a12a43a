//! What the use cases count. The `metrics` facade is the port: where nobody has installed a recorder, counting costs and
//! does nothing.
//!
//! Labels come from closed lists of this program, never from what somebody has sent.

use crate::sessions::LogInError;
use crate::users::SignUpError;
use domain::access::Reason;
use domain::audit::EventKind;
use domain::sessions::{Channel, Method};
use metrics::{Unit, counter, describe_counter};

const RECORDED: &str = "xtrem_security_events_total";
const LOG_INS: &str = "xtrem_log_ins_total";
const SIGN_UPS: &str = "xtrem_sign_ups_total";
const REFRESHES: &str = "xtrem_refreshes_total";
const REFUSALS: &str = "xtrem_refusals_total";
const THROTTLED: &str = "xtrem_throttled_attempts_total";

/// Says what each of them means.
pub fn describe() {
    describe_counter!(RECORDED, Unit::Count, "Events written to the audit trail by this process, by kind.");
    describe_counter!(LOG_INS, Unit::Count, "Log-ins that were tried, by method, channel and outcome.");
    describe_counter!(SIGN_UPS, Unit::Count, "Sign-ups that were tried, by outcome.");
    describe_counter!(REFRESHES, Unit::Count, "Refresh tokens that were presented, by outcome.");
    describe_counter!(REFUSALS, Unit::Count, "Requests that were refused for want of a right, by reason.");
    describe_counter!(
        THROTTLED,
        Unit::Count,
        "Attempts at a password that had to wait, by what was limited."
    );
}

/// Counts an event of the audit trail.
pub(crate) fn recorded(kind: EventKind) {
    counter!(RECORDED, "kind" => kind.name()).increment(1);
}

/// Counts a refusal.
pub(crate) fn refused(reason: Reason) {
    counter!(REFUSALS, "reason" => reason.code()).increment(1);
}

/// Counts a log-in that was tried, by what came of it.
pub(crate) fn log_in<T>(channel: Channel, answer: &Result<T, LogInError>) {
    let outcome = answer.as_ref().err().map_or("succeeded", LogInError::outcome);
    let (method, channel) = (Method::Password.name(), channel.name());
    counter!(LOG_INS, "method" => method, "channel" => channel, "outcome" => outcome).increment(1);
}

/// Counts a sign-up that was tried, by what came of it.
pub(crate) fn sign_up<T>(answer: &Result<T, SignUpError>) {
    let outcome = answer.as_ref().err().map_or("succeeded", SignUpError::outcome);
    counter!(SIGN_UPS, "outcome" => outcome).increment(1);
}

/// Counts a refresh token that was presented, by what came of it.
pub(crate) fn refresh(outcome: &'static str) {
    counter!(REFRESHES, "outcome" => outcome).increment(1);
}

/// Counts an attempt at a password that was not looked at, by what kept it.
pub(crate) fn throttled(by: &'static str) {
    counter!(THROTTLED, "by" => by).increment(1);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tally;

    #[test]
    fn everything_that_is_counted_is_described_and_the_other_way_round() {
        let tally = Tally::default();
        let _taken = tally.take();
        describe();
        recorded(EventKind::LoggedIn);
        refused(Reason::NoCredential);
        log_in(Channel::Api, &Ok(()));
        sign_up(&Ok(()));
        refresh("rotated");
        throttled("address");
        assert_eq!(tally.names(), tally.described());
    }
}
