//! What the outside may learn of a failure.
//!
//! Every error of a use case describes itself once, here in words of the domain; each adapter turns the same
//! fault into its own form (a problem, an OAuth2 error, a page, an exit code).

use domain::access::{Reason, Scope};
use domain::violation::FieldViolation;
use std::borrow::Cow;
use std::error::Error;
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
    /// Why somebody was refused, where it was that.
    pub reason: Option<Reason>,
}

impl Fault {
    /// A fault without fields.
    #[must_use]
    pub fn new(kind: FaultKind, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, code, detail: detail.into(), violations: Vec::new(), scope: None, reason: None }
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

    /// Why somebody was refused.
    #[must_use]
    pub fn because(self, reason: Reason) -> Self {
        Self { reason: Some(reason), ..self }
    }

    /// The scope that would have been needed.
    #[must_use]
    pub fn needing(self, scope: Scope) -> Self {
        Self { scope: Some(scope), ..self }
    }
}

/// Tells the outside what it may learn.
pub trait Describe: Error {
    /// The fault behind this error.
    fn fault(&self) -> Fault;
}

/// An error and everything that led to it, each said once: for the log and for whoever runs the service, never for
/// the caller.
#[must_use]
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.ends_with(&cause) { text } else { format!("{text}: {cause}") }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt;

    #[test]
    fn the_log_gets_the_whole_chain_each_link_once() {
        #[derive(Debug)]
        struct Link(&'static str, Option<Box<Link>>);
        impl fmt::Display for Link {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.0)
            }
        }
        impl Error for Link {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                self.1.as_deref().map(|link| link as _)
            }
        }
        let chained =
            Link("no log-in", Some(Box::new(Link("no store", Some(Box::new(Link("no store", None)))))));
        assert_eq!(chain(&chained), "no log-in: no store");
    }
}
