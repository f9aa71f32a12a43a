use super::UserService;
use super::password_check::{Attempt, CheckError, CountedUnder};
use crate::actor::{Actor, Refusal};
use crate::again::again;
use crate::fault::{Describe, Fault};
use crate::hashing::HashError;
use crate::store::StoreError;
use domain::access::Scope;
use domain::audit::EventKind;
use domain::users::Password;
use domain::violation::{FieldViolation, Violation, Violations};
use std::fmt;

/// What a form to change a password holds before anyone has looked at it.
#[derive(Clone, Copy, Default)]
pub struct PasswordChangeDraft<'a> {
    /// The password in use.
    pub current_password: Option<&'a str>,
    /// The wished one.
    pub new_password: Option<&'a str>,
}

impl fmt::Debug for PasswordChangeDraft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordChangeDraft([redacted])")
    }
}

/// A form to change a password that is worth trying. Whether the new one is good enough depends on whose it is.
#[derive(Clone, Debug)]
pub struct PasswordChange {
    current: Password,
    new: Password,
}

impl PasswordChange {
    /// Reads a form and names everything that is wrong with it at once.
    pub fn parse(draft: PasswordChangeDraft<'_>) -> Result<Self, Vec<FieldViolation>> {
        let mut wrong = Violations::new();
        let current = wrong.required("current_password", draft.current_password, Password::parse);
        let new = wrong.required("new_password", draft.new_password, Password::parse);
        let form = (|| Some(Self { current: current?, new: new? }))();
        wrong.finish(form)
    }
}

/// Why a password stayed as it was.
#[derive(Debug, thiserror::Error)]
pub enum ChangePasswordError {
    /// The actor may not.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The new password breaks a rule.
    #[error("the new password is not good enough")]
    Invalid(Violation),
    /// The current one is wrong, or could not be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
}

impl From<StoreError> for ChangePasswordError {
    fn from(error: StoreError) -> Self {
        Self::Check(error.into())
    }
}

impl From<HashError> for ChangePasswordError {
    fn from(error: HashError) -> Self {
        Self::Check(error.into())
    }
}

impl Describe for ChangePasswordError {
    fn fault(&self) -> Fault {
        match self {
            Self::Refused(refusal) => refusal.fault(),
            Self::Invalid(violation) => {
                Fault::invalid(vec![FieldViolation { field: "new_password", violation: *violation }])
            }
            Self::Check(error) => error.fault(),
        }
    }
}

impl UserService {
    /// Changes the actor's password and ends every other session of theirs.
    ///
    /// Costs two hashes; what can be refused without them is refused first. Where another password is stored meanwhile, the
    /// current one is held against that.
    pub async fn change_password(
        &self,
        actor: &Actor,
        form: PasswordChange,
    ) -> Result<(), ChangePasswordError> {
        again(|| self.change_password_once(actor, &form)).await
    }

    async fn change_password_once(
        &self,
        actor: &Actor,
        form: &PasswordChange,
    ) -> Result<(), ChangePasswordError> {
        let member = actor.member_with(Scope::ProfileWrite)?;
        let account = self.own_account::<ChangePasswordError>(member.user_id).await?;
        let profile = self.directory.profile(member.user_id).await?.ok_or(Refusal::NotLoggedIn)?;
        let same = form.new.expose() == form.current.expose();
        let new = self
            .policy
            .accept(form.new.clone(), Some(&profile.user.username), Some(&profile.personal.email))
            .map_err(ChangePasswordError::Invalid)?;
        let attempt = Attempt {
            account: Some(&account),
            counted_under: CountedUnder::Member(member.user_id),
            password: &form.current,
            failure: EventKind::PasswordCheckFailed,
        };
        let _proof = self.check.attempt(actor, attempt).await?;
        if same {
            return Err(ChangePasswordError::Invalid(Violation::SamePassword));
        }
        let hash = self.hasher.hash(new.password()).await?;
        let now = self.ids.now();
        let mut work = self.store.begin().await?;
        // Only in place of the password that was checked.
        let current = work.users().find(member.user_id).await?;
        if current.is_none_or(|current| current.password_hash != account.password_hash) {
            return Err(StoreError::Conflict.into());
        }
        work.users().set_password(member.user_id, &hash, now).await?;
        let ended = work.sessions().end_all_of(member.user_id, Some(member.session_id)).await?;
        work.password_links().remove(member.user_id).await?;
        work.attempts().clear_of(member.user_id).await?;
        let mut event = actor.event(&self.ids, now, EventKind::PasswordChanged, Some(member.user_id));
        event.detail.push(("sessions_ended".into(), ended.to_string()));
        work.audit().record(&event).await?;
        Ok(work.commit().await?)
    }
}
