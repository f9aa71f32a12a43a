//! Who asks, and from where.

use crate::Ids;
use crate::fault::{Describe, Fault, FaultKind};
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::{RequestId, SessionId, UserId};
use domain::sessions::Channel;
use std::net::IpAddr;

/// Where a request came from: what every event says, and what attempts are counted by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The peer's address, or the one a trusted proxy vouches for.
    pub address: Option<IpAddr>,
    /// The request's name.
    pub request_id: Option<RequestId>,
    /// The `User-Agent` header, as far as it is printable.
    pub user_agent: Option<String>,
}

/// Somebody who has proved who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user_id: UserId,
    /// By which session.
    pub session_id: SessionId,
    /// How that session is carried.
    pub channel: Channel,
    /// Their role at this moment.
    pub role: Role,
    /// What they may do at this moment.
    pub scopes: Scopes,
}

/// As whom somebody asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Anybody.
    Visitor,
    /// A person with a session.
    Member(Member),
    /// Whoever works at the command line of the machine: they hold the databases and the root key anyway.
    System,
}

/// Who asks, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// As whom.
    pub identity: Identity,
    /// From where.
    pub origin: Origin,
}

impl Actor {
    /// Somebody of whom nothing is known.
    #[must_use]
    pub const fn visitor(origin: Origin) -> Self {
        Self { identity: Identity::Visitor, origin }
    }

    /// The command line.
    #[must_use]
    pub fn system() -> Self {
        Self { identity: Identity::System, origin: Origin::default() }
    }

    /// The person, if it is one.
    pub fn member(&self) -> Result<Member, Refusal> {
        match self.identity {
            Identity::Member(member) => Ok(member),
            Identity::Visitor | Identity::System => Err(Refusal::NotLoggedIn),
        }
    }

    /// The person, if they may do what `scope` names.
    pub fn member_with(&self, scope: Scope) -> Result<Member, Refusal> {
        let member = self.member()?;
        self.require(scope)?;
        Ok(member)
    }

    /// Asks whether they may do what `scope` names.
    pub fn require(&self, scope: Scope) -> Result<(), Refusal> {
        match self.identity {
            Identity::System => Ok(()),
            Identity::Member(member) if member.scopes.contains(scope) => Ok(()),
            Identity::Member(_) => Err(Refusal::InsufficientScope(scope)),
            Identity::Visitor => Err(Refusal::NotLoggedIn),
        }
    }

    /// The event that this actor has just caused.
    pub(crate) fn event(&self, ids: &Ids, now: Timestamp, kind: EventKind, subject: Option<UserId>) -> Event {
        let actor = match self.identity {
            Identity::Visitor => ActorRef::Visitor,
            Identity::Member(member) => ActorRef::User(member.user_id),
            Identity::System => ActorRef::System,
        };
        Event {
            id: ids.event(now),
            kind,
            actor,
            subject,
            at: now,
            address: self.origin.address,
            request_id: self.origin.request_id,
            detail: Vec::new(),
        }
    }
}

/// Why somebody may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Nobody has proved who they are, or the proof no longer holds.
    #[error("not logged in")]
    NotLoggedIn,
    /// They have, but their token or their role does not reach that far.
    #[error("the scope {} is missing", .0.name())]
    InsufficientScope(Scope),
}

impl Describe for Refusal {
    fn fault(&self) -> Fault {
        match self {
            Self::NotLoggedIn => Fault::new(
                FaultKind::Unauthenticated,
                "unauthenticated",
                "A valid access token is needed; log in to get one.",
            ),
            Self::InsufficientScope(scope) => Fault::new(
                FaultKind::Forbidden,
                "insufficient-scope",
                format!(
                    "This needs the scope {}, which your token or your role does not give.",
                    scope.name()
                ),
            )
            .needing(*scope),
        }
    }
}
