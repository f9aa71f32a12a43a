use super::UserService;
use super::manage::UserRecord;
use super::password_link::IssuedPasswordLink;
use super::sign_up::{SignUpError, settle_administration, store_new};
use crate::actor::{Actor, Refusal};
use crate::fault::{Describe, Fault};
use crate::store::StoreError;
use domain::access::{Role, Scope, decision};
use domain::audit::EventKind;
use domain::users::{Enrolment, Profile, User};

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

/// An account that was made for somebody else.
#[derive(Clone, Debug)]
pub struct Created {
    /// The account.
    pub record: UserRecord,
    /// The link by which its owner sets their password, if they have none yet.
    pub password_link: Option<IssuedPasswordLink>,
}

fn may_create(actor: &Actor, role: Role) -> Result<(), Refusal> {
    actor.require(Scope::UserWrite)?;
    actor.grant(role, None)?;
    actor.require(decision::needed_for(role, Scope::UserWrite))
}

impl UserService {
    /// Makes an account for somebody else, with a role. Without a password it comes with a link by which its owner sets
    /// one.
    pub async fn create(&self, actor: &Actor, form: Enrolment) -> Result<Created, CreateError> {
        may_create(actor, form.role)?;
        let hash = match &form.password {
            Some(password) => Some(self.hasher.hash(password.password()).await.map_err(SignUpError::Hash)?),
            None => None,
        };
        let now = self.ids.now();
        let user = User::new(self.ids.user(now), &form.newcomer, form.role, now);
        let profile = Profile { user, personal: form.newcomer.personal_data() };
        let mut work = self.store.begin().await?;
        if form.role == Role::Admin {
            settle_administration(work.as_mut(), now).await?;
        }
        let actor = &actor.as_of(work.as_mut(), now).await??;
        may_create(actor, form.role)?;
        store_new(work.as_mut(), &profile, hash.as_ref()).await?;
        let id = profile.user.id;
        let mut event = actor.event(&self.ids, now, EventKind::UserCreated, Some(id));
        event.detail.push(("role".into(), form.role.name().to_owned()));
        work.audit().record(&event).await?;
        let password_link = match hash {
            Some(_) => None,
            None => Some(self.put_password_link(actor, work.as_mut(), id, now).await?),
        };
        work.commit().await?;
        // Whoever made the account has just typed what it holds.
        let record = UserRecord { person: profile.personal.open(), user: profile.user };
        Ok(Created { record, password_link })
    }
}
