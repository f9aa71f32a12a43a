use application::clock::Clock;
use domain::Timestamp;
use std::time::{Duration, SystemTime};

/// The machine's clock, cut to whole microseconds, which is what both databases keep.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "this is the one door through which time comes in")]
    fn now(&self) -> Timestamp {
        moment(SystemTime::now())
    }
}

fn moment(at: SystemTime) -> Timestamp {
    let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match at.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(after) => Timestamp::from_micros(micros(after)),
        Err(before) => Timestamp::from_micros(-micros(before.duration())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_cut_to_microseconds() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
        assert_eq!(moment(at), Timestamp::from_micros(1_700_000_000_123_456));
    }

    #[test]
    fn a_machine_whose_clock_stands_before_the_epoch_is_still_told_a_time() {
        let at = SystemTime::UNIX_EPOCH - Duration::from_secs(2);
        assert_eq!(moment(at), Timestamp::from_micros(-2_000_000));
    }

    #[test]
    fn the_clock_tells_a_time_after_this_was_written() {
        assert!(SystemClock.now() > Timestamp::from_micros(1_760_000_000_000_000));
    }
}
