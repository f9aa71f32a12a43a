use super::UserService;
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::{Saved, StoreError};
use crate::users::SignUpError;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::users::{Profile, ProfilePatch};

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
            Self::Store(error) => error.fault(),
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
        let before = Profile { user: account.user, personal };
        let (after, changed) = patch.apply(&before, now);
        if changed.is_empty() {
            return Ok(before);
        }
        match work.users().update(&after.user, &after.personal.email).await? {
            Saved::UsernameTaken => return Err(EditProfileError::UsernameTaken),
            Saved::EmailTaken => return Err(EditProfileError::EmailTaken),
            Saved::Yes => {}
        }
        if after.personal != before.personal {
            work.personal_data().put(id, &after.personal).await?;
        }
        let mut event = actor.event(&self.ids, now, EventKind::ProfileEdited, Some(id));
        event.detail.push(("fields", changed.join(" ")));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(after)
    }
}
