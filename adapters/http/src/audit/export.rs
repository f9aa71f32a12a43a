//! The trail as lines, sent while it is being read.

use super::model::EventView;
use crate::answer::{content, described, line};
use crate::negotiation;
use crate::paging::Paged;
use application::audit::{AuditService, Export};
use application::fault::chain;
use domain::audit::EventCursor;
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
pub struct EventLines {
    /// Where they come from.
    pub audit: Arc<AuditService>,
    /// Leave to read them.
    pub export: Export,
}

/// How far an export has come.
enum Progress {
    /// The next page begins here.
    At(Option<EventCursor>),
    /// Nothing follows.
    Done,
}

impl IntoResponse for EventLines {
    /// A page is read when the one before it was taken, so an export of any length needs the room of one page, and
    /// stops with the client. Where reading fails, the connection breaks off: what was sent must not pass for all.
    fn into_response(self) -> Response {
        let Self { audit, export } = self;
        let pieces = stream::unfold(Progress::At(None), move |progress| {
            let audit = Arc::clone(&audit);
            async move {
                let Progress::At(after) = progress else { return None };
                let page = audit.export_page(&export, after).await;
                Some(match page {
                    Ok(page) => {
                        let text: String = page.items.iter().map(application::audit::line).collect();
                        let next = page.next.map_or(Progress::Done, |next| Progress::At(Some(next)));
                        (Ok(text), next)
                    }
                    Err(error) => {
                        tracing::error!(error = %chain(&error), "an export broke off");
                        (Err(io::Error::other("the export broke off")), Progress::Done)
                    }
                })
            }
        });
        Response::builder().content_type(NDJSON).body(Body::from_bytes_stream(pieces))
    }
}

impl ApiResponse for EventLines {
    fn meta() -> MetaResponses {
        let lines = MetaResponse {
            content: content::<String>(NDJSON),
            ..described(StatusCode::OK, "The events, an `AuditEvent` on each line, in printable ASCII.")
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
