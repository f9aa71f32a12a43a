//! What the outside may learn of a failure.
//!
//! Every error of a use case describes itself once, here in words of the domain; each adapter turns the same
//! fault into its own form (a problem, an OAuth2 error, a page, an exit code).

use domain::access::Scope;
use domain::violation::FieldViolation;
use std::borrow::Cow;
use std::time::Duration;

/// What sort of failure it is: what an adapter chooses its status by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// What was sent is wrong; sending it again will not help.
    Invalid,
    /// Nobody has proved who they are.
    Unauthenticated,
    /// They have, and may not.
    Forbidden,
    /// There is no such thing.
    Missing,
    /// It clashes with what is there.
    Conflict,
    /// Too often.
    TooMany {
        /// When to come back.
        retry_after: Duration,
    },
    /// Not now, through no fault of the caller.
    Unavailable {
        /// When to come back.
        retry_after: Duration,
    },
    /// A defect of ours.
    Internal,
}

/// A failure as it is told to the outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What sort.
    pub kind: FaultKind,
    /// Its stable name.
    pub code: &'static str,
    /// One English sentence for a person; holds nothing that was sent.
    pub detail: Cow<'static, str>,
    /// What is wrong with each field of a form.
    pub violations: Vec<FieldViolation>,
    /// The scope that would have been needed.
    pub scope: Option<Scope>,
}

impl Fault {
    /// A fault without fields.
    #[must_use]
    pub fn new(kind: FaultKind, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, code, detail: detail.into(), violations: Vec::new(), scope: None }
    }

    /// A form with broken rules.
    #[must_use]
    pub fn invalid(violations: Vec<FieldViolation>) -> Self {
        let detail = "Some of what was sent can't be accepted; each field says why.";
        Self { violations, ..Self::new(FaultKind::Invalid, "invalid-input", detail) }
    }

    /// Something that is not there.
    #[must_use]
    pub fn missing() -> Self {
        Self::new(FaultKind::Missing, "not-found", "There is nothing here.")
    }

    /// The scope that would have been needed.
    #[must_use]
    pub fn needing(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }
}

/// Tells the outside what it may learn.
pub trait Describe: std::error::Error {
    /// The fault behind this error.
    fn fault(&self) -> Fault;
}
