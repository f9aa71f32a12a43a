use super::UserService;
use super::sign_up::{SignUpError, settle_administration, store_new};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use domain::access::{Role, Scope};
use domain::audit::EventKind;
use domain::users::{Profile, SignUp, User};

/// Why no account was made for somebody else.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// It failed as signing up fails.
    #[error(transparent)]
    SignUp(#[from] SignUpError),
}

impl From<StoreError> for CreateError {
    fn from(error: StoreError) -> Self {
        Self::SignUp(error.into())
    }
}

impl Describe for CreateError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::SignUp(error) => error.fault(),
        }
    }
}

impl UserService {
    /// Makes an account for somebody else, with a role.
    pub async fn create(&self, actor: &Actor, form: SignUp, role: Role) -> Result<Profile, CreateError> {
        actor.require(Scope::UserWrite)?;
        if role > Role::User {
            actor.require(Scope::AdminWrite)?;
        }
        let hash = self.hasher.hash(form.password.password()).await.map_err(SignUpError::Hash)?;
        let now = self.ids.now();
        let user = User::signed_up(self.ids.user(now), &form, role, now);
        let profile = Profile { user, personal: form.personal_data() };
        let mut work = self.store.begin().await?;
        if role == Role::Admin {
            settle_administration(work.as_mut(), now).await?;
        }
        store_new(work.as_mut(), &profile, &hash).await?;
        let mut event = actor.event(&self.ids, now, EventKind::UserCreated, Some(profile.user.id));
        event.detail.push(("role", role.name().to_owned()));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(profile)
    }
}
