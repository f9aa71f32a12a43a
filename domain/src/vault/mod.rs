//! Personal data: what says who a person is, kept apart from what the service needs to run.
//!
//! These values have a type and a store of their own, so that they are sealed under a key of the person's own and
//! destroyed with it, without any rule noticing. A value that does not open is told apart from one that was never
//! given: it is named, something harmless stands in its place, and nothing is stored over it.

mod field;
mod key;

pub use field::Field;
pub use key::{BlindIndex, KeyName, KeyringEntry, WrappedKey};

use crate::users::{Bio, EmailAddress, FullName, Location, Website};
use std::fmt;

/// All that Xtrem holds about who a person is.
#[derive(Clone, PartialEq, Eq)]
pub struct PersonalData {
    /// Where the person gets mail.
    pub email: EmailAddress,
    /// What the person is called.
    pub full_name: Option<FullName>,
    /// What they say about themselves.
    pub bio: Option<Bio>,
    /// Where they are.
    pub location: Option<Location>,
    /// Their page elsewhere.
    pub website: Option<Website>,
    /// Which of them did not open. In the place of an address of mail stands one that nobody has; all others are
    /// missing.
    pub unreadable: Vec<Field>,
}

impl fmt::Debug for PersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalData([redacted])")
    }
}

/// Personal data as somebody sees it: open to the person themselves and to whoever gave a reason, masked to others.
#[derive(Clone, PartialEq, Eq)]
pub struct Portrait {
    /// Where the person gets mail; masked, its first letter and the first one of the domain.
    pub email: String,
    /// What the person is called; masked, only whether there is something.
    pub full_name: Option<String>,
    /// What they say about themselves.
    pub bio: Option<String>,
    /// Where they are.
    pub location: Option<String>,
    /// Their page elsewhere.
    pub website: Option<String>,
    /// Whether it is masked.
    pub masked: bool,
    /// Which of them are not shown because they did not open.
    pub unreadable: Vec<Field>,
}

impl fmt::Debug for Portrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Portrait([redacted])")
    }
}

/// What stands in the place of what is not shown.
const MASK: &str = "\u{2022}\u{2022}\u{2022}";

impl PersonalData {
    /// Everything as it is.
    #[must_use]
    pub fn open(&self) -> Portrait {
        Portrait {
            email: self.email.as_str().to_owned(),
            full_name: self.full_name.as_ref().map(|value| value.as_str().to_owned()),
            bio: self.bio.as_ref().map(|value| value.as_str().to_owned()),
            location: self.location.as_ref().map(|value| value.as_str().to_owned()),
            website: self.website.as_ref().map(|value| value.as_str().to_owned()),
            masked: false,
            unreadable: self.unreadable.clone(),
        }
    }

    /// Enough to tell whether something is there, and too little to know what.
    #[must_use]
    pub fn masked(&self) -> Portrait {
        let mask = |present: bool| present.then(|| MASK.to_owned());
        Portrait {
            email: masked_email(self.email.as_str()),
            full_name: mask(self.full_name.is_some()),
            bio: mask(self.bio.is_some()),
            location: mask(self.location.is_some()),
            website: mask(self.website.is_some()),
            masked: true,
            unreadable: self.unreadable.clone(),
        }
    }
}

/// `ann@example.com` becomes `a•••@e•••`: the same length for everybody.
fn masked_email(email: &str) -> String {
    let (local, host) = email.rsplit_once('@').unwrap_or((email, ""));
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    format!("{}{MASK}@{}{MASK}", first(local), first(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_masked_portrait_tells_what_there_is_and_not_what_it_is() {
        let person = PersonalData {
            email: EmailAddress::parse("ann.lee@example.com").unwrap(),
            full_name: FullName::parse("Ann Lee").ok(),
            bio: None,
            location: None,
            website: None,
            unreadable: Vec::new(),
        };
        let masked = person.masked();
        assert_eq!(masked.email, "a\u{2022}\u{2022}\u{2022}@e\u{2022}\u{2022}\u{2022}");
        assert_eq!(masked.full_name.as_deref(), Some(MASK));
        assert_eq!(masked.bio, None);
        assert!(masked.masked);
        let open = person.open();
        assert_eq!(
            (open.email.as_str(), open.full_name.as_deref()),
            ("ann.lee@example.com", Some("Ann Lee"))
        );
    }
}
