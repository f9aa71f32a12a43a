use crate::Timestamp;
use crate::access::Role;

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// It may.
    Active,
    /// An administrator has closed it for the time being.
    Suspended,
}

impl Status {
    /// Every status there is.
    pub const ALL: [Self; 2] = [Self::Active, Self::Suspended];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }
}

/// When a role ends that was given for a time, and what the person is again from then on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoleEnd {
    /// When.
    pub at: Timestamp,
    /// The role that follows.
    pub then: Role,
}

/// How an account stands: what decides what its owner may do.
///
/// What was given or taken for a time ends by itself: [`Standing::at`] says how things are at a moment, whether or
/// not anybody has written the change down yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The role.
    pub role: Role,
    /// When the role ends, if it does.
    pub role_end: Option<RoleEnd>,
    /// Whether the account may be used.
    pub status: Status,
    /// When a suspension ends, if it does.
    pub suspended_until: Option<Timestamp>,
}

impl Standing {
    /// How the account stands at `now`.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        let mut standing = self;
        if let Some(end) = self.role_end.filter(|end| end.at <= now) {
            standing.role = end.then;
            standing.role_end = None;
        }
        if self.suspended_until.is_some_and(|until| until <= now) {
            standing.status = Status::Active;
            standing.suspended_until = None;
        }
        standing
    }
}
