use super::{Scope, Scopes};
use crate::violation::Violation;

/// What a person is to this installation. A role is a bundle of scopes and nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Keeps their own account.
    User,
    /// Looks at accounts and logs, changes none.
    Moderator,
    /// Changes accounts and the installation.
    Admin,
}

impl Role {
    /// Every role, from the least to the greatest.
    pub const ALL: [Self; 3] = [Self::User, Self::Moderator, Self::Admin];

    /// The stable name, as stored and as in a token's `role` claim.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Moderator => "moderator",
            Self::Admin => "admin",
        }
    }

    /// The role of that name.
    pub fn parse(name: &str) -> Result<Self, Violation> {
        Self::ALL
            .into_iter()
            .find(|role| role.name() == name)
            .ok_or(Violation::UnknownValue { allowed: "user, moderator, admin" })
    }

    /// Everything a holder of this role may be granted.
    #[must_use]
    pub fn scopes(self) -> Scopes {
        let own = [Scope::ProfileRead, Scope::ProfileWrite];
        let watch = [Scope::UserRead, Scope::StatsRead, Scope::LogsRead];
        let change =
            [Scope::UserWrite, Scope::UserDelete, Scope::AdminRead, Scope::AdminWrite, Scope::AdminDelete];
        match self {
            Self::User => own.into_iter().collect(),
            Self::Moderator => own.into_iter().chain(watch).collect(),
            Self::Admin => own.into_iter().chain(watch).chain(change).collect(),
        }
    }
}
