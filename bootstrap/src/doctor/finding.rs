//! What was found, and how it is told.

use serde_json::{Value, json};
use std::fmt;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Ok,
    /// It works, and is worth a second thought.
    Warning,
    /// It does not work, or will not.
    Trouble,
}

impl Verdict {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Trouble => "trouble",
        }
    }
}

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub verdict: Verdict,
    /// What was looked at: a stable name.
    pub subject: &'static str,
    /// What was seen, and what would help. Holds no secret.
    pub text: String,
}

impl Finding {
    /// It is as it should be.
    pub fn ok(subject: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Ok, subject, text: text.into() }
    }

    /// It works, and is worth a second thought.
    pub fn warning(subject: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Warning, subject, text: text.into() }
    }

    /// It does not work, or will not.
    pub fn trouble(subject: &'static str, text: impl Into<String>) -> Self {
        Self { verdict: Verdict::Trouble, subject, text: text.into() }
    }

    /// For programs.
    pub fn json(&self) -> Value {
        json!({"verdict": self.verdict.name(), "subject": self.subject, "text": self.text})
    }
}

impl fmt::Display for Finding {
    /// One line, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = self.subject.replace('_', " ");
        write!(f, "{:<7}  {subject:<14}  {}", self.verdict.name(), self.text.replace('\n', " "))
    }
}
