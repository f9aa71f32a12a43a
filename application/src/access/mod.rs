//! Refusals: every one has a reason, stands in the audit trail, and can be explained for a day.
//!
//! Whoever gives the answer to a refused request notes the refusal here. A request that was refused must not wait for
//! a turn to write, and nobody must be able to fill the disk by being refused, so notes of the same person, address
//! and reason are joined and written together, about once a second.

mod explain;
mod explanations;
mod refusals;

pub use explain::{ExplainError, Explanation};

use crate::Ids;
use crate::actor::{Evidence, Origin};
use crate::instruments;
use crate::store::{Store, StoreError};
use domain::access::{Reason, Scope};
use explanations::Explanations;
use refusals::Refusals;
use std::sync::Arc;

/// A refusal, as whoever gave the answer saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What was known of who asked.
    pub evidence: Evidence,
    /// The scope that would have been needed.
    pub needed: Option<Scope>,
    /// Why.
    pub reason: Reason,
}

/// What is done with refusals.
pub struct AccessService {
    store: Arc<dyn Store>,
    ids: Ids,
    refusals: Refusals,
    explanations: Explanations,
}

impl AccessService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(store: Arc<dyn Store>, ids: Ids) -> Self {
        Self { store, ids, refusals: Refusals::default(), explanations: Explanations::default() }
    }

    /// Notes a refusal. `operation` is what was refused, as the interface names it: a method and the pattern of a path,
    /// never the path itself.
    pub fn refused(&self, origin: &Origin, operation: &str, refused: &Refused) {
        let now = self.ids.now();
        instruments::refused(refused.reason);
        self.refusals.note(origin, operation, refused, now);
        if let Some(request_id) = origin.request_id {
            let operation = operation.to_owned();
            let explanation =
                Explanation { request_id, at: now, operation, address: origin.address, refused: *refused };
            self.explanations.keep(explanation, now);
        }
    }

    /// Writes the refusals down that were noted since the last time. To be called about once a second, and once more at
    /// the end. Where that fails they are kept for the next time.
    pub async fn write_refusals(&self) -> Result<(), StoreError> {
        let notes = self.refusals.take();
        if notes.is_empty() {
            return Ok(());
        }
        let written = self.write(&notes).await;
        if written.is_err() {
            self.refusals.give_back(notes);
        }
        written
    }

    async fn write(&self, notes: &refusals::Notes) -> Result<(), StoreError> {
        let mut work = self.store.begin().await?;
        for (key, note) in notes {
            work.audit().record(&note.event(key, &self.ids)).await?;
        }
        work.commit().await
    }
}

#[cfg(test)]
mod tests;
