use super::{Preferences, SignUp, Username};
use crate::Timestamp;
use crate::access::Role;
use crate::ids::UserId;
use crate::vault::PersonalData;

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// An account: what the service needs to know of a person in order to run, and nothing that says who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its identifier, for ever.
    pub id: UserId,
    /// Its name in public.
    pub username: Username,
    /// What it may do.
    pub role: Role,
    /// Whether it may be used.
    pub status: Status,
    /// What the person has chosen.
    pub preferences: Preferences,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something of it was last changed by a person.
    pub updated_at: Timestamp,
    /// When somebody last logged in to it.
    pub last_login_at: Option<Timestamp>,
    /// Counts the changes; an update from an older version is refused by the store.
    pub version: i64,
}

impl User {
    /// The account that a sign-up makes.
    #[must_use]
    pub fn signed_up(id: UserId, form: &SignUp, role: Role, now: Timestamp) -> Self {
        Self {
            id,
            username: form.username.clone(),
            role,
            status: Status::Active,
            preferences: Preferences { locale: form.locale, ..Preferences::default() },
            created_at: now,
            updated_at: now,
            last_login_at: None,
            version: 1,
        }
    }

    /// Whether it may be used.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == Status::Active
    }

    /// The account with another role; `None` when it has that role already.
    #[must_use]
    pub fn with_role(&self, role: Role, now: Timestamp) -> Option<Self> {
        (self.role != role).then(|| Self { role, updated_at: now, ..self.clone() })
    }
}

/// An account together with the person it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The account.
    pub user: User,
    /// The person.
    pub personal: PersonalData,
}
