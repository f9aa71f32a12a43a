//! What the front counts. The `metrics` facade is the port: where nobody has installed a recorder, counting costs and
//! does nothing.
//!
//! Labels come from closed lists of this program, never from what somebody has sent: a route is the pattern of an
//! address, and what led nowhere has none.

use metrics::{
    Gauge, SharedString, Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge,
    histogram,
};
use poem::http::StatusCode;
use std::time::Duration;

const REQUESTS: &str = "xtrem_http_request_duration_seconds";
const IN_FLIGHT: &str = "xtrem_http_requests_in_flight";
const PANICS: &str = "xtrem_http_panics_total";

/// Says what each of them means.
pub fn describe() {
    describe_histogram!(
        REQUESTS,
        Unit::Seconds,
        "How long requests took, by method, route and class of status; gone where the client was, before the answer."
    );
    describe_gauge!(IN_FLIGHT, Unit::Count, "Requests that are being answered at this moment.");
    describe_counter!(
        PANICS,
        Unit::Count,
        "Requests that ended in a panic, which is always a fault in the code."
    );
}

/// Counts a request, whatever came of it. Without a status its client went away before the answer came, after so long; it is
/// no error of the service, but where many go away, it is slow.
pub(crate) fn ended(method: &'static str, route: SharedString, status: Option<StatusCode>, took: Duration) {
    let status = status.map_or("gone", class);
    histogram!(REQUESTS, "method" => method, "route" => route, "status" => status).record(took);
}

/// Counts a request that ended in a panic.
pub(crate) fn panicked() {
    counter!(PANICS).increment(1);
}

/// A request that is being answered, until this is dropped: also where the client went away before the answer came.
pub(crate) struct InFlight(Gauge);

impl InFlight {
    pub(crate) fn begin() -> Self {
        let gauge = gauge!(IN_FLIGHT);
        gauge.increment(1.0);
        Self(gauge)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// The class of a status (RFC 9110, section 15).
const fn class(status: StatusCode) -> &'static str {
    match status.as_u16() {
        100..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    }
}
