//! Spans, for a collector.
//!
//! They are sent by OTLP over HTTP (protobuf), in batches, by a thread of its own. At most 2048 wait, which is some
//! four megabytes; further ones are left out. A collector that does not answer is told in the log, once a minute.
//!
//! Only spans go out, with the fields they have; lines of the log do not, because they may be told more than a
//! collector should hear. Which spans there are does not depend on what the log tells.

mod courier;
mod naming;

#[cfg(test)]
mod tests;

use crate::{Listener, StartError};
use courier::Courier;
use naming::Naming;
use opentelemetry::trace::{
    SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    BatchConfigBuilder, BatchSpanProcessor, ParentBasedSampler, Sampler, SdkTracerProvider,
};
use std::fmt;
use std::time::Duration;
use tracing::{Level, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;

/// The most spans that wait.
const QUEUE: usize = 2_048;
/// The most spans that go out at once.
const BATCH: usize = 512;
/// How long one waits for others.
const RHYTHM: Duration = Duration::from_secs(2);
/// How long a collector may take.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Where spans go.
#[derive(Clone, PartialEq)]
pub struct Traces {
    /// The address of the collector for traces (OTLP over HTTP, protobuf), such as `http://127.0.0.1:4318/v1/traces`.
    pub endpoint: String,
    /// What it wants to be told beside them: names and values of HTTP fields. Never shown.
    pub headers: Vec<(String, String)>,
    /// Which part of the traces is told: 0 to 1, chosen by their ids. Of those that began elsewhere it is this part of
    /// what whoever began them keeps.
    pub ratio: f64,
    /// What this service is called there.
    pub service: &'static str,
    /// Its version.
    pub version: &'static str,
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { endpoint, ratio, .. } = self;
        f.debug_struct("Traces").field("endpoint", endpoint).field("ratio", ratio).finish_non_exhaustive()
    }
}

/// Starts the thread that sends.
pub(crate) fn begin(traces: &Traces) -> Result<SdkTracerProvider, StartError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Courier::new(TIMEOUT)?)
        .with_endpoint(&traces.endpoint)
        .with_headers(traces.headers.iter().cloned().collect())
        .with_protocol(Protocol::HttpBinary)
        .with_timeout(TIMEOUT)
        .build()
        .map_err(|error| StartError::Traces(error.to_string()))?;
    let batches = BatchConfigBuilder::default()
        .with_max_queue_size(QUEUE)
        .with_max_export_batch_size(BATCH)
        .with_scheduled_delay(RHYTHM)
        .build();
    let resource = Resource::builder_empty()
        .with_service_name(traces.service)
        .with_attribute(KeyValue::new("service.version", traces.version))
        .build();
    Ok(SdkTracerProvider::builder()
        .with_span_processor(Naming(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build()))
        .with_sampler(sampler(traces.ratio))
        .with_resource(resource)
        .build())
}

/// Which traces are told. Anybody can say that theirs is kept, and what that costs here is not for them to decide.
///
/// The id decides, because services that ask each other and tell the same part then tell the same traces. With an id of
/// their choice somebody may still be within that part; where it is 0, nobody is.
fn sampler(ratio: f64) -> ParentBasedSampler {
    let part = Sampler::TraceIdRatioBased(ratio);
    Sampler::parent_based(part.clone()).with_remote_parent_sampled(part)
}

/// What hears spans.
pub(crate) fn listener(provider: &SdkTracerProvider) -> Listener {
    tracing_opentelemetry::layer()
        .with_tracer(provider.tracer("xtrem"))
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_level(false)
        .with_tracked_inactivity(false)
        .with_filter(filter_fn(|what| what.is_span() && *what.level() <= Level::INFO))
        .boxed()
}

/// Joins spans to those of whoever asked.
#[derive(Clone, Debug)]
pub struct Joiner(pub(crate) ());

impl Joiner {
    /// Puts a span below the one that it was asked by: the id of that trace, the id of that span, and whether whoever
    /// began it keeps it. It has to be done before the span is entered.
    ///
    /// Answers with the id of the trace that the span belongs to: that one, else one of its own.
    #[must_use]
    pub fn join(&self, span: &Span, parent: Option<([u8; 16], [u8; 8], bool)>) -> Option<[u8; 16]> {
        let given = parent.map(|(trace, ..)| trace);
        if let Some((trace, parent, is_kept)) = parent {
            let flags = if is_kept { TraceFlags::SAMPLED } else { TraceFlags::default() };
            let (trace, parent) = (TraceId::from_bytes(trace), SpanId::from_bytes(parent));
            let remote = SpanContext::new(trace, parent, flags, true, TraceState::default());
            // A span that nobody hears has no place in a trace.
            let _ = span.set_parent(Context::new().with_remote_span_context(remote));
        }
        let joined = span.context().span().span_context().trace_id();
        if joined == TraceId::INVALID { given } else { Some(joined.to_bytes()) }
    }
}
