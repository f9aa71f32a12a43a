use super::AdminService;
use crate::actor::Actor;
use crate::fault::{Describe, Fault, FaultKind};
use crate::hashing::HashError;
use crate::store::StoreError;
use crate::users::SignUpError;
use crate::users::sign_up::{settle_administration, store_new};
use domain::access::Role;
use domain::audit::EventKind;
use domain::sessions::Token;
use domain::users::{Profile, SignUp, User};

/// Why there is no first administrator yet, or none by this link.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The link is not the one that was printed, or it has done its work.
    #[error("the link does not work")]
    Closed,
    /// It failed as signing up fails.
    #[error(transparent)]
    SignUp(#[from] SignUpError),
}

impl From<StoreError> for SetupError {
    fn from(error: StoreError) -> Self {
        Self::SignUp(error.into())
    }
}

impl From<HashError> for SetupError {
    fn from(error: HashError) -> Self {
        Self::SignUp(error.into())
    }
}

impl Describe for SetupError {
    fn fault(&self) -> Fault {
        match self {
            Self::Closed => Fault::new(
                FaultKind::Missing,
                "not-found",
                "This link does not work, or has done its work: the first administrator exists.",
            ),
            Self::SignUp(error) => error.fault(),
        }
    }
}

impl AdminService {
    /// The secret of the link that creates the first administrator; `None` once one was created.
    pub async fn setup_link(&self) -> Result<Option<Token>, StoreError> {
        let settled = self.instance.find().await?.is_none_or(|known| known.administered_at.is_some());
        Ok((!settled).then(|| self.tokens.setup_link()))
    }

    /// Whether a link with that secret would work now.
    pub async fn is_setup_open(&self, secret: &str) -> Result<bool, StoreError> {
        Ok(self.tokens.is_setup_link(secret) && self.setup_link().await?.is_some())
    }

    /// Creates the first administrator. Of any number of people with the link, one succeeds.
    pub async fn create_first_administrator(
        &self,
        actor: &Actor,
        secret: &str,
        form: SignUp,
    ) -> Result<Profile, SetupError> {
        if !self.is_setup_open(secret).await? {
            return Err(SetupError::Closed);
        }
        let hash = self.hasher.hash(form.password.password()).await?;
        let now = self.ids.now();
        let user = User::new(self.ids.user(now), &form.newcomer, Role::Admin, now);
        let profile = Profile { user, personal: form.newcomer.personal_data() };
        let mut work = self.store.begin().await?;
        if !settle_administration(work.as_mut(), now).await? {
            return Err(SetupError::Closed);
        }
        store_new(work.as_mut(), &profile, Some(&hash)).await?;
        let kind = EventKind::FirstAdministratorCreated;
        work.audit().record(&actor.event(&self.ids, now, kind, Some(profile.user.id))).await?;
        work.commit().await?;
        Ok(profile)
    }
}
