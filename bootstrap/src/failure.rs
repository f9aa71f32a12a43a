//! How a command ends when it does not succeed.

use crate::config::Problems;
use application::fault::{Describe, FaultKind, chain};
use domain::violation::FieldViolation;
use std::error::Error;
use std::io;
use std::process::ExitCode;

/// Why a command ends early. Every text is a sentence for whoever typed it.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration has faults.
    #[error(transparent)]
    Configuration(#[from] Problems),
    /// What was given can't be accepted.
    #[error("{0}")]
    Input(String),
    /// It was understood, and did not work.
    #[error("{0}")]
    Failed(String),
    /// Whoever read the output has gone away.
    #[error("the output was closed")]
    Unread,
}

impl Failure {
    /// A failure of the machinery, with what lies behind it.
    pub fn of(error: &dyn Error) -> Self {
        Self::Failed(chain(error))
    }

    /// A failure of a use case: what it tells everybody, and to the operator also what lies behind it.
    pub fn of_use_case(error: &impl Describe) -> Self {
        let fault = error.fault();
        match fault.kind {
            FaultKind::Invalid if fault.violations.is_empty() => Self::Input(fault.detail.into_owned()),
            FaultKind::Invalid => Self::form(fault.violations),
            FaultKind::Unavailable { .. } | FaultKind::Internal => Self::of(error),
            _ => Self::Failed(fault.detail.into_owned()),
        }
    }

    /// A form with broken rules: all of them.
    pub fn form(violations: impl IntoIterator<Item = FieldViolation>) -> Self {
        let lines = violations.into_iter().map(|v| format!("\n  - {} {}", v.field, v.violation));
        Self::Input(format!("what was given can't be accepted:{}", lines.collect::<String>()))
    }

    /// The exit code: 2 for what was given, 1 for what did not work.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Configuration(_) | Self::Input(_) => ExitCode::from(2),
            Self::Failed(_) => ExitCode::FAILURE,
            Self::Unread => ExitCode::SUCCESS,
        }
    }
}

impl From<io::Error> for Failure {
    /// A failure to print; to have printed enough is none.
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::Failed(format!("the output can't be written: {error}")),
        }
    }
}
