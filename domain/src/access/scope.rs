use std::fmt;

/// One thing a token may be used for. The list is closed; the texts are what clients ask for and are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Read the own profile.
    ProfileRead,
    /// Change the own profile.
    ProfileWrite,
    /// Read every account.
    UserRead,
    /// Change any account.
    UserWrite,
    /// Delete any account.
    UserDelete,
    /// Read the figures of the installation.
    StatsRead,
    /// Read the audit trail.
    LogsRead,
    /// Read the installation's settings and tokens.
    AdminRead,
    /// Change roles and settings.
    AdminWrite,
    /// Remove settings and tokens.
    AdminDelete,
}

impl Scope {
    /// Every scope, in the order in which they are written.
    pub const ALL: [Self; 10] = [
        Self::ProfileRead,
        Self::ProfileWrite,
        Self::UserRead,
        Self::UserWrite,
        Self::UserDelete,
        Self::StatsRead,
        Self::LogsRead,
        Self::AdminRead,
        Self::AdminWrite,
        Self::AdminDelete,
    ];

    /// The text in a token and in a request (RFC 6749, section 3.3).
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProfileRead => "profile:read",
            Self::ProfileWrite => "profile:write",
            Self::UserRead => "user:read",
            Self::UserWrite => "user:write",
            Self::UserDelete => "user:delete",
            Self::StatsRead => "stats:read",
            Self::LogsRead => "logs:read",
            Self::AdminRead => "admin:read",
            Self::AdminWrite => "admin:write",
            Self::AdminDelete => "admin:delete",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

/// A set of scopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scopes(u16);

impl Scopes {
    /// No scope at all.
    pub const NONE: Self = Self(0);

    /// Reads a scope parameter: names separated by single or repeated spaces (RFC 6749, section 3.3).
    ///
    /// `None` when a name is unknown: asking for what does not exist is a mistake worth hearing about.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.split(' ')
            .filter(|name| !name.is_empty())
            .map(|name| Scope::ALL.into_iter().find(|scope| scope.name() == name))
            .collect()
    }

    /// Whether the set holds that scope.
    #[must_use]
    pub const fn contains(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether every scope of this set stands in `other` too.
    #[must_use]
    pub const fn is_within(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }

    /// What both sets hold.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether the set is empty.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The scopes of the set, in their fixed order.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.contains(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scopes {
    /// The names in their fixed order, separated by one space.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, scope) in self.iter().enumerate() {
            if position > 0 {
                f.write_str(" ")?;
            }
            f.write_str(scope.name())?;
        }
        Ok(())
    }
}
