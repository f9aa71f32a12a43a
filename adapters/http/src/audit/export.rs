//! The trail as lines, sent while it is being read.

use super::model::EventView;
use crate::answer::{content, described, line};
use crate::negotiation;
use crate::paging::Paged;
use application::audit::{AuditService, Export};
use application::fault::chain;
use futures_util::stream;
use poem::http::{HeaderMap, HeaderValue, StatusCode, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use std::io;
use std::sync::Arc;

/// The media type of one JSON object on each line.
const NDJSON: &str = "application/x-ndjson";

/// Whether whoever asks would rather have lines than a page.
pub fn is_wanted(headers: &HeaderMap) -> bool {
    let weight = |kind| negotiation::weight(headers, header::ACCEPT, kind).unwrap_or(0.0);
    weight(NDJSON) > 0.0 && weight(NDJSON) >= weight(crate::answer::JSON)
}

/// 200 with all events that meet a filter, a line for each.
pub enum EventLines {
    /// What every such answer says in its header, and no lines.
    Header,
    /// The lines.
    All {
        /// Where they come from.
        audit: Arc<AuditService>,
        /// Leave to read them.
        export: Export,
    },
}

impl IntoResponse for EventLines {
    fn into_response(self) -> Response {
        let body = match self {
            Self::Header => Body::empty(),
            Self::All { audit, export } => lines(audit, export),
        };
        Response::builder().content_type(NDJSON).body(body)
    }
}

/// A page is read when the one before it was taken, so an export of any length needs the room of one page, and stops with
/// the client. Where reading fails, the connection breaks off: what was sent must not pass for all.
fn lines(audit: Arc<AuditService>, export: Export) -> Body {
    Body::from_bytes_stream(stream::unfold(Some(export), move |rest| {
        let audit = Arc::clone(&audit);
        async move {
            match audit.export_lines(rest?).await {
                Ok(found) => found.map(|(text, rest)| (Ok(text), Some(rest))),
                Err(error) => {
                    tracing::error!(error = %chain(&error), "an export broke off");
                    Some((Err(io::Error::other("the export broke off")), None))
                }
            }
        }
    }))
}

impl ApiResponse for EventLines {
    fn meta() -> MetaResponses {
        let lines = MetaResponse {
            content: content::<String>(NDJSON),
            ..described(
                StatusCode::OK,
                "The events in printable ASCII, on each line an `AuditEvent` with its `proof`.",
            )
        };
        MetaResponses { responses: vec![lines] }
    }

    fn register(registry: &mut Registry) {
        EventView::register(registry);
    }
}

/// 200 with a page or with lines, as the client likes.
pub enum Trail {
    /// A page.
    Page(Paged<EventView>),
    /// All of it.
    All(EventLines),
}

impl IntoResponse for Trail {
    fn into_response(self) -> Response {
        let mut response = match self {
            Self::Page(page) => page.into_response(),
            Self::All(lines) => lines.into_response(),
        };
        response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept"));
        response
    }
}

impl ApiResponse for Trail {
    fn meta() -> MetaResponses {
        let mut meta = Paged::<EventView>::meta();
        for page in &mut meta.responses {
            page.content.extend(content::<String>(NDJSON));
            page.headers.push(line("Vary", "string", "`Accept`: it may be a page or lines."));
        }
        meta
    }

    fn register(registry: &mut Registry) {
        Paged::<EventView>::register(registry);
    }
}
