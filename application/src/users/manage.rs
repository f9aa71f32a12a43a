use super::edit_profile::unreadable;
use super::password_check::{Attempt, CheckError, CountedUnder, Proof};
use super::set_role::last_administrator;
use super::{SignUpError, UserService};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::{Account, Saved, StoreError, UnitOfWork};
use domain::Timestamp;
use domain::access::{Scope, decision};
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::{Password, Profile, User};
use domain::vault::{Field, PersonalData, Portrait};
use domain::violation::{FieldViolation, Violation};

/// Why an account was left as it is.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// There is no such user.
    #[error("no such user")]
    Missing,
    /// Nobody would be left to administer the installation.
    #[error("the last administrator must stay one")]
    LastAdministrator,
    /// What was asked for breaks a rule.
    #[error("what was asked for breaks a rule")]
    Invalid(FieldViolation),
    /// Another account has a name that reads the same.
    #[error("the user name is taken")]
    UsernameTaken,
    /// Another account has that e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Some of the personal data can't be read, and would be lost if the rest were stored anew.
    #[error("some of the personal data can't be read")]
    Unreadable(Vec<Field>),
    /// The actor's own password is wrong, or could not be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<StoreError> for ManageError {
    fn from(error: StoreError) -> Self {
        Self::Check(error.into())
    }
}

impl ManageError {
    /// Names the field whose value breaks a rule.
    pub(super) const fn in_field(field: &'static str) -> impl Fn(Violation) -> Self {
        move |violation| Self::Invalid(FieldViolation { field, violation })
    }
}

impl Describe for ManageError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Missing => Fault::missing(),
            Self::LastAdministrator => last_administrator(),
            Self::Invalid(violation) => Fault::invalid(vec![violation.clone()]),
            Self::UsernameTaken => SignUpError::UsernameTaken.fault(),
            Self::EmailTaken => SignUpError::EmailTaken.fault(),
            Self::Unreadable(fields) => unreadable(fields),
            Self::Check(error) => error.fault(),
        }
    }
}

/// An account and as much of the person behind it as the actor may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserRecord {
    /// The account, as it is at this moment.
    pub user: User,
    /// The person: masked, unless it is the actor themselves.
    pub person: Portrait,
}

impl UserRecord {
    /// What this actor may see of that profile without saying why.
    pub(crate) fn shown_to(actor: &Actor, profile: Profile, now: Timestamp) -> Self {
        let Profile { user, personal } = profile;
        // The command line has the database in its hands.
        let open = actor.is(user.id) || actor.is_system();
        let person = if open { personal.open() } else { personal.masked() };
        Self { user: user.settled(now), person }
    }
}

/// An account in the hands of somebody who may change it.
pub(super) struct Held {
    /// Who has it, as they stand at this moment.
    pub(super) actor: Actor,
    pub(super) user: User,
    pub(super) personal: PersonalData,
}

impl UserService {
    /// Takes an account in hand, if the actor may do what `ordinary` names, and to an account with that role.
    ///
    /// The scope is asked for before anything is read, so that nobody learns which accounts there are, and again of the
    /// actor as they stand inside the unit of work.
    pub(super) async fn hold(
        &self,
        actor: &Actor,
        work: &mut dyn UnitOfWork,
        id: UserId,
        ordinary: Scope,
        now: Timestamp,
    ) -> Result<Held, ManageError> {
        actor.require(ordinary)?;
        let actor = actor.as_of(work, now).await??;
        let user = work.users().find(id).await?.ok_or(ManageError::Missing)?.user.settled(now);
        actor.require(ordinary)?;
        actor.reach(user.role, user.role_end.map(|end| end.at))?;
        actor.require(decision::needed_for(user.role, ordinary))?;
        let personal = work.personal_data().find(id).await?.ok_or(ManageError::Missing)?;
        Ok(Held { actor, user, personal })
    }

    /// The account of somebody who is about to prove once more who they are. Where no password can be compared at this moment
    /// that is said, and nothing is read.
    pub(super) async fn own_account<E: From<Refusal> + From<CheckError>>(
        &self,
        id: UserId,
    ) -> Result<Account, E> {
        self.check.room()?;
        let account = self.directory.account_of(id).await.map_err(CheckError::from)?;
        Ok(account.ok_or(Refusal::NotLoggedIn)?)
    }

    /// Asks for the password again where somebody is about to hurt themselves. To be held until the work is committed.
    pub(super) async fn confirm(
        &self,
        actor: &Actor,
        id: UserId,
        password: Option<&Password>,
    ) -> Result<Option<Proof>, ManageError> {
        if !actor.is(id) {
            return Ok(None);
        }
        let password = password.ok_or(Refusal::PasswordNeeded)?;
        let account = self.own_account::<ManageError>(id).await?;
        let attempt = Attempt {
            account: Some(&account),
            counted_under: CountedUnder::Member(id),
            password,
            failure: EventKind::PasswordCheckFailed,
        };
        Ok(Some(self.check.attempt(actor, attempt).await?))
    }

    /// Makes sure that somebody else administers the installation, and goes on doing so. The turn of whoever changes
    /// administrators has to be held.
    pub(super) async fn spare(&self, work: &mut dyn UnitOfWork, id: UserId) -> Result<(), ManageError> {
        if work.users().has_administrator_besides(id).await? {
            Ok(())
        } else {
            Err(ManageError::LastAdministrator)
        }
    }

    /// Stores an account that was held.
    pub(super) async fn store(&self, work: &mut dyn UnitOfWork, user: &User) -> Result<(), ManageError> {
        match work.users().update(user, None).await? {
            Saved::Yes => Ok(()),
            Saved::UsernameTaken => Err(ManageError::UsernameTaken),
            Saved::EmailTaken => Err(ManageError::EmailTaken),
        }
    }

    /// What the actor sees of an account that they have just changed.
    pub(super) fn record(&self, actor: &Actor, user: User, personal: PersonalData) -> UserRecord {
        UserRecord::shown_to(actor, Profile { user, personal }, self.ids.now())
    }
}
