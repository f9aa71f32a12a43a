use opentelemetry::trace::SpanKind;
use opentelemetry::{Context, Value};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use std::time::Duration;

/// Gives spans of requests the name that OpenTelemetry's conventions for HTTP have for them: `GET /users/{id}`.
///
/// The route is known after the span has begun, and the library takes no name (`otel.name`) any more from then on. The
/// id of the trace, which lines of the log have from the span, is the span's own and no attribute beside it.
#[derive(Debug)]
pub(super) struct Naming<P>(pub(super) P);

impl<P: SpanProcessor> SpanProcessor for Naming<P> {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, mut span: SpanData) {
        if let Some(name) = name_of(&span) {
            span.name = name.into();
            span.attributes.retain(|field| field.key.as_str() != "trace_id");
        }
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

fn name_of(span: &SpanData) -> Option<String> {
    let field = |name: &str| {
        let field = span.attributes.iter().find(|field| field.key.as_str() == name)?;
        if let Value::String(text) = &field.value { Some(text.as_str()) } else { None }
    };
    let method = field("http.request.method").filter(|_| span.span_kind == SpanKind::Server)?;
    let method = if method == "_OTHER" { "HTTP" } else { method };
    Some(field("http.route").map_or_else(|| method.to_owned(), |route| format!("{method} {route}")))
}
