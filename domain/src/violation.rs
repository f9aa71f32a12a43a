//! Which rule of a value was broken, in a form that every language and every wire can tell in its own words.

use std::fmt;

/// One broken rule. The code is stable and machine-readable; the text is English and never repeats the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Nothing was given where something is needed.
    Required,
    /// Fewer code points than the rule asks for.
    TooShort {
        /// The least number of code points that will do.
        minimum: usize,
    },
    /// More code points than the rule allows.
    TooLong {
        /// The greatest number of code points that will do.
        maximum: usize,
    },
    /// A character that this value may not hold.
    InvalidCharacter,
    /// Nothing but punctuation.
    NeedsLetterOrDigit,
    /// Not an e-mail address that mail can be sent to.
    InvalidEmail,
    /// Not an absolute `https` address.
    InvalidUrl,
    /// Not one of the values that exist.
    UnknownValue {
        /// The values that exist, as a person would list them.
        allowed: &'static str,
    },
    /// Among the passwords that attackers try first.
    TooCommon,
    /// A password that holds the user name.
    ContainsUsername,
    /// A password that holds the e-mail address, or the part before its `@`.
    ContainsEmail,
    /// A password that could be guessed in less than about 10^8 tries.
    TooWeak,
    /// The new password is the old one.
    SamePassword,
    /// The two entries of a new password differ.
    Mismatch,
    /// Not a moment as RFC 3339 writes one.
    InvalidDate,
    /// A moment that has passed.
    NotInFuture,
    /// A role for a time that is not above the one that follows it.
    NotARaise,
    /// Not an identifier (RFC 9562).
    InvalidId,
    /// Not an IP address.
    InvalidAddress,
    /// A place in a list that this service has not given out, or not for this list.
    InvalidCursor,
}

impl Violation {
    /// The stable name of the rule.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::TooShort { .. } => "too-short",
            Self::TooLong { .. } => "too-long",
            Self::InvalidCharacter => "invalid-character",
            Self::NeedsLetterOrDigit => "needs-letter-or-digit",
            Self::InvalidEmail => "invalid-email",
            Self::InvalidUrl => "invalid-url",
            Self::UnknownValue { .. } => "unknown-value",
            Self::TooCommon => "too-common",
            Self::ContainsUsername => "contains-username",
            Self::ContainsEmail => "contains-email",
            Self::TooWeak => "too-weak",
            Self::SamePassword => "same-password",
            Self::Mismatch => "mismatch",
            Self::InvalidDate => "invalid-date",
            Self::NotInFuture => "not-in-future",
            Self::NotARaise => "not-a-raise",
            Self::InvalidId => "invalid-id",
            Self::InvalidAddress => "invalid-address",
            Self::InvalidCursor => "invalid-cursor",
        }
    }

    /// The number that the rule's sentence needs, where it needs one.
    #[must_use]
    pub const fn limit(self) -> Option<usize> {
        match self {
            Self::TooShort { minimum } => Some(minimum),
            Self::TooLong { maximum } => Some(maximum),
            _ => None,
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required => f.write_str("is required"),
            Self::TooShort { minimum } => write!(f, "must have at least {minimum} characters"),
            Self::TooLong { maximum } => write!(f, "must have at most {maximum} characters"),
            Self::InvalidCharacter => f.write_str("holds a character that is not allowed here"),
            Self::NeedsLetterOrDigit => f.write_str("must hold at least one letter or digit"),
            Self::InvalidEmail => f.write_str("is not a valid e-mail address"),
            Self::InvalidUrl => f.write_str("must be a complete address that begins with https://"),
            Self::UnknownValue { allowed } => write!(f, "must be one of: {allowed}"),
            Self::TooCommon => f.write_str("is among the passwords that attackers try first"),
            Self::ContainsUsername => f.write_str("must not contain the user name"),
            Self::ContainsEmail => f.write_str("must not contain the e-mail address"),
            Self::TooWeak => {
                f.write_str("is too easy to guess; a few more words or less usual ones make it strong")
            }
            Self::SamePassword => f.write_str("is the password in use; choose another one"),
            Self::Mismatch => f.write_str("does not match the first entry"),
            Self::InvalidDate => {
                f.write_str("must be a date and time with its zone, such as 2030-01-31T18:00:00Z")
            }
            Self::NotInFuture => f.write_str("must lie in the future"),
            Self::NotARaise => f.write_str("is only possible with a role above the lasting one"),
            Self::InvalidId => f.write_str("is not an identifier"),
            Self::InvalidAddress => f.write_str("is not an IP address"),
            Self::InvalidCursor => f.write_str("is not a place in this list"),
        }
    }
}

/// A broken rule and the field of the form it was broken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The field as the form names it, in `snake_case`.
    pub field: &'static str,
    /// The rule.
    pub violation: Violation,
}

/// Collects what is wrong with a form, so that one answer names everything.
#[derive(Debug, Default)]
pub struct Violations(Vec<FieldViolation>);

impl Violations {
    /// Nothing wrong so far.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Notes one broken rule of `field`.
    pub fn add(&mut self, field: &'static str, violation: Violation) {
        self.0.push(FieldViolation { field, violation });
    }

    /// Passes a parsed value on, or notes why there is none.
    pub fn take<T>(&mut self, field: &'static str, parsed: Result<T, Violation>) -> Option<T> {
        parsed.map_err(|violation| self.add(field, violation)).ok()
    }

    /// Parses a value that must be there.
    pub fn required<T>(
        &mut self,
        field: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<T> {
        self.take(field, text.ok_or(Violation::Required).and_then(parse))
    }

    /// Parses a value that may be missing; the outer `None` says that it was there and broke a rule.
    #[allow(clippy::option_option, reason = "absent and refused are two answers")]
    pub fn optional<T>(
        &mut self,
        field: &'static str,
        text: Option<&str>,
        parse: impl FnOnce(&str) -> Result<T, Violation>,
    ) -> Option<Option<T>> {
        match text {
            None => Some(None),
            Some(text) => self.take(field, parse(text)).map(Some),
        }
    }

    /// The finished form, or everything that was wrong with it.
    ///
    /// A form that lacks a value has noted why, so `None` always comes with at least one violation.
    pub fn finish<T>(self, form: Option<T>) -> Result<T, Vec<FieldViolation>> {
        match form {
            Some(form) if self.0.is_empty() => Ok(form),
            _ => Err(self.0),
        }
    }
}
