use super::{Justification, Newcomer, Preferences, RoleEnd, Standing, Status, Username};
use crate::Timestamp;
use crate::access::Role;
use crate::ids::UserId;
use crate::vault::PersonalData;
use crate::violation::Violation;

/// Why and for how long an account may not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspension {
    /// Why, in an administrator's words.
    pub reason: Justification,
    /// Since when.
    pub since: Timestamp,
    /// Until when; without it until somebody reinstates the account.
    pub until: Option<Timestamp>,
}

/// An account: what the service needs to know of a person in order to run, and nothing that says who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Its identifier, for ever.
    pub id: UserId,
    /// Its name in public.
    pub username: Username,
    /// What it may do.
    pub role: Role,
    /// When that role ends, if it was given for a time.
    pub role_end: Option<RoleEnd>,
    /// Why it may not be used, if it may not.
    pub suspension: Option<Suspension>,
    /// What the person has chosen.
    pub preferences: Preferences,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something of it was last changed by a person.
    pub updated_at: Timestamp,
    /// When somebody last logged in to it.
    pub last_login_at: Option<Timestamp>,
    /// Counts the changes; an update from an older version is refused by the store.
    pub version: i64,
}

impl User {
    /// A new account.
    #[must_use]
    pub fn new(id: UserId, newcomer: &Newcomer, role: Role, now: Timestamp) -> Self {
        Self {
            id,
            username: newcomer.username.clone(),
            role,
            role_end: None,
            suspension: None,
            preferences: Preferences { locale: newcomer.locale, ..Preferences::default() },
            created_at: now,
            updated_at: now,
            last_login_at: None,
            version: 1,
        }
    }

    /// Whether it may be used, as far as it was [settled](Self::settled).
    #[must_use]
    pub const fn status(&self) -> Status {
        if self.suspension.is_some() { Status::Suspended } else { Status::Active }
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        Standing {
            role: self.role,
            role_end: self.role_end,
            status: self.status(),
            suspended_until: self.suspension.as_ref().and_then(|suspension| suspension.until),
        }
    }

    /// The account as it is at `now`: what was given or taken for a time has ended if its time is over.
    #[must_use]
    pub fn settled(mut self, now: Timestamp) -> Self {
        let standing = self.standing().at(now);
        self.role = standing.role;
        self.role_end = standing.role_end;
        if standing.status == Status::Active {
            self.suspension = None;
        }
        self
    }

    /// The role that stays when what was given for a time is over.
    #[must_use]
    pub fn lasting_role(&self) -> Role {
        self.role_end.map_or(self.role, |end| end.then)
    }

    /// The account with another role, for good or until a moment; `None` when that changes nothing.
    ///
    /// Only a higher role than the lasting one is given for a time: what ends by itself must not raise anybody.
    pub fn with_role(
        &self,
        role: Role,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<Self>, Violation> {
        let lasting = self.lasting_role();
        let role_end = match until {
            Some(at) if at <= now => return Err(Violation::NotInFuture),
            Some(_) if role <= lasting => return Err(Violation::NotARaise),
            until => until.map(|at| RoleEnd { at, then: lasting }),
        };
        let same = self.role == role && self.role_end == role_end;
        Ok((!same).then(|| Self { role, role_end, updated_at: now, ..self.clone() }))
    }

    /// The account, closed for the time being. Of one that is closed already, reason and end are replaced.
    pub fn suspended(
        &self,
        reason: Justification,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, Violation> {
        if until.is_some_and(|until| until <= now) {
            return Err(Violation::NotInFuture);
        }
        let since = self.suspension.as_ref().map_or(now, |suspension| suspension.since);
        let suspension = Some(Suspension { reason, since, until });
        Ok(Self { suspension, updated_at: now, ..self.clone() })
    }

    /// The account, open again; `None` when it is not suspended.
    #[must_use]
    pub fn reinstated(&self, now: Timestamp) -> Option<Self> {
        self.suspension.as_ref()?;
        Some(Self { suspension: None, updated_at: now, ..self.clone() })
    }
}

/// An account together with the person it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// The account.
    pub user: User,
    /// The person.
    pub personal: PersonalData,
}

#[cfg(test)]
mod tests;
