//! Moments, as the API writes and reads them.

use crate::Outcome;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The moment that lies so far ahead (RFC 3339).
pub fn ahead(time: Duration) -> Outcome<String> {
    Ok((OffsetDateTime::now_utc() + time).format(&Rfc3339)?)
}

/// The moment that lies so far back.
pub fn ago(time: Duration) -> Outcome<String> {
    Ok((OffsetDateTime::now_utc() - time).format(&Rfc3339)?)
}

/// How long ago that moment was, in seconds since 1970.
pub fn since(seconds: i64) -> Outcome<Duration> {
    Ok(Duration::from_secs(u64::try_from(OffsetDateTime::now_utc().unix_timestamp() - seconds)?))
}

/// The seconds since 1970 of a moment that the API has written.
pub fn seconds(text: &str) -> Outcome<i64> {
    Ok(OffsetDateTime::parse(text, &Rfc3339)?.unix_timestamp())
}

/// The microseconds since 1970 of such a moment: texts of moments don't sort as the moments do.
pub fn micros(text: &str) -> Outcome<i128> {
    Ok(OffsetDateTime::parse(text, &Rfc3339)?.unix_timestamp_nanos() / 1_000)
}
