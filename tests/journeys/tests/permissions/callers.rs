/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    Visitor,
    User,
    Moderator,
    Administrator,
    /// A user whose token carries `profile:read` and nothing else.
    Narrow,
    /// An administrator whose token carries what a clerk needs.
    Clerk,
    /// An administrator whose token carries `user:write` and is older than their being a user again.
    Former,
    /// Somebody with a text that was never a token.
    Garbage,
    LoggedOut,
    Suspended,
    Deleted,
}

impl Caller {
    pub const ALL: [Self; 11] = [
        Self::Visitor,
        Self::User,
        Self::Moderator,
        Self::Administrator,
        Self::Narrow,
        Self::Clerk,
        Self::Former,
        Self::Garbage,
        Self::LoggedOut,
        Self::Suspended,
        Self::Deleted,
    ];

    /// Whether they have proved who they are.
    pub fn is_known(self) -> bool {
        !matches!(self, Self::Visitor | Self::Garbage | Self::LoggedOut | Self::Suspended | Self::Deleted)
    }

    /// The scope parameter with which they have asked for their token.
    pub const fn asked(self) -> Option<&'static str> {
        match self {
            Self::Narrow => Some("profile:read"),
            Self::Clerk => Some("user:read user:write"),
            Self::Former => Some("user:write admin:read"),
            _ => None,
        }
    }
}

/// What somebody may do: the scopes of their token, as far as their role gives them.
pub const fn scopes(caller: Caller) -> &'static [&'static str] {
    match caller {
        Caller::User => &["profile:read", "profile:write"],
        Caller::Moderator => &["profile:read", "profile:write", "user:read", "stats:read", "logs:read"],
        Caller::Administrator => &[
            "profile:read",
            "profile:write",
            "user:read",
            "user:write",
            "user:delete",
            "stats:read",
            "logs:read",
            "admin:read",
            "admin:write",
            "admin:delete",
        ],
        Caller::Narrow => &["profile:read"],
        Caller::Clerk => &["user:read", "user:write"],
        _ => &[],
    }
}
