use crate::users::attributes::hides_direction;
use crate::violation::Violation;
use std::fmt;
use std::net::IpAddr;

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
        if text.chars().any(hides) {
            return Err(Violation::InvalidCharacter);
        }
        Ok(Self(text.to_owned()))
    }

    /// A name made from a `User-Agent` header, cut and cleaned rather than refused.
    #[must_use]
    pub fn from_user_agent(header: &str) -> Option<Self> {
        let text: String = header.chars().filter(|c| !hides(*c)).take(Self::MAXIMUM).collect();
        Self::parse(&text).ok()
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What has no business in a line that a person reads.
fn hides(c: char) -> bool {
    c.is_control() || hides_direction(c)
}

impl fmt::Debug for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceName([redacted])")
    }
}

/// On what and from where somebody logged in. It tells of the person, so it is read only to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// What it is called.
    pub name: Option<DeviceName>,
    /// From where the person logged in.
    pub address: Option<IpAddr>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_name_is_refused_and_a_header_is_cleaned() {
        assert_eq!(DeviceName::parse("tele\u{202e}phone").err(), Some(Violation::InvalidCharacter));
        assert_eq!(DeviceName::parse(&"x".repeat(101)).err(), Some(Violation::TooLong { maximum: 100 }));
        let cleaned = DeviceName::from_user_agent("Mozilla\u{202e}/5.0\r\n (X11)").unwrap();
        assert_eq!(cleaned.as_str(), "Mozilla/5.0 (X11)");
        assert!(DeviceName::from_user_agent(&"x".repeat(500)).is_some_and(|name| name.as_str().len() == 100));
        assert_eq!(DeviceName::from_user_agent("\u{1}"), None);
    }
}
