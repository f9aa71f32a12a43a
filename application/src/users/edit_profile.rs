use super::UserService;
use super::manage::{Held, ManageError, UserRecord};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault, FaultKind};
use crate::store::{Saved, StoreError, UnitOfWork};
use crate::users::SignUpError;
use domain::Timestamp;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::users::{Profile, ProfilePatch};
use domain::vault::Field;

/// Why a profile stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum EditProfileError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Another account has a name that reads the same.
    #[error("the user name is taken")]
    UsernameTaken,
    /// Another account has that e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// Some of the personal data can't be read, and would be lost if the rest were stored anew.
    #[error("some of the personal data can't be read")]
    Unreadable(Vec<Field>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for EditProfileError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::UsernameTaken => SignUpError::UsernameTaken.fault(),
            Self::EmailTaken => SignUpError::EmailTaken.fault(),
            Self::Unreadable(fields) => unreadable(fields),
            Self::Store(error) => error.fault(),
        }
    }
}

/// How it is said that something has to be given anew first.
pub(super) fn unreadable(fields: &[Field]) -> Fault {
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let detail = format!(
        "What is stored as {} can't be read at the moment, and would be lost. Give it anew together with the rest, or \
         ask whoever runs this service.",
        names.join(", ")
    );
    Fault::new(FaultKind::Conflict, "unreadable-fields", detail)
}

impl From<EditProfileError> for ManageError {
    fn from(error: EditProfileError) -> Self {
        match error {
            EditProfileError::Refused(refusal) => Self::Refused(refusal),
            EditProfileError::UsernameTaken => Self::UsernameTaken,
            EditProfileError::EmailTaken => Self::EmailTaken,
            EditProfileError::Unreadable(fields) => Self::Unreadable(fields),
            EditProfileError::Store(error) => error.into(),
        }
    }
}

impl UserService {
    /// Edits the actor's own profile. An edit that changes nothing leaves no trace.
    pub async fn edit_profile(
        &self,
        actor: &Actor,
        patch: ProfilePatch,
    ) -> Result<Profile, EditProfileError> {
        let member = actor.member_with(Scope::ProfileWrite)?;
        let (id, now) = (member.user_id, self.ids.now());
        let mut work = self.store.begin().await?;
        let account = work.users().find(id).await?.ok_or(Refusal::NotLoggedIn)?;
        let personal = work.personal_data().find(id).await?.ok_or(Refusal::NotLoggedIn)?;
        let before = Profile { user: account.user.settled(now), personal };
        self.apply(actor, work, id, before, patch, now).await
    }

    /// Edits the profile of somebody else.
    pub async fn edit(
        &self,
        actor: &Actor,
        id: UserId,
        patch: ProfilePatch,
    ) -> Result<UserRecord, ManageError> {
        let now = self.ids.now();
        actor.require(Scope::UserWrite)?;
        let mut work = self.store.begin().await?;
        let Held { user, personal, .. } = self.hold(actor, work.as_mut(), id, Scope::UserWrite, now).await?;
        let after = self.apply(actor, work, id, Profile { user, personal }, patch, now).await?;
        Ok(UserRecord::shown_to(actor, after, now))
    }

    async fn apply(
        &self,
        actor: &Actor,
        mut work: Box<dyn UnitOfWork>,
        id: UserId,
        before: Profile,
        patch: ProfilePatch,
        now: Timestamp,
    ) -> Result<Profile, EditProfileError> {
        let (after, changed) = patch.apply(&before, now);
        if changed.is_empty() {
            return Ok(before);
        }
        let is_personal = after.personal != before.personal;
        if is_personal && !after.personal.unreadable.is_empty() {
            return Err(EditProfileError::Unreadable(after.personal.unreadable));
        }
        let email = (after.personal.email != before.personal.email).then_some(&after.personal.email);
        match work.users().update(&after.user, email).await? {
            Saved::UsernameTaken => return Err(EditProfileError::UsernameTaken),
            Saved::EmailTaken => return Err(EditProfileError::EmailTaken),
            Saved::Yes => {}
        }
        if is_personal {
            work.personal_data().put(id, &after.personal).await?;
        }
        let mut event = actor.event(&self.ids, now, EventKind::ProfileEdited, Some(id));
        event.detail.push(("fields".into(), changed.join(" ")));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(after)
    }
}
