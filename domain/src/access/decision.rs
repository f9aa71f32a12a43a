//! The whole policy: who is let in, what they may do, and whose account they may touch. Every refusal has a reason.

use super::{Role, Scope, Scopes};
use crate::Timestamp;
use crate::users::{RoleEnd, Standing, Status};

/// What came with a request to prove who asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Credential {
    /// Nothing.
    #[default]
    Absent,
    /// Something that this service has not made, or not for this use.
    Unreadable,
    /// Something that was good once.
    Expired,
    /// An access token or a cookie of this service's own making.
    Sound,
}

/// What became of the session behind a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// There is none: it was ended, or never was.
    Gone,
    /// It lay idle too long, or lasted long enough.
    Over,
    /// It stands.
    Live,
}

/// All that is known when it is decided whether somebody is let in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// What they brought.
    pub credential: Credential,
    /// The session it names.
    pub session: Option<SessionState>,
    /// How its owner stands at this moment.
    pub standing: Option<Standing>,
    /// What it was granted.
    pub granted: Scopes,
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident = $code:literal,)*) => {
        /// Why somebody may not. The codes are stable: they are audited, explained and filtered by.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Reason {
            $($(#[$doc])* $variant,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// Nothing was brought.
    NoCredential = "no-credential",
    /// It is not one of ours, or was changed on the way.
    UnreadableCredential = "unreadable-credential",
    /// The token is past its end.
    ExpiredCredential = "expired-credential",
    /// The session was ended.
    SessionGone = "session-gone",
    /// The session ran out.
    SessionOver = "session-over",
    /// The account is suspended.
    AccountSuspended = "account-suspended",
    /// The role would allow it, the token does not.
    ScopeNotInToken = "scope-not-in-token",
    /// The role does not allow it, whatever the token says.
    ScopeNotInRole = "scope-not-in-role",
    /// It concerns a role above one's own.
    AboveOwnRole = "above-own-role",
    /// It would hurt oneself, and asks for the password again.
    PasswordNeeded = "password-needed",
    /// It belongs to somebody else.
    NotTheOwner = "not-the-owner",
    /// The form did not come from one of our own pages.
    ForeignForm = "foreign-form",
}

/// Lets somebody in, and says what they may do: what the credential was granted, as far as the role still allows it.
///
/// Role and status are those of this moment, not those in the token, so that a change is felt on the very next
/// request.
pub fn admit(facts: &Facts) -> Result<Scopes, Reason> {
    match (facts.credential, facts.session, facts.standing) {
        (Credential::Absent, ..) => Err(Reason::NoCredential),
        (Credential::Unreadable, ..) => Err(Reason::UnreadableCredential),
        (Credential::Expired, ..) => Err(Reason::ExpiredCredential),
        // First, because a suspension has ended the session too, and is the reason for it.
        (Credential::Sound, _, Some(standing)) if standing.status == Status::Suspended => {
            Err(Reason::AccountSuspended)
        }
        (Credential::Sound, Some(SessionState::Over), _) => Err(Reason::SessionOver),
        (Credential::Sound, Some(SessionState::Live), Some(standing)) => {
            Ok(effective(facts.granted, standing.role))
        }
        (Credential::Sound, ..) => Err(Reason::SessionGone),
    }
}

/// What a grant comes to in the hands of somebody with that role.
#[must_use]
pub fn effective(granted: Scopes, role: Role) -> Scopes {
    granted.intersection(role.scopes())
}

/// Whether somebody may do what a scope names.
pub fn allow(granted: Scopes, role: Role, needed: Scope) -> Result<(), Reason> {
    if !role.scopes().contains(needed) {
        return Err(Reason::ScopeNotInRole);
    }
    if granted.contains(needed) { Ok(()) } else { Err(Reason::ScopeNotInToken) }
}

/// The scope that touching an account with that role needs: whoever has more rights than a plain user is kept by
/// those who keep roles, so that nobody gains through another account what their own token lacks.
#[must_use]
pub const fn needed_for(target: Role, ordinary: Scope) -> Scope {
    match (target, ordinary) {
        (Role::Moderator | Role::Admin, Scope::UserWrite) => Scope::AdminWrite,
        (Role::Moderator | Role::Admin, Scope::UserDelete) => Scope::AdminDelete,
        _ => ordinary,
    }
}

/// Whether somebody may touch an account that has that role until then: nobody reaches above their own role, and who
/// has theirs for a time touches the same role only where it ends no later.
pub fn reach(
    own: Role,
    own_end: Option<RoleEnd>,
    target: Role,
    until: Option<Timestamp>,
) -> Result<(), Reason> {
    let outlasts = target == own && own_end.is_some_and(|end| is_beyond(until, end));
    if target > own || outlasts { Err(Reason::AboveOwnRole) } else { Ok(()) }
}

/// Whether somebody may give that role until then: never above their own, and who has theirs for a time gives nothing
/// above their lasting role for longer.
pub fn grant(
    own: Role,
    own_end: Option<RoleEnd>,
    role: Role,
    until: Option<Timestamp>,
) -> Result<(), Reason> {
    let outlasts = own_end.is_some_and(|end| role > end.then && is_beyond(until, end));
    if role > own || outlasts { Err(Reason::AboveOwnRole) } else { Ok(()) }
}

fn is_beyond(until: Option<Timestamp>, end: RoleEnd) -> bool {
    until.is_none_or(|until| until > end.at)
}

#[cfg(test)]
mod tests;
