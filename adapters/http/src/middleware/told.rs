//! What is told of a request while and after it was answered: a span, a line in the log, and figures.

use super::Progress;
use super::address::Address;
use super::trace::{JoinTrace, TraceId, TraceParent};
use crate::instruments::{self, InFlight};
use domain::ids::RequestId;
use poem::http::{HeaderMap, Method, StatusCode};
use std::time::Instant;
use tracing::Span;
use tracing::field::{Empty, display};

/// What is told of one request. Nothing in it was sent, except the name of a trace, which is a number.
pub struct Telling {
    started: Instant,
    id: RequestId,
    method: Option<&'static str>,
    trace: Option<TraceId>,
    span: Span,
    _in_flight: InFlight,
}

impl Telling {
    /// Begins with a request.
    pub fn begin(id: RequestId, method: &Method, headers: &HeaderMap, join: Option<&JoinTrace>) -> Self {
        let (started, in_flight, method) = (Instant::now(), InFlight::begin(), known(method));
        // The names are those of OpenTelemetry's conventions for HTTP. The path, which they ask for too, may hold a secret.
        let span = tracing::info_span!(
            "request",
            request_id = %id,
            trace_id = Empty,
            otel.name = Empty,
            otel.kind = "server",
            otel.status_code = Empty,
            http.request.method = method.unwrap_or("_OTHER"),
            http.route = Empty,
            http.response.status_code = Empty,
        );
        let parent = TraceParent::of(headers);
        let joined = join.and_then(|join| join(&span, parent.as_ref()));
        let trace = joined.or(parent.map(|parent| parent.trace_id)).map(TraceId);
        if let Some(trace) = trace {
            span.record("trace_id", display(trace));
        }
        Self { started, id, method, trace, span, _in_flight: in_flight }
    }

    /// What everything that is told on the way belongs to.
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// Ends with an answer.
    pub fn end(self, address: &Address, status: StatusCode, progress: &Progress) {
        let took = self.started.elapsed();
        self.complete_span(address, status);
        let method = self.method.unwrap_or("other");
        // As a number that JSON can hold.
        let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        instruments::answered(method, address.label(), status, took);
        macro_rules! answered {
            ($level:ident) => {
                tracing::$level!(
                    method,
                    route = address.pattern().unwrap_or(Address::UNKNOWN),
                    status = status.as_u16(),
                    duration_us,
                    request_id = %self.id,
                    user_id = progress.user().map(display),
                    trace_id = self.trace.map(display),
                    "answered"
                )
            };
        }
        if address.is_probe() { answered!(debug) } else { answered!(info) }
    }

    fn complete_span(&self, address: &Address, status: StatusCode) {
        let method = self.method.unwrap_or("HTTP");
        match address.pattern() {
            Some(pattern) => {
                self.span.record("http.route", pattern);
                self.span.record("otel.name", format!("{method} {pattern}"));
            }
            None => {
                self.span.record("otel.name", method);
            }
        }
        self.span.record("http.response.status_code", status.as_u16());
        if status.is_server_error() {
            self.span.record("otel.status_code", "ERROR");
        }
    }
}

/// The methods that are told by name. Any other is told as one of the others, because a client may make names up.
fn known(method: &Method) -> Option<&'static str> {
    let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    known.into_iter().find(|name| *name == method.as_str())
}

#[cfg(test)]
mod tests;
