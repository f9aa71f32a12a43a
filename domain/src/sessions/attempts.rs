use crate::Timestamp;
use std::time::Duration;

/// Failed attempts at one account, one after the other, since somebody last proved to be its owner.
///
/// Counted by account and not by address, so that many addresses gain nothing (NIST SP 800-63B-4,
/// section 3.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How many in a row.
    pub failures: u32,
    /// When the last one was.
    pub last_failed_at: Timestamp,
}

impl Attempts {
    /// This many mistakes cost nothing.
    pub const FREE: u32 = 5;
    /// The longest wait between two attempts.
    pub const LONGEST_WAIT: Duration = Duration::from_mins(1);
    /// After this many in a row a password alone no longer opens the account, except on a device its owner has
    /// used before.
    pub const LIMIT: u32 = 100;

    /// Whether a password alone no longer opens the account, however long one waits.
    #[must_use]
    pub const fn are_too_many(&self) -> bool {
        self.failures >= Self::LIMIT
    }

    /// How long the next attempt has to wait; `None` when it may be made now.
    ///
    /// Five are free; then 1, 2, 4 … up to 60 seconds after each failure.
    #[must_use]
    pub fn wait(&self, now: Timestamp) -> Option<Duration> {
        let beyond = self.failures.checked_sub(Self::FREE)?;
        let wait = Duration::from_secs(1 << beyond.min(6)).min(Self::LONGEST_WAIT);
        let left = wait.saturating_sub(now.since(self.last_failed_at));
        (!left.is_zero()).then_some(left)
    }

    /// The count after one more failure.
    #[must_use]
    pub fn failed(before: Option<Self>, now: Timestamp) -> Self {
        let failures = before.map_or(0, |attempts| attempts.failures).saturating_add(1);
        Self { failures, last_failed_at: now }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn wait_after(failures: u32) -> Option<u64> {
        Attempts { failures, last_failed_at: NOW }.wait(NOW).map(|wait| wait.as_secs())
    }

    #[test]
    fn four_mistakes_are_free_and_then_each_wait_doubles_up_to_a_minute() {
        assert_eq!((1..=4).map(wait_after).collect::<Vec<_>>(), [None; 4]);
        let waits: Vec<_> = (5..=13).filter_map(wait_after).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_wait_passes() {
        let attempts = Attempts { failures: 7, last_failed_at: NOW };
        assert_eq!(attempts.wait(NOW.plus(Duration::from_secs(3))), Some(Duration::from_secs(1)));
        assert_eq!(attempts.wait(NOW.plus(Duration::from_secs(4))), None);
    }

    #[test]
    fn a_hundred_in_a_row_are_too_many() {
        assert!(!Attempts { failures: 99, last_failed_at: NOW }.are_too_many());
        assert!(Attempts { failures: 100, last_failed_at: NOW }.are_too_many());
    }

    #[test]
    fn ten_attempts_at_most_fit_into_the_first_minute() {
        let (mut now, mut attempts, mut made) = (NOW, None::<Attempts>, 0);
        while now < NOW.plus(Duration::from_mins(1)) {
            if let Some(wait) = attempts.and_then(|a| a.wait(now)) {
                now = now.plus(wait);
            } else {
                (attempts, made) = (Some(Attempts::failed(attempts, now)), made + 1);
            }
        }
        assert_eq!(made, 10);
    }
}
