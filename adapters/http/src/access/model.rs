//! Refusals, explained.

use crate::wire::{Credential, OrNull, Role, SessionState, Status, moment};
use application::access::{Explanation, Refused};
use application::actor::Evidence;
use domain::access::{Reason, Scope};
use poem_openapi::Object;
use time::OffsetDateTime;
use uuid::Uuid;

/// The whole decision behind the refusal of a request.
#[derive(Debug, Object)]
#[oai(rename = "Explanation")]
pub struct ExplanationView {
    /// The request.
    request_id: Uuid,
    /// When it was refused.
    at: OffsetDateTime,
    /// What it asked for.
    operation: String,
    /// From which address.
    address: OrNull<String>,
    /// The stable name of the reason.
    reason: String,
    /// The reason in words.
    detail: String,
    /// The scope that would have been needed: for this operation, or for an account with that role.
    scope_needed: OrNull<String>,
    /// What it brought to prove who asks.
    credential: CredentialView,
    /// The session behind that; `null` where it named none.
    session: OrNull<SessionStateView>,
    /// Whose that is; `null` where that is not known.
    account: OrNull<StandingView>,
}

/// What came to prove who asks.
#[derive(Debug, Object)]
#[oai(rename = "ExplainedCredential")]
struct CredentialView {
    /// What it was worth.
    state: Credential,
    /// What it was granted, separated by spaces.
    scope: String,
}

/// A session at that moment.
#[derive(Debug, Object)]
#[oai(rename = "ExplainedSession")]
struct SessionStateView {
    /// Its identifier.
    id: Uuid,
    /// What had become of it; `null` where nobody looked.
    state: OrNull<SessionState>,
}

/// An account at that moment.
#[derive(Debug, Object)]
#[oai(rename = "ExplainedAccount")]
struct StandingView {
    /// Its identifier.
    id: Uuid,
    /// Whether it could be used; `null` where nobody looked.
    status: OrNull<Status>,
    /// Its role; `null` where nobody looked.
    role: OrNull<Role>,
    /// All that this role gives, separated by spaces.
    scope: OrNull<String>,
}

impl From<Explanation> for ExplanationView {
    fn from(explanation: Explanation) -> Self {
        let Explanation { request_id, at, operation, address, refused } = explanation;
        let Refused { evidence, needed, reason } = refused;
        let Evidence { credential, session_id, session, user_id, status, role, granted } = evidence;
        Self {
            request_id: request_id.as_uuid(),
            at: moment(at),
            operation,
            address: OrNull(address.map(|address| address.to_string())),
            reason: reason.code().to_owned(),
            detail: about(reason).to_owned(),
            scope_needed: OrNull(needed.map(Scope::name).map(str::to_owned)),
            credential: CredentialView { state: credential.into(), scope: granted.to_string() },
            session: OrNull(session_id.map(|id| SessionStateView {
                id: id.as_uuid(),
                state: OrNull(session.map(SessionState::from)),
            })),
            account: OrNull(user_id.map(|id| StandingView {
                id: id.as_uuid(),
                status: OrNull(status.map(Status::from)),
                role: OrNull(role.map(Role::from)),
                scope: OrNull(role.map(|role| role.scopes().to_string())),
            })),
        }
    }
}

/// A reason in words.
pub const fn about(reason: Reason) -> &'static str {
    match reason {
        Reason::NoCredential => "Nothing came with it to prove who asks.",
        Reason::UnreadableCredential => {
            "What came to prove who asks was not made by this service for this use, or was changed on the way."
        }
        Reason::ExpiredCredential => "The access token was past its end.",
        Reason::SessionGone => "The session had been ended.",
        Reason::SessionOver => "The session had lain idle too long, or lasted long enough.",
        Reason::AccountSuspended => "The account was suspended.",
        Reason::ScopeNotInToken => "The role gives the scope, but the token was not granted it.",
        Reason::ScopeNotInRole => "The role does not give the scope, whatever the token was granted.",
        Reason::AboveOwnRole => "It concerned a role above their own.",
        Reason::PasswordNeeded => "It concerned their own account, and their password did not come with it.",
        Reason::NotTheOwner => "It belongs to somebody else.",
        Reason::ForeignForm => "The form did not come from one of this service's own pages.",
    }
}
