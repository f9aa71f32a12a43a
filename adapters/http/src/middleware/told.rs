//! What is told of a request while and after it was answered: a span, a line in the log, and figures.

use super::Progress;
use super::address::Address;
use super::trace::{JoinTrace, TraceId, TraceParent};
use crate::instruments::{Figures, InFlight, UNKNOWN};
use domain::ids::RequestId;
use poem::http::{HeaderMap, Method, StatusCode};
use std::sync::Arc;
use std::time::Instant;
use tracing::Span;
use tracing::field::{Empty, display};

/// What is told of one request: once, whatever comes of it. Nothing in it was sent, except the name of a trace, which is a
/// number.
pub struct Telling<'a> {
    figures: &'a Figures,
    started: Instant,
    id: RequestId,
    method: Option<&'static str>,
    trace: Option<TraceId>,
    is_traced: bool,
    span: Span,
    progress: Arc<Progress>,
    is_told: bool,
    _in_flight: InFlight,
}

impl<'a> Telling<'a> {
    /// Begins with a request.
    pub fn begin(
        figures: &'a Figures,
        id: RequestId,
        method: &Method,
        headers: &HeaderMap,
        join: Option<&JoinTrace>,
        progress: Arc<Progress>,
    ) -> Self {
        let (started, in_flight, method) = (Instant::now(), figures.begin(), known(method));
        // The names are those of OpenTelemetry's conventions for HTTP. The path, which they ask for too, may hold a secret.
        // Of the gravest level, so that every line that is told has it, however few of them somebody asks for.
        let span = tracing::error_span!(
            "request",
            request_id = %id,
            trace_id = Empty,
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
        Self {
            figures,
            started,
            id,
            method,
            trace,
            is_traced: join.is_some(),
            span,
            progress,
            is_told: false,
            _in_flight: in_flight,
        }
    }

    /// What everything that is told on the way belongs to.
    pub const fn span(&self) -> &Span {
        &self.span
    }

    /// Ends with an answer.
    pub fn end(mut self, address: &Address, status: StatusCode) {
        self.is_told = true;
        self.tell(address, Some(status));
    }

    /// Without a status nobody was there any more to hear one.
    fn tell(&self, address: &Address, status: Option<StatusCode>) {
        let took = self.started.elapsed();
        self.complete_span(address, status);
        let method = self.method.unwrap_or("other");
        // As a number that JSON can hold.
        let duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.figures.ended(method, address.pattern(), status, took);
        let outcome = if status.is_some() { "answered" } else { "the client has gone" };
        macro_rules! ended {
            ($level:ident) => {
                tracing::$level!(
                    method,
                    route = address.pattern().map_or(UNKNOWN, |pattern| &**pattern),
                    status = status.map(|status| status.as_u16()),
                    duration_us,
                    request_id = %self.id,
                    user_id = self.progress.user().map(display),
                    trace_id = self.trace.map(display),
                    "{outcome}"
                )
            };
        }
        if address.is_probe() { ended!(debug) } else { ended!(info) }
    }

    fn complete_span(&self, address: &Address, status: Option<StatusCode>) {
        // Nobody else hears of these.
        if !self.is_traced {
            return;
        }
        let is_error = status.is_some_and(|status| status.is_server_error());
        tracing::record_all!(
            self.span,
            http.route = address.pattern().map(|pattern| &**pattern),
            http.response.status_code = status.map(|status| status.as_u16()),
            otel.status_code = is_error.then_some("ERROR"),
        );
    }
}

impl Drop for Telling<'_> {
    /// The server drops what nobody waits for: a client that has gone, also because this process could wait no longer. Such
    /// requests are told too, because the slowest are the ones that are given up. The pattern of a page is not known before
    /// its answer.
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(&Address::of(&self.progress, None), None);
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
