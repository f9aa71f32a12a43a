//! Personal data: what says who a person is, kept apart from what the service needs to run.
//!
//! These values have a type and a store of their own, so that they can be sealed under a key of the person's
//! own and destroyed with it, without any rule or use case noticing.

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
}

impl fmt::Debug for PersonalData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalData([redacted])")
    }
}
