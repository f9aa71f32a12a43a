use crate::violation::Violation;
use std::fmt;
use unicode_normalization::UnicodeNormalization;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password as a person entered it, in the one form that is hashed: NFKC (NIST SP 800-63B-4, section 3.1.1.2).
///
/// Wiped when dropped; never printed.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Password(String);

impl Password {
    /// The most code points of a password. Longer ones are refused before any work is done on them.
    pub const MAXIMUM: usize = 256;

    /// Takes what was entered.
    pub fn parse(text: &str) -> Result<Self, Violation> {
        if text.is_empty() {
            return Err(Violation::Required);
        }
        if text.chars().nth(Self::MAXIMUM).is_some() {
            return Err(Violation::TooLong { maximum: Self::MAXIMUM });
        }
        let password = Self(text.nfkc().collect());
        if password.length() > Self::MAXIMUM {
            return Err(Violation::TooLong { maximum: Self::MAXIMUM });
        }
        if password.0.chars().any(char::is_control) {
            return Err(Violation::InvalidCharacter);
        }
        Ok(password)
    }

    /// Its length in code points.
    #[must_use]
    pub fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// The secret itself, for the hasher and the rules.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([redacted])")
    }
}

/// A password that the policy has accepted: the only kind that is ever stored.
#[derive(Clone, Debug)]
pub struct NewPassword(Password);

impl NewPassword {
    pub(super) const fn accepted(password: Password) -> Self {
        Self(password)
    }

    /// The password.
    #[must_use]
    pub const fn password(&self) -> &Password {
        &self.0
    }
}

/// A stored password: a PHC string with algorithm, parameters, salt and digest.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes a PHC string from a hasher or a store.
    #[must_use]
    pub const fn new(phc: String) -> Self {
        Self(phc)
    }

    /// The PHC string.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash([redacted])")
    }
}
