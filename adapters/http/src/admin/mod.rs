//! How the installation is doing.

mod model;

use crate::Tag;
use crate::answer::{Failure, Json};
use crate::authentication::{Caller, STATS_READ};
use application::admin::AdminService;
use model::OverviewView;
use poem_openapi::OpenApi;
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub admin: Arc<AdminService>,
    /// What runs.
    pub version: &'static str,
}

#[OpenApi(tag = "Tag::Installation")]
impl Routes {
    /// Read the overview
    ///
    /// How many accounts there are, what happened on each of the last thirty days, and, as far as one may read them,
    /// the latest accounts (masked) and the latest events that concern security.
    #[oai(path = "/api/v1/admin/overview", method = "get", operation_id = "overview")]
    async fn overview(
        &self,
        #[oai(scope = "STATS_READ")] caller: Caller,
    ) -> Result<Json<OverviewView>, Failure<0>> {
        let overview = self.admin.overview(&caller.0).await?;
        Ok(Json(OverviewView::new(overview, self.version)))
    }
}

#[cfg(test)]
mod tests;
