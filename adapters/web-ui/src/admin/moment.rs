//! Moments in forms: a browser sends them without a zone, and here they are UTC.

use domain::Timestamp;
use domain::violation::Violation;
use time::PrimitiveDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

/// A local date and time as HTML writes it (section 2.3.5.5), with seconds or without.
const LOCAL: &[BorrowedFormatItem<'_>] = format_description!(
    version = 2,
    "[year]-[month]-[day]T[hour]:[minute][optional [:[second][optional [.[subsecond]]]]]"
);

/// Reads what the field for a moment was filled with.
pub(super) fn parse(text: &str) -> Result<Timestamp, Violation> {
    let text = text.strip_suffix('Z').unwrap_or(text);
    let read = PrimitiveDateTime::parse(text, LOCAL).map_err(|_| Violation::InvalidDate)?;
    let micros = read.assume_utc().unix_timestamp_nanos() / 1000;
    i64::try_from(micros).map(Timestamp::from_micros).map_err(|_| Violation::InvalidDate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_utc_with_seconds_or_without() {
        let at = |text| parse(text).map(Timestamp::as_micros);
        assert_eq!(at("2025-06-15T15:06"), Ok(1_750_000_000_000_000 - 40_000_000));
        assert_eq!(at("2025-06-15T15:06:40"), Ok(1_750_000_000_000_000));
        assert_eq!(at("2025-06-15T15:06:40.5Z"), Ok(1_750_000_000_500_000));
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for bad in
            ["", "tomorrow", "2025-06-15", "2025-02-30T10:00", "2025-06-15T25:00", "2025-06-15T10:00+02:00"]
        {
            assert_eq!(parse(bad), Err(Violation::InvalidDate), "{bad}");
        }
    }
}
