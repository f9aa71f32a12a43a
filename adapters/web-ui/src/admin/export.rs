use super::audit;
use crate::page::Answer;
use crate::trouble::Trouble;
use crate::visit::Visit;
use application::audit::{AuditService, Export};
use application::fault::chain;
use domain::audit::EventCursor;
use futures_util::stream;
use poem::http::{HeaderValue, header};
use poem::{Body, Response};
use std::io;
use std::sync::Arc;

/// Where an export stands.
struct Rest {
    audit: Arc<AuditService>,
    export: Export,
    /// The last event that was written.
    after: Option<EventCursor>,
}

/// Sends the events that the query asks for, one JSON object per line, the earliest first.
///
/// They leave as they are read, so that an export costs the same memory whatever its length.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let filter = audit::filter(&visit).await?.map_err(|_| Trouble::Malformed)?;
    let audit = &visit.site.services.audit;
    let export = audit.export(&visit.actor(), filter).await?;
    let rest = Rest { audit: Arc::clone(audit), export, after: None };
    let pieces = stream::try_unfold(Some(rest), |rest| async {
        match rest {
            Some(rest) => rest.piece().await.map(Some),
            None => Ok(None),
        }
    });
    let mut response = Response::builder()
        .content_type("application/x-ndjson")
        .header(header::CONTENT_DISPOSITION, "attachment; filename=\"xtrem-audit.ndjson\"")
        .body(Body::from_bytes_stream(pieces));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

impl Rest {
    /// The next piece, and what is left after it. Where the trail can't be read on, the transfer breaks off, so that
    /// nobody takes half of it for the whole.
    async fn piece(self) -> io::Result<(String, Option<Self>)> {
        let page = self.audit.export_page(&self.export, self.after).await.map_err(|error| {
            tracing::error!(error = chain(&error), "an export broke off");
            io::Error::other("the trail can't be read")
        })?;
        let lines = page.items.iter().map(application::audit::line).collect();
        Ok((lines, page.next.map(|next| Self { after: Some(next), ..self })))
    }
}
