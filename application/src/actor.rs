//! Who asks, and from where.

use crate::Ids;
use crate::fault::{Describe, Fault, FaultKind};
use crate::store::{StoreError, UnitOfWork};
use domain::Timestamp;
use domain::access::{Credential, Reason, Role, Scope, Scopes, SessionState, decision};
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::{RequestId, SessionId, UserId};
use domain::sessions::Channel;
use domain::users::{RoleEnd, Status};
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
    /// When that role ends, if it was given for a time.
    pub role_end: Option<RoleEnd>,
    /// What their token or their session was granted.
    pub granted: Scopes,
    /// What they may do at this moment: what was granted, as far as the role allows it.
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

/// All that is known of who asks, also of somebody who was not let in: what a refusal is explained by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// What they brought.
    pub credential: Credential,
    /// The session it names.
    pub session_id: Option<SessionId>,
    /// What became of that session.
    pub session: Option<SessionState>,
    /// Whose it is.
    pub user_id: Option<UserId>,
    /// Whether their account may be used.
    pub status: Option<Status>,
    /// Their role at that moment.
    pub role: Option<Role>,
    /// What the credential was granted.
    pub granted: Scopes,
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
            Identity::Member(member) => decision::allow(member.granted, member.role, scope)
                .map_err(|reason| Refusal::InsufficientScope { scope, reason }),
            Identity::Visitor => Err(Refusal::NotLoggedIn),
        }
    }

    /// Asks whether they may touch an account that has that role until then, or give it.
    pub fn reach(&self, role: Role, until: Option<Timestamp>) -> Result<(), Refusal> {
        match self.identity {
            Identity::System => Ok(()),
            Identity::Member(member) => {
                decision::reach(member.role, member.role_end, role, until).map_err(|_| Refusal::AboveOwnRole)
            }
            Identity::Visitor => Err(Refusal::NotLoggedIn),
        }
    }

    /// Asks whether they may give that role until then.
    pub fn grant(&self, role: Role, until: Option<Timestamp>) -> Result<(), Refusal> {
        match self.identity {
            Identity::System => Ok(()),
            Identity::Member(member) => {
                decision::grant(member.role, member.role_end, role, until).map_err(|_| Refusal::AboveOwnRole)
            }
            Identity::Visitor => Err(Refusal::NotLoggedIn),
        }
    }

    /// The same actor as things stand inside a unit of work.
    ///
    /// A request is judged when it comes in. Until it has sent its body, been checked for its password and got its turn, its
    /// session may have ended and its role may have gone, so whoever uses power over others is judged once more there.
    pub(crate) async fn as_of(
        &self,
        work: &mut dyn UnitOfWork,
        now: Timestamp,
    ) -> Result<Result<Self, Refusal>, StoreError> {
        let Identity::Member(member) = self.identity else { return Ok(Ok(self.clone())) };
        let Some(live) = work.sessions().find(member.session_id).await? else {
            return Ok(Err(Refusal::NotLoggedIn));
        };
        let standing = live.standing.at(now);
        if standing.status != Status::Active {
            return Ok(Err(Refusal::NotLoggedIn));
        }
        let (role, role_end) = (standing.role, standing.role_end);
        let member = Member { role, role_end, scopes: decision::effective(member.granted, role), ..member };
        Ok(Ok(Self { identity: Identity::Member(member), origin: self.origin.clone() }))
    }

    /// Whether they are that person.
    #[must_use]
    pub fn is(&self, id: UserId) -> bool {
        matches!(self.identity, Identity::Member(member) if member.user_id == id)
    }

    /// Whether it is whoever works at the command line.
    #[must_use]
    pub const fn is_system(&self) -> bool {
        matches!(self.identity, Identity::System)
    }

    /// What is known of them.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        match self.identity {
            Identity::Member(member) => Evidence {
                credential: Credential::Sound,
                session_id: Some(member.session_id),
                session: Some(SessionState::Live),
                user_id: Some(member.user_id),
                status: Some(Status::Active),
                role: Some(member.role),
                granted: member.granted,
            },
            Identity::Visitor | Identity::System => Evidence::default(),
        }
    }

    /// As whom they stand in the audit trail.
    pub(crate) const fn reference(&self) -> ActorRef {
        match self.identity {
            Identity::Visitor => ActorRef::Visitor,
            Identity::Member(member) => ActorRef::User(member.user_id),
            Identity::System => ActorRef::System,
        }
    }

    /// The event that this actor has just caused.
    pub(crate) fn event(&self, ids: &Ids, now: Timestamp, kind: EventKind, subject: Option<UserId>) -> Event {
        Event {
            id: ids.event(now),
            sequence: None,
            kind,
            actor: self.reference(),
            subject,
            at: now,
            address: self.origin.address,
            request_id: self.origin.request_id,
            detail: Vec::new(),
            private: Vec::new(),
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
    #[error("the scope {} is missing", .scope.name())]
    InsufficientScope {
        /// What would have been needed.
        scope: Scope,
        /// Whether the token or the role lacks it.
        reason: Reason,
    },
    /// It concerns a role above their own.
    #[error("the role is above their own")]
    AboveOwnRole,
    /// It would hurt themselves, so they have to prove once more who they are.
    #[error("the password is needed again")]
    PasswordNeeded,
}

impl Describe for Refusal {
    fn fault(&self) -> Fault {
        match self {
            Self::NotLoggedIn => Fault::new(
                FaultKind::Unauthenticated,
                "unauthenticated",
                "A valid access token is needed; log in to get one.",
            )
            .because(Reason::NoCredential),
            Self::InsufficientScope { scope, reason } => Fault::new(
                FaultKind::Forbidden,
                "insufficient-scope",
                format!(
                    "This needs the scope {}, which your token or your role does not give.",
                    scope.name()
                ),
            )
            .needing(*scope)
            .because(*reason),
            Self::AboveOwnRole => {
                Fault::new(FaultKind::Forbidden, "above-own-role", "This concerns a role above your own.")
                    .because(Reason::AboveOwnRole)
            }
            Self::PasswordNeeded => Fault::new(
                FaultKind::Forbidden,
                "password-needed",
                "This concerns your own account: give your password with it.",
            )
            .because(Reason::PasswordNeeded),
        }
    }
}

#[cfg(test)]
mod tests;
