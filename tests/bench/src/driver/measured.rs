use super::load::{Tally, Watched};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::time::Duration;

/// What came of one round of a load.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Measured {
    /// How long was measured.
    pub seconds: f64,
    /// How many were answered as they should be.
    pub done: u64,
    /// The same in a second.
    pub rate: f64,
    /// Half of them took no longer than this, in milliseconds.
    pub p50_ms: f64,
    /// 99 of 100.
    pub p99_ms: f64,
    /// All of them.
    pub max_ms: f64,
    /// How many were told to come again: 503 with `Retry-After`.
    pub surplus: u64,
    /// 99 of 100 of them heard that within this many milliseconds.
    pub surplus_p99_ms: f64,
    /// How many were answered otherwise, or not at all.
    pub failed: u64,
    /// The first of them.
    pub first_failure: Option<String>,
    /// CPU that the server took for each that was done, in microseconds.
    pub server_us: f64,
    /// How many cores the server kept busy.
    pub server_cores: f64,
    /// How many cores the driver did: at one, it is the driver that was measured.
    pub driver_cores: f64,
    /// The most memory that the server held, in MiB.
    pub resident_mib: f64,
}

impl Measured {
    #[allow(clippy::cast_precision_loss, reason = "counts of a few seconds")]
    pub(super) fn new(tally: &Tally, duration: Duration, watched: &Watched) -> Self {
        let seconds = duration.as_secs_f64();
        let done = tally.done.len();
        let wall = watched.wall_seconds.max(f64::MIN_POSITIVE);
        Self {
            seconds,
            done,
            rate: done as f64 / seconds,
            p50_ms: at(&tally.done, 0.50),
            p99_ms: at(&tally.done, 0.99),
            max_ms: at(&tally.done, 1.0),
            surplus: tally.surplus.len(),
            surplus_p99_ms: at(&tally.surplus, 0.99),
            failed: tally.failed,
            first_failure: tally.first_failure.clone(),
            server_us: if done == 0 { 0.0 } else { watched.server_seconds * 1e6 / done as f64 },
            server_cores: watched.server_seconds / wall,
            driver_cores: watched.driver_seconds / wall,
            resident_mib: watched.resident_mib,
        }
    }

    /// What of several rounds lies in the middle, each figure by itself; failures are added up, and memory is the most.
    #[must_use]
    pub fn middle(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure));
        let sum = |figure: fn(&Self) -> u64| rounds.iter().map(figure).sum();
        Self {
            seconds: of(|round| round.seconds),
            done: sum(|round| round.done),
            rate: of(|round| round.rate),
            p50_ms: of(|round| round.p50_ms),
            p99_ms: of(|round| round.p99_ms),
            max_ms: rounds.iter().map(|round| round.max_ms).fold(0.0, f64::max),
            surplus: sum(|round| round.surplus),
            surplus_p99_ms: of(|round| round.surplus_p99_ms),
            failed: sum(|round| round.failed),
            first_failure: rounds.iter().find_map(|round| round.first_failure.clone()),
            server_us: of(|round| round.server_us),
            server_cores: of(|round| round.server_cores),
            driver_cores: of(|round| round.driver_cores),
            resident_mib: rounds.iter().map(|round| round.resident_mib).fold(0.0, f64::max),
        }
    }

    /// What went wrong, if anything did: then no figure of this counts.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        match &self.first_failure {
            Some(first) => Some(format!("{} answers were wrong, the first: {first}", self.failed)),
            None if self.done == 0 => Some("nothing was answered".to_owned()),
            None => None,
        }
    }
}

/// The one in the middle; of an even number, between the two that are. 0 of none.
#[must_use]
pub fn median(figures: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    match sorted.len() {
        0 => 0.0,
        even if even % 2 == 0 => f64::midpoint(sorted[middle - 1], sorted[middle]),
        _ => sorted[middle],
    }
}

/// A quantile, in milliseconds.
#[allow(clippy::cast_precision_loss, reason = "at most two minutes in microseconds")]
fn at(histogram: &Histogram<u64>, quantile: f64) -> f64 {
    if histogram.is_empty() { 0.0 } else { histogram.value_at_quantile(quantile) as f64 / 1000.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        for (figures, middle) in
            [(vec![], 0.0), (vec![3.0], 3.0), (vec![9.0, 1.0, 2.0], 2.0), (vec![1.0, 3.0], 2.0)]
        {
            assert!((median(figures.into_iter()) - middle).abs() < f64::EPSILON);
        }
    }

    #[test]
    fn rounds_are_joined_figure_by_figure_and_no_failure_is_lost() {
        let round = |rate, p99_ms, failed| Measured { rate, p99_ms, failed, done: 1, ..Measured::default() };
        let mut rounds = [round(3.0, 1.0, 0), round(1.0, 9.0, 2), round(2.0, 5.0, 0)];
        rounds[1].first_failure = Some("401".to_owned());
        let middle = Measured::middle(&rounds);
        assert_eq!((middle.rate, middle.p99_ms, middle.failed), (2.0, 5.0, 2));
        assert!(middle.trouble().unwrap().contains("401"));
    }

    #[test]
    fn a_round_without_answers_is_no_zero_but_a_failure() {
        assert!(Measured::default().trouble().is_some());
        assert!(Measured { done: 1, ..Measured::default() }.trouble().is_none());
    }

    #[test]
    fn quantiles_are_told_in_milliseconds() {
        let mut tally = Tally::new().unwrap();
        (1..=100).for_each(|n| tally.done.record(n * 1000).unwrap());
        let watched =
            Watched { server_seconds: 1.0, driver_seconds: 0.5, wall_seconds: 2.0, resident_mib: 9.0 };
        let told = Measured::new(&tally, Duration::from_secs(2), &watched);
        assert!((told.p50_ms - 50.0).abs() < 0.1 && (told.p99_ms - 99.0).abs() < 0.1, "{told:?}");
        assert!((told.rate - 50.0).abs() < 1e-9 && (told.server_us - 10_000.0).abs() < 1e-6, "{told:?}");
        assert!(
            (told.server_cores - 0.5).abs() < 1e-9 && (told.driver_cores - 0.25).abs() < 1e-9,
            "{told:?}"
        );
    }
}
