//! Why somebody was refused.

mod model;

use crate::Tag;
use crate::answer::{Failure, Json};
use crate::authentication::{Caller, LOGS_READ};
use application::access::AccessService;
use domain::ids::RequestId;
use model::ExplanationView;
use poem_openapi::OpenApi;
use poem_openapi::param::Path;
use std::sync::Arc;
use uuid::Uuid;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub access: Arc<AccessService>,
}

#[OpenApi(tag = "Tag::Audit")]
#[expect(clippy::unused_async, reason = "poem-openapi asks for it")]
impl Routes {
    /// Ask why a request was refused
    ///
    /// By the `request_id` of its answer: what came with it, what that was worth at that moment, what would have been
    /// needed, and why it did not do. Remembered for a day, within bounds, by the replica that refused it.
    #[oai(path = "/api/v1/access/explanations/:request_id", method = "get", operation_id = "explainRefusal")]
    async fn explain(
        &self,
        #[oai(scope = "LOGS_READ")] caller: Caller,
        request_id: Path<Uuid>,
    ) -> Result<Json<ExplanationView>, Failure<0>> {
        let explanation = self.access.explain(&caller.0, RequestId::from_uuid(request_id.0))?;
        Ok(Json(explanation.into()))
    }
}

#[cfg(test)]
mod tests;
