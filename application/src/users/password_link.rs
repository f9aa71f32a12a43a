use super::UserService;
use super::manage::{Held, ManageError};
use crate::actor::{Actor, Refusal};
use crate::again::again;
use crate::fault::{Describe, Fault};
use crate::hashing::HashError;
use crate::store::{PasswordLink, StoreError, UnitOfWork};
use crate::tokens::PresentedPasswordLink;
use domain::Timestamp;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::sessions::Token;
use domain::users::Password;
use domain::violation::{FieldViolation, Violation};
use std::time::Duration;

/// A link by which somebody sets their password, once.
#[derive(Clone, Debug)]
pub struct IssuedPasswordLink {
    /// Its secret.
    pub secret: Token,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum SetPasswordError {
    /// The link does not work: it is none of ours, has done its work, was replaced, or is too old.
    #[error("the link does not work")]
    Closed,
    /// The password breaks a rule.
    #[error("the new password is not good enough")]
    Invalid(Violation),
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for SetPasswordError {
    fn fault(&self) -> Fault {
        match self {
            Self::Closed => Fault::missing(),
            Self::Invalid(violation) => {
                Fault::invalid(vec![FieldViolation { field: "password", violation: *violation }])
            }
            Self::Hash(error) => error.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

impl UserService {
    /// How long a link works.
    pub const PASSWORD_LINK_LIFETIME: Duration = Duration::from_hours(24);

    /// Makes a link by which somebody sets their password, in the place of any earlier one. Their password of now goes
    /// on working until then. One's own password is changed with the one in use.
    pub async fn issue_password_link(
        &self,
        actor: &Actor,
        id: UserId,
    ) -> Result<IssuedPasswordLink, ManageError> {
        let now = self.ids.now();
        actor.require(Scope::UserWrite)?;
        if actor.is(id) {
            return Err(Refusal::PasswordNeeded.into());
        }
        let mut work = self.store.begin().await?;
        let Held { user, .. } = self.hold(actor, work.as_mut(), id, Scope::UserWrite, now).await?;
        let link = self.put_password_link(actor, work.as_mut(), user.id, now).await?;
        work.commit().await?;
        Ok(link)
    }

    /// Makes a link in a unit of work that goes on.
    pub(super) async fn put_password_link(
        &self,
        actor: &Actor,
        work: &mut dyn UnitOfWork,
        id: UserId,
        now: Timestamp,
    ) -> Result<IssuedPasswordLink, StoreError> {
        let issued = self.tokens.password_link(id);
        let expires_at = now.plus(Self::PASSWORD_LINK_LIFETIME);
        work.password_links().put(&PasswordLink { user_id: id, digest: issued.digest, expires_at }).await?;
        work.audit().record(&actor.event(&self.ids, now, EventKind::PasswordLinkCreated, Some(id))).await?;
        Ok(IssuedPasswordLink { secret: issued.token, expires_at })
    }

    /// Whether a link with that secret works now.
    pub async fn is_password_link_open(&self, secret: &str) -> Result<bool, StoreError> {
        Ok(self.open_link(secret).await?.is_some())
    }

    /// Sets the password of whoever has that link, and ends all their sessions. Of any number of uses of one link, one
    /// succeeds.
    pub async fn set_password(
        &self,
        actor: &Actor,
        secret: &str,
        password: Password,
    ) -> Result<(), SetPasswordError> {
        again(|| self.set_password_once(actor, secret, &password)).await
    }

    async fn set_password_once(
        &self,
        actor: &Actor,
        secret: &str,
        password: &Password,
    ) -> Result<(), SetPasswordError> {
        self.hasher.room()?;
        let link = self.open_link(secret).await?.ok_or(SetPasswordError::Closed)?;
        let id = link.user_id;
        let profile = self.directory.profile(id).await?.ok_or(SetPasswordError::Closed)?;
        let (username, email) = (&profile.user.username, &profile.personal.email);
        let accepted = self.policy.accept(password.clone(), Some(username), Some(email));
        let hash = self.hasher.hash(accepted.map_err(SetPasswordError::Invalid)?.password()).await?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        // Takes the account's turn: a log-in with the old password is over by now or sees the new one.
        work.users().find(id).await?.ok_or(SetPasswordError::Closed)?;
        work.attempts().clear_of(id).await?;
        let ended = work.sessions().end_all_of(id, None).await?;
        if !work.password_links().take(id, &link.digest).await? {
            return Err(SetPasswordError::Closed);
        }
        work.users().set_password(id, &hash, now).await?;
        // The link proves whose account it is, and nothing about who holds it, as when somebody signs up.
        let mut event = actor.event(&self.ids, now, EventKind::PasswordSet, Some(id));
        event.detail.push(("sessions_ended".into(), ended.to_string()));
        work.audit().record(&event).await?;
        Ok(work.commit().await?)
    }

    async fn open_link(&self, secret: &str) -> Result<Option<PresentedPasswordLink>, StoreError> {
        let Some(presented) = self.tokens.read_password_link(secret) else { return Ok(None) };
        let stored = self.directory.password_link(presented.user_id).await?;
        let now = self.ids.now();
        let works = stored.is_some_and(|link| link.digest == presented.digest && now < link.expires_at);
        Ok(works.then_some(presented))
    }
}
