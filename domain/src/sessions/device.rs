use crate::violation::Violation;
use std::fmt;

/// What a person's device is called in the list of their sessions: one line of at most 100 code points.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceName(String);

impl DeviceName {
    /// The most code points.
    pub const MAXIMUM: usize = 100;

    /// Reads a name that a client gave.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        let text = text.trim();
        if text.is_empty() {
            return Err(Violation::Required);
        }
        if text.chars().count() > Self::MAXIMUM {
            return Err(Violation::TooLong { maximum: Self::MAXIMUM });
        }
        if text.chars().any(char::is_control) {
            return Err(Violation::InvalidCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// A name made from a `User-Agent` header, cut and cleaned rather than refused.
    #[must_use]
    pub fn from_user_agent(header: &str) -> Option<Self> {
        let text: String = header.chars().filter(|c| !c.is_control()).take(Self::MAXIMUM).collect();
        Self::parse(&text).ok()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceName([redacted])")
    }
}
