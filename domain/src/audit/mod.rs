//! The audit trail: what happened, to whom, by whom, when and from where.
//!
//! The list of kinds is closed. An event is written in the transaction of the change it tells of, so that the
//! one never stands without the other. It holds no name, address of mail or secret in clear: who is meant is
//! said by identifier.

use crate::Timestamp;
use crate::ids::{EventId, RequestId, UserId};
use std::net::IpAddr;

/// Who did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActorRef {
    /// Somebody who had not proved who they are.
    Visitor,
    /// A person who had.
    User(UserId),
    /// The installation itself, or whoever works at its command line.
    System,
}

impl ActorRef {
    /// The stable name of the kind of actor.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::User(_) => "user",
            Self::System => "system",
        }
    }

    /// The person, where it was one.
    #[must_use]
    pub const fn user_id(self) -> Option<UserId> {
        match self {
            Self::User(id) => Some(id),
            Self::Visitor | Self::System => None,
        }
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// What can happen. The names are stable: they are stored, exported and filtered by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum EventKind {
            $($(#[$doc])* $variant,)*
        }

        impl EventKind {
            /// Everything that can happen.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

kinds! {
    /// A person made an account for themselves.
    UserSignedUp = "user_signed_up",
    /// Somebody with the right to do so made an account.
    UserCreated = "user_created",
    /// The first administrator was created by the one-time link.
    FirstAdministratorCreated = "first_administrator_created",
    /// A person logged in.
    LoggedIn = "logged_in",
    /// A log-in failed at its password, or at an account that does not exist or may not be used.
    LogInFailed = "log_in_failed",
    /// A person logged out.
    LoggedOut = "logged_out",
    /// A session was carried on with a refresh token.
    SessionRefreshed = "session_refreshed",
    /// A refresh token came a second time; its session ended.
    RefreshTokenReused = "refresh_token_reused",
    /// A profile was edited.
    ProfileEdited = "profile_edited",
    /// A password was changed; every other session ended.
    PasswordChanged = "password_changed",
    /// A stored password was brought to today's parameters.
    PasswordRehashed = "password_rehashed",
    /// Somebody who was logged in gave a wrong password where it is asked again.
    PasswordCheckFailed = "password_check_failed",
    /// Failed attempts at an account were forgotten.
    AttemptsCleared = "attempts_cleared",
    /// An account was deleted.
    UserDeleted = "user_deleted",
    /// An account got another role.
    RoleChanged = "role_changed",
    /// A signing key was made.
    SigningKeyCreated = "signing_key_created",
}

/// One event of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identifier.
    pub id: EventId,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: ActorRef,
    /// To whom.
    pub subject: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub address: Option<IpAddr>,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// Small facts about it: stable names and values, never personal data.
    pub detail: Vec<(&'static str, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: HashSet<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
    }
}
