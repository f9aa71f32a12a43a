//! Notices: what a person has to be told about their account, until they have seen it.

use crate::Timestamp;
use crate::ids::{NoticeId, UserId};

/// What a person has to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// A refresh token was used twice: somebody may hold a copy of it. The session has been ended.
    RefreshTokenReused,
}

impl NoticeKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::RefreshTokenReused];

    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RefreshTokenReused => "refresh_token_reused",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// One thing that a person has not seen yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its identifier.
    pub id: NoticeId,
    /// Who has to be told.
    pub user_id: UserId,
    /// What.
    pub kind: NoticeKind,
    /// When it happened.
    pub at: Timestamp,
}
