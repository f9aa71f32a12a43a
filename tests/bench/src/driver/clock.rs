use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::yield_now;
use tokio::time::sleep_until;

/// How long before a request is due the driver stays awake: a timer is a millisecond late.
const AWAKE: Duration = Duration::from_millis(2);

/// When requests are due, and which of their answers are measured.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
    /// From when on is measured.
    pub(super) begin: Instant,
    /// Until when.
    pub(super) end: Instant,
    interval: Option<Duration>,
    handed_out: AtomicU64,
}

impl Clock {
    /// Starts now. With a `rate`, that many requests are due each second.
    pub(super) fn start(warm_up: Duration, duration: Duration, rate: Option<f64>) -> Self {
        let start = Instant::now();
        let begin = start + warm_up;
        let interval = rate.map(|rate| Duration::from_secs_f64(rate.recip()));
        Self { start, begin, end: begin + duration, interval, handed_out: AtomicU64::new(0) }
    }

    /// Waits until the next request is due, and says when that was; `None` when all is over.
    ///
    /// Whoever is free takes what is due next. Where nobody was free, that lies in the past: whoever waits for an answer
    /// is charged also for what they could not ask meanwhile.
    pub(super) async fn next(&self) -> Option<Instant> {
        let due = match self.interval {
            None => Instant::now(),
            Some(interval) => {
                let number = self.handed_out.fetch_add(1, Ordering::Relaxed);
                let due = due(self.start, interval, number);
                if due < self.end {
                    wait_until(due).await;
                }
                due
            }
        };
        (due < self.end).then_some(due)
    }

    /// Whether an answer is measured that came at that moment.
    pub(super) fn measures(&self, done: Instant) -> bool {
        (self.begin..=self.end).contains(&done)
    }
}

fn due(start: Instant, interval: Duration, number: u64) -> Instant {
    let nanos = interval.as_nanos().saturating_mul(u128::from(number));
    start + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}

async fn wait_until(due: Instant) {
    if let Some(sleep) = due.checked_duration_since(Instant::now() + AWAKE) {
        sleep_until((Instant::now() + sleep).into()).await;
    }
    while Instant::now() < due {
        yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_due_at_equal_distances_however_late_they_are_taken() {
        let start = Instant::now();
        let at = |number| due(start, Duration::from_micros(1500), number).duration_since(start);
        assert_eq!(at(0), Duration::ZERO);
        assert_eq!(at(4000), Duration::from_secs(6));
    }

    #[tokio::test]
    async fn what_nobody_was_free_for_counts_from_when_it_was_due() {
        let mut clock = Clock::start(Duration::ZERO, Duration::from_hours(1), Some(1000.0));
        clock.start = clock.start.checked_sub(Duration::from_secs(10)).unwrap();
        assert_eq!(clock.next().await, Some(clock.start));
        assert_eq!(clock.next().await, Some(clock.start + Duration::from_millis(1)));
    }

    #[tokio::test]
    async fn nothing_is_due_after_the_end() {
        let clock = Clock::start(Duration::ZERO, Duration::ZERO, None);
        assert_eq!(clock.next().await, None);
        let clock = Clock::start(Duration::ZERO, Duration::ZERO, Some(1.0));
        assert_eq!(clock.next().await, None);
    }

    #[test]
    fn an_answer_counts_by_when_it_came() {
        let clock = Clock::start(Duration::from_secs(1), Duration::from_secs(2), None);
        assert!(!clock.measures(clock.start));
        assert!(clock.measures(clock.begin) && clock.measures(clock.end));
        assert!(!clock.measures(clock.end + Duration::from_micros(1)));
    }
}
