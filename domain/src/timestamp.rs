use std::time::Duration;

/// A moment in UTC, in whole microseconds since 1970-01-01T00:00:00Z.
///
/// Microseconds, because that is the finest step both databases keep; an integer, because text times sort
/// wrongly on SQLite once their fractions differ in length.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The moment that lies `micros` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch: the form in which a moment is stored.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch, rounded down: the `NumericDate` of RFC 7519, section 2.
    #[must_use]
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// Milliseconds since the epoch, zero for a moment before it: what a `UUIDv7` begins with.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        u64::try_from(self.0.div_euclid(1000)).unwrap_or(0)
    }

    /// This moment moved into the future; at the end of time it stays there.
    #[must_use]
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// This moment moved into the past; at the beginning of time it stays there.
    #[must_use]
    pub fn minus(self, span: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// The last moment not after this one that lies a whole number of spans after the epoch: of an hour or a day, its
    /// beginning in UTC.
    #[must_use]
    pub fn floor(self, span: Duration) -> Self {
        let span = i64::try_from(span.as_micros()).unwrap_or(i64::MAX).max(1);
        Self(self.0.saturating_sub(self.0.rem_euclid(span)))
    }

    /// How much time lies between `earlier` and this moment; zero when `earlier` is the later one.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_also_before_the_epoch() {
        const DAY: Duration = Duration::from_hours(24);
        let day = i64::try_from(DAY.as_micros()).unwrap();
        assert_eq!(Timestamp::from_micros(day + 7).floor(DAY), Timestamp::from_micros(day));
        assert_eq!(Timestamp::from_micros(day).floor(DAY), Timestamp::from_micros(day));
        assert_eq!(Timestamp::from_micros(-7).floor(DAY), Timestamp::from_micros(-day));
    }

    #[test]
    fn a_span_between_two_moments_is_never_negative() {
        let early = Timestamp::from_micros(5);
        let late = early.plus(Duration::from_micros(7));
        assert_eq!(late.since(early), Duration::from_micros(7));
        assert_eq!(early.since(late), Duration::ZERO);
    }

    #[test]
    fn a_moment_is_moved_no_further_than_time_reaches() {
        assert_eq!(Timestamp::from_micros(1).plus(Duration::MAX).as_micros(), i64::MAX);
        assert_eq!(Timestamp::from_micros(-9).minus(Duration::MAX).as_micros(), i64::MIN);
    }

    #[test]
    fn seconds_are_rounded_down_also_before_the_epoch() {
        assert_eq!(Timestamp::from_micros(1_999_999).as_seconds(), 1);
        assert_eq!(Timestamp::from_micros(-1).as_seconds(), -1);
    }
}
