use super::UserService;
use crate::actor::Actor;
use crate::fault::{Describe, Fault, FaultKind};
use crate::hashing::HashError;
use crate::instruments;
use crate::store::{Saved, StoreError, UnitOfWork};
use domain::Timestamp;
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::{PasswordHash, Profile, SignUp, User};

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum SignUpError {
    /// Another account has a name that reads the same.
    #[error("the user name is taken")]
    UsernameTaken,
    /// Another account has that e-mail address.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SignUpError {
    /// What came of the sign-up, as it is counted.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::UsernameTaken | Self::EmailTaken => "taken",
            Self::Hash(HashError::Busy) => "busy",
            Self::Hash(HashError::Broken) | Self::Store(_) => "error",
        }
    }
}

impl Describe for SignUpError {
    fn fault(&self) -> Fault {
        match self {
            Self::UsernameTaken => Fault::new(
                FaultKind::Conflict,
                "username-taken",
                "Another account has this user name, or one that reads the same.",
            ),
            Self::EmailTaken => {
                Fault::new(FaultKind::Conflict, "email-taken", "Another account has this e-mail address.")
            }
            Self::Hash(error) => error.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

impl UserService {
    /// Makes an account for whoever asks.
    pub async fn sign_up(&self, actor: &Actor, form: SignUp) -> Result<Profile, SignUpError> {
        let answer = self.enrol(actor, form).await;
        instruments::sign_up(&answer);
        answer
    }

    async fn enrol(&self, actor: &Actor, form: SignUp) -> Result<Profile, SignUpError> {
        let hash = self.hasher.hash(form.password.password()).await?;
        let now = self.ids.now();
        let user = User::new(self.ids.user(now), &form.newcomer, Role::User, now);
        let profile = Profile { user, personal: form.newcomer.personal_data() };
        let mut work = self.store.begin_shared().await?;
        match store_new(work.as_mut(), &profile, Some(&hash)).await {
            Err(taken @ (SignUpError::UsernameTaken | SignUpError::EmailTaken)) => {
                // Perhaps by somebody whose commit this one shares: it is taken once that is on disk.
                work.commit().await?;
                return Err(taken);
            }
            stored => stored?,
        }
        // Nobody is logged in yet, so the person appears as the subject; the actor is whoever sent the form.
        let event = actor.event(&self.ids, now, EventKind::UserSignedUp, Some(profile.user.id));
        work.audit().record(&event).await?;
        work.commit().await?;
        Ok(profile)
    }
}

/// Stores an account, the person behind it and its password, if it has one yet.
pub(crate) async fn store_new(
    work: &mut dyn UnitOfWork,
    profile: &Profile,
    hash: Option<&PasswordHash>,
) -> Result<(), SignUpError> {
    match work.users().insert(&profile.user, &profile.personal.email, hash).await? {
        Saved::UsernameTaken => return Err(SignUpError::UsernameTaken),
        Saved::EmailTaken => return Err(SignUpError::EmailTaken),
        Saved::Yes => {}
    }
    Ok(work.personal_data().put(profile.user.id, &profile.personal).await?)
}

/// Takes the turn of those who change who is administrator, and closes the door through which the first one comes
/// in. Says whether that door was still open.
pub(crate) async fn settle_administration(
    work: &mut dyn UnitOfWork,
    now: Timestamp,
) -> Result<bool, StoreError> {
    work.instance().lock_administrators().await?;
    work.instance().settle_administration(now).await
}
