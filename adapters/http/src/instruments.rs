//! What the front counts. The `metrics` facade is the port: where nobody has installed a recorder, counting costs and
//! does nothing.
//!
//! Labels come from closed lists of this program, never from what somebody has sent: a route is the pattern of an
//! address, and what led nowhere has none.

use metrics::{
    Gauge, Histogram, SharedString, Unit, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};
use poem::http::StatusCode;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

const REQUESTS: &str = "xtrem_http_request_duration_seconds";
const IN_FLIGHT: &str = "xtrem_http_requests_in_flight";
const PANICS: &str = "xtrem_http_panics_total";

/// What stands in place of a route where nothing matched.
pub(crate) const UNKNOWN: &str = "unknown";

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

/// What every request is noted in. Looking that up costs more than noting, so it is kept where it was found once; the labels
/// come from closed lists, so it comes to an end.
#[derive(Default)]
pub(crate) struct Figures {
    in_flight: OnceLock<Gauge>,
    times: RwLock<HashMap<Labels, Histogram>>,
}

/// Method, route and status.
type Labels = (&'static str, Option<Arc<str>>, &'static str);

impl Figures {
    /// Notes that a request is being answered, until what comes back is dropped: also where the client went away before the
    /// answer came.
    pub(crate) fn begin(&self) -> InFlight {
        let gauge = self.in_flight.get_or_init(|| gauge!(IN_FLIGHT)).clone();
        gauge.increment(1.0);
        InFlight(gauge)
    }

    /// Counts a request, whatever came of it. Without a status its client went away before the answer came, after so long; it
    /// is no error of the service, but where many go away, it is slow.
    pub(crate) fn ended(
        &self,
        method: &'static str,
        route: Option<&Arc<str>>,
        status: Option<StatusCode>,
        took: Duration,
    ) {
        let labels = (method, route.cloned(), status.map_or("gone", class));
        // What is kept is whole wherever a thread stopped.
        let known = self.times.read().unwrap_or_else(PoisonError::into_inner).get(&labels).cloned();
        let times = known.unwrap_or_else(|| {
            let mut times = self.times.write().unwrap_or_else(PoisonError::into_inner);
            times.entry(labels.clone()).or_insert_with(|| times_of(labels)).clone()
        });
        times.record(took);
    }
}

fn times_of((method, route, status): Labels) -> Histogram {
    let route = route.map_or(SharedString::const_str(UNKNOWN), SharedString::from);
    histogram!(REQUESTS, "method" => method, "route" => route, "status" => status)
}

/// Counts a request that ended in a panic.
pub(crate) fn panicked() {
    counter!(PANICS).increment(1);
}

/// A request that is being answered.
pub(crate) struct InFlight(Gauge);

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
