//! The audit trail: what happened, to whom, by whom, when and from where.
//!
//! The list of kinds is closed. An event is written in the transaction of the change it tells of, so that the
//! one never stands without the other. It holds no name, address of mail or secret in clear: who is meant is
//! said by identifier. What says more than that (an address, the reason somebody wrote) is kept apart in the event, so
//! that it can be sealed under the key of the person it tells of.
//!
//! Shortly after, events are joined into a [chain](Record), which shows whether anything was changed since.

mod chain;
mod query;

pub use chain::{
    Anchor, Check, Entry, Flaw, Head, Link, Owner, Record, SealedPart, Sequence, Trouble, Verdict,
};
pub use query::{EventCursor, EventFilter, Order};

use crate::Timestamp;
use crate::ids::{EventId, RequestId, UserId};
use std::borrow::Cow;
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

            /// The kind of that name.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
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
    /// An account was closed for the time being; its sessions ended.
    UserSuspended = "user_suspended",
    /// A suspended account was opened again.
    UserReinstated = "user_reinstated",
    /// One session was ended from elsewhere, or by handing back one of its tokens.
    SessionEnded = "session_ended",
    /// All sessions of a person, or all but the one in use, were ended.
    SessionsEnded = "sessions_ended",
    /// A link was made by which a person sets their password, once.
    PasswordLinkCreated = "password_link_created",
    /// A password was set by such a link; every session ended.
    PasswordSet = "password_set",
    /// Somebody opened the personal data of somebody else, and said why.
    PersonalDataOpened = "personal_data_opened",
    /// Somebody was refused.
    AccessRefused = "access_refused",
    /// The trail was exported.
    AuditExported = "audit_exported",
    /// A signing key was made; it is published before it signs.
    SigningKeyCreated = "signing_key_created",
    /// A signing key that was waiting begins to sign earlier.
    SigningKeyAdvanced = "signing_key_advanced",
    /// A signing key was taken out of use at once, with everything it had signed.
    SigningKeyRevoked = "signing_key_revoked",
    /// A signing key was removed, after everything it had signed was over.
    SigningKeyRemoved = "signing_key_removed",
    /// The root key was replaced by another one.
    RootKeyRotated = "root_key_rotated",
    /// Everything that is held about a person was handed out.
    PersonalDataExported = "personal_data_exported",
    /// The beginning of the trail was removed because it was old enough; a signed anchor stands in its place.
    AuditPruned = "audit_pruned",
    /// A copy of the databases was made.
    BackupTaken = "backup_taken",
    /// The databases were put back from a copy.
    BackupRestored = "backup_restored",
}

/// One event of the trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its identifier.
    pub id: EventId,
    /// Its place in the chain; `None` for the moment until it is joined to it.
    pub sequence: Option<Sequence>,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: ActorRef,
    /// To whom.
    pub subject: Option<UserId>,
    /// When.
    pub at: Timestamp,
    /// From which address. Gone once the person whose address it was is gone.
    pub address: Option<IpAddr>,
    /// In which request.
    pub request_id: Option<RequestId>,
    /// Small facts about it: stable names and values, never personal data.
    pub detail: Facts,
    /// Facts that may say something of a person. Gone once that person is gone.
    pub private: Facts,
}

/// Facts by their stable names.
pub type Facts = Vec<(Cow<'static, str>, String)>;

impl Event {
    /// Whose the address is: that of who did it or, where they had not proved who they are, of the person it was done to.
    #[must_use]
    pub fn address_owner(&self) -> Owner {
        self.actor.user_id().or(self.subject).map_or(Owner::Nobody, Owner::Person)
    }

    /// The event as the person whom it concerns may see it: of what others did, without the others' addresses.
    #[must_use]
    pub fn seen_by(self, person: UserId) -> Self {
        match self.actor {
            ActorRef::User(other) if other != person => Self { address: None, request_id: None, ..self },
            _ => self,
        }
    }

    /// Of whom the private facts tell: the person it was done to or, where there is none, who did it.
    #[must_use]
    pub fn private_owner(&self) -> Owner {
        self.subject.or(self.actor.user_id()).map_or(Owner::Nobody, Owner::Person)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_kind_has_a_name_of_its_own() {
        let names: HashSet<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), EventKind::ALL.len());
        for kind in EventKind::ALL {
            assert_eq!(EventKind::from_name(kind.name()), Some(*kind));
        }
    }
}
