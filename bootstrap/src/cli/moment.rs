//! Moments, as they are typed and printed: RFC 3339.

use domain::Timestamp;
use domain::violation::Violation;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Reads a moment, whatever zone it is told in.
pub fn parse(text: &str) -> Result<Timestamp, Violation> {
    let at = OffsetDateTime::parse(text.trim(), &Rfc3339).map_err(|_| Violation::InvalidDate)?;
    let micros = i64::try_from(at.unix_timestamp_nanos().div_euclid(1_000));
    micros.map(Timestamp::from_micros).map_err(|_| Violation::InvalidDate)
}

/// A moment in UTC, as the API tells it.
pub(super) fn exact(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.as_micros()) * 1_000)
        .ok()
        .and_then(|at| at.format(&Rfc3339).ok())
        .unwrap_or_else(|| at.as_micros().to_string())
}

/// The same to the second, for people.
pub fn second(at: Timestamp) -> String {
    exact(Timestamp::from_micros(at.as_seconds().saturating_mul(1_000_000)))
}

/// The day of a moment.
pub(super) fn day(at: Timestamp) -> String {
    let text = exact(at);
    text.split_once('T').map_or_else(|| text.clone(), |(day, _)| day.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_any_zone_and_told_in_utc() {
        let told = |text: &str| parse(text).map(exact);
        assert_eq!(told(" 2030-01-31T20:00:00.5+02:00 "), Ok("2030-01-31T18:00:00.5Z".to_owned()));
        let at = parse("1969-12-31T23:59:59.9999995Z").unwrap();
        assert_eq!((at.as_micros(), second(at)), (-1, "1969-12-31T23:59:59Z".to_owned()));
        assert_eq!(day(at), "1969-12-31");
        for bad in ["", "2030-01-31", "2030-01-31T18:00:00", "tomorrow", "2030-02-30T00:00:00Z"] {
            assert_eq!(told(bad), Err(Violation::InvalidDate), "{bad}");
        }
    }
}
