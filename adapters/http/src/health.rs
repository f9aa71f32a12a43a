//! Whether the service runs, for people, probes and load balancers.

use crate::Tag;
use crate::answer::{Failure, Json};
use crate::problem::Problem;
use application::fault::Describe;
use application::health::HealthService;
use poem_openapi::{Enum, Object, OpenApi};
use std::sync::Arc;

/// The routes of this room.
pub struct Routes {
    /// What they call.
    pub health: Arc<HealthService>,
    /// What runs.
    pub version: &'static str,
}

#[OpenApi(tag = "Tag::Health")]
#[expect(clippy::unused_async, reason = "poem-openapi asks for it")]
impl Routes {
    /// Read status and version
    #[oai(path = "/health", method = "get", operation_id = "health")]
    async fn health(&self) -> Json<HealthView> {
        Json(HealthView { status: Health::Ok, version: self.version.to_owned() })
    }

    /// Ask whether the process lives
    ///
    /// Touches nothing but the process itself. When this fails, start it anew.
    #[oai(path = "/health/live", method = "get", operation_id = "live")]
    async fn live(&self) -> Json<ProbeView> {
        Json(ProbeView { status: Health::Ok })
    }

    /// Ask whether requests can be served
    ///
    /// Looks at the databases, the keys and the disk, at most once a second; a service that is about to stop is not
    /// ready. When this fails, send requests elsewhere until it doesn't. What is wrong is told to operators only.
    #[oai(path = "/health/ready", method = "get", operation_id = "ready")]
    async fn ready(&self) -> Result<Json<ProbeView>, Failure<0>> {
        // Whoever found it has told the log; each probe would tell it once more.
        self.health.ready().await.map_err(|not_ready| Problem::from_fault(not_ready.fault()))?;
        Ok(Json(ProbeView { status: Health::Ok }))
    }
}

/// The service as it is.
#[derive(Debug, Object)]
#[oai(rename = "Health")]
struct HealthView {
    /// Whether it runs.
    status: Health,
    /// Which version runs.
    version: String,
}

/// Whether it is well.
#[derive(Debug, Object)]
#[oai(rename = "Probe")]
struct ProbeView {
    /// Always `ok`: what is not well answers with another status.
    status: Health,
}

/// How it is.
#[derive(Debug, Enum)]
#[oai(rename = "HealthStatus", rename_all = "snake_case")]
enum Health {
    /// Well.
    Ok,
}

#[cfg(test)]
mod tests;
