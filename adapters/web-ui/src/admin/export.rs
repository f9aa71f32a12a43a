use super::audit;
use crate::page::{Answer, file};
use crate::trouble::Trouble;
use crate::visit::Visit;
use application::audit::{AuditService, Export};
use application::fault::chain;
use futures_util::{Stream, stream};
use poem::Body;
use std::io;
use std::sync::Arc;

/// Sends the events that the query asks for, one JSON object per line, the earliest first.
///
/// They leave as they are read, so that an export costs the same memory whatever its length. Whoever asks for the head of
/// the answer alone gets nothing, and so nothing is written down.
pub(crate) async fn show(visit: Arc<Visit>) -> Answer {
    let filter = audit::filter(&visit).await?.map_err(|_| Trouble::Malformed)?;
    let audit = &visit.site.services.audit;
    let body = if visit.is_head {
        Body::from_bytes_stream(stream::empty::<io::Result<String>>())
    } else {
        let export = audit.export(&visit.actor(), filter).await?;
        Body::from_bytes_stream(pieces(Arc::clone(audit), export))
    };
    Ok(file("xtrem-audit.ndjson", "application/x-ndjson", body))
}

/// The lines of an export, as many at once as are read at once. Where the trail can't be read on, the transfer breaks off,
/// so that nobody takes half of it for the whole.
fn pieces(audit: Arc<AuditService>, export: Export) -> impl Stream<Item = io::Result<String>> {
    stream::try_unfold((audit, export), |(audit, export)| async move {
        let lines = audit.export_lines(export).await.map_err(|error| {
            tracing::error!(error = chain(&error), "an export broke off");
            io::Error::other("the trail can't be read")
        })?;
        Ok(lines.map(|(lines, rest)| (lines, (audit, rest))))
    })
}
