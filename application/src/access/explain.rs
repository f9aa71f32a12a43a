use super::{AccessService, Refused};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use domain::Timestamp;
use domain::access::Scope;
use domain::ids::RequestId;
use std::net::IpAddr;

/// The whole decision behind the refusal of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Which request.
    pub request_id: RequestId,
    /// When it was refused.
    pub at: Timestamp,
    /// What it asked for: a method and the pattern of a path. The scope that was needed comes from here.
    pub operation: String,
    /// From where.
    pub address: Option<IpAddr>,
    /// What was known, what was needed, and why that did not do.
    pub refused: Refused,
}

/// Why a request was not explained.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No request of that name was refused here within a day, or it is no longer remembered.
    #[error("no such refusal")]
    Missing,
}

impl Describe for ExplainError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
        }
    }
}

impl AccessService {
    /// Says why a request was refused. Remembered for a day, within bounds, by the node that refused it.
    pub fn explain(&self, actor: &Actor, id: RequestId) -> Result<Explanation, ExplainError> {
        actor.require(Scope::LogsRead)?;
        self.explanations.find(id, self.ids.now()).ok_or(ExplainError::Missing)
    }
}
