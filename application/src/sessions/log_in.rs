use super::{Grant, SessionService};
use crate::actor::Actor;
use crate::again::again;
use crate::fault::{Describe, Fault, FaultKind};
use crate::hashing::HashError;
use crate::instruments;
use crate::store::{Account, StoreError, UnitOfWork};
use crate::tokens::KeyError;
use crate::users::password_check::{Attempt, CheckError, CountedUnder, Proof};
use domain::Timestamp;
use domain::access::Scopes;
use domain::audit::{Event, EventKind};
use domain::ids::UserId;
use domain::sessions::{
    BegunSession, Channel, Device, DeviceName, Family, Generation, LogIn, Method, Session,
};
use domain::users::{Password, PasswordHash, Status, User};

/// Why nobody was logged in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// There is no such account, or that is not its password. Which of the two is not said.
    #[error("wrong name or password")]
    InvalidCredentials,
    /// The password is right, but the account may not be used.
    #[error("the account is suspended")]
    Suspended,
    /// More was asked for than the account's role gives.
    #[error("the scopes reach further than the role")]
    InvalidScope,
    /// The next attempt has to wait, or the password could not be checked.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// No token could be signed.
    #[error(transparent)]
    Key(#[from] KeyError),
}

impl LogInError {
    /// What came of the log-in, as it is counted.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::InvalidCredentials | Self::Check(CheckError::Wrong) => "failed",
            Self::Suspended => "suspended",
            Self::InvalidScope => "invalid_scope",
            Self::Check(CheckError::TooMany(_)) => "throttled",
            Self::Check(CheckError::Locked) => "locked",
            Self::Check(CheckError::Hash(HashError::Busy)) => "busy",
            Self::Check(CheckError::Hash(HashError::Broken) | CheckError::Store(_)) | Self::Key(_) => "error",
        }
    }
}

impl From<StoreError> for LogInError {
    fn from(error: StoreError) -> Self {
        Self::Check(error.into())
    }
}

impl Describe for LogInError {
    fn fault(&self) -> Fault {
        match self {
            Self::InvalidCredentials | Self::Check(CheckError::Wrong) => Fault::new(
                FaultKind::Unauthenticated,
                "invalid-credentials",
                "That user name or e-mail address and that password do not belong together.",
            ),
            Self::Suspended => Fault::new(
                FaultKind::Forbidden,
                "account-suspended",
                "This account is suspended. Ask an administrator of this service.",
            ),
            Self::InvalidScope => invalid_scope(),
            Self::Check(error) => error.fault(),
            Self::Key(error) => error.fault(),
        }
    }
}

/// How it is said that more was asked for than can be given.
pub(super) fn invalid_scope() -> Fault {
    Fault::new(
        FaultKind::Invalid,
        "invalid-scope",
        "A scope was asked for that does not exist or that this account can't give.",
    )
}

impl Describe for KeyError {
    fn fault(&self) -> Fault {
        Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
    }
}

/// A log-in that has been proved and only needs to be written down.
pub(super) struct Proved {
    pub(super) account: Account,
    _proof: Proof,
    renewed: Option<PasswordHash>,
}

impl SessionService {
    /// Logs an application's user in. Without `asked` the tokens carry all that the role gives.
    ///
    /// Where the stored password is another one by the time the log-in is written down, because somebody else's log-in
    /// has renewed it or because it was changed, what was entered is held against that one.
    pub async fn log_in(
        &self,
        actor: &Actor,
        form: LogIn,
        asked: Option<Scopes>,
    ) -> Result<Grant, LogInError> {
        let answer = again(|| self.begin_api(actor, &form, asked)).await;
        instruments::log_in(Channel::Api, &answer);
        answer
    }

    async fn begin_api(
        &self,
        actor: &Actor,
        form: &LogIn,
        asked: Option<Scopes>,
    ) -> Result<Grant, LogInError> {
        let proved = self.prove(actor, form, None).await?;
        let now = self.ids.now();
        let user = proved.account.user.clone().settled(now);
        let scopes = match asked {
            Some(asked) if !asked.is_within(user.role.scopes()) => {
                self.refuse(actor, self.store.begin().await?, user.id, "invalid-scope").await?;
                return Err(LogInError::InvalidScope);
            }
            Some(asked) => asked,
            None => user.role.scopes(),
        };
        let begun = self.new_session(actor, &user, Channel::Api, form.device_name.clone(), scopes, now);
        let session = &begun.session;
        let first = self.opaque_tokens.refresh(session.id, Generation::FIRST, None);
        let family = Family::begun(session.id, first.digest, self.client(actor), scopes, now);
        let grant = self.grant(session, user.standing(), &family, first.token)?;
        self.open(actor, proved, &begun, Some(&family), now).await?;
        Ok(grant)
    }

    /// Holds the password against the account, however long that takes, with no lock in hand.
    pub(super) async fn prove(
        &self,
        actor: &Actor,
        form: &LogIn,
        mark: Option<&str>,
    ) -> Result<Proved, LogInError> {
        self.check.room()?;
        let account = self.users.account(&form.login).await?;
        let device = mark.and_then(|mark| self.opaque_tokens.read_device_mark(mark, self.ids.now()));
        let counted_under = match (&account, &device) {
            (Some(Account { user, .. }), Some((owner, mark))) if user.id == *owner => {
                CountedUnder::Device(mark)
            }
            (Some(Account { user, .. }), _) => CountedUnder::Account(user.id),
            (None, _) => CountedUnder::Name(form.login.key()),
        };
        let attempt = Attempt {
            account: account.as_ref(),
            counted_under,
            password: &form.password,
            failure: EventKind::LogInFailed,
        };
        let proof = self.check.attempt(actor, attempt).await?;
        // An account that does not exist never matches, so there is one here.
        let account = account.ok_or(LogInError::InvalidCredentials)?;
        let renewed = if proof.is_outdated() { self.renew(&form.password).await } else { None };
        Ok(Proved { account, _proof: proof, renewed })
    }

    /// Writes down that somebody with the right password was not let in all the same.
    async fn refuse(
        &self,
        actor: &Actor,
        mut work: Box<dyn UnitOfWork>,
        id: UserId,
        reason: &'static str,
    ) -> Result<(), StoreError> {
        let mut event = actor.event(&self.ids, self.ids.now(), EventKind::LogInFailed, Some(id));
        event.detail.push(("reason".into(), reason.to_owned()));
        work.audit().record(&event).await?;
        work.commit().await
    }

    /// Hashes the password with today's parameters. A log-in never fails for want of it.
    async fn renew(&self, password: &Password) -> Option<PasswordHash> {
        let renewed: Result<PasswordHash, HashError> = self.hasher.hash(password).await;
        renewed.inspect_err(|error| tracing::warn!(%error, "a stored password was not renewed")).ok()
    }

    pub(super) fn new_session(
        &self,
        actor: &Actor,
        user: &User,
        channel: Channel,
        device_name: Option<DeviceName>,
        scopes: Scopes,
        now: Timestamp,
    ) -> BegunSession {
        let from_header = || actor.origin.user_agent.as_deref().and_then(DeviceName::from_user_agent);
        let session = Session {
            id: self.ids.session(now),
            user_id: user.id,
            channel,
            method: Method::Password,
            scopes,
            cookie_digest: None,
            created_at: now,
            last_used_at: now,
        };
        let device = Device { name: device_name.or_else(from_header), address: actor.origin.address };
        BegunSession { session, device }
    }

    /// Writes the log-in down, if the account is still what it was when its password was checked; otherwise that is a
    /// conflict.
    pub(super) async fn open(
        &self,
        actor: &Actor,
        proved: Proved,
        begun: &BegunSession,
        family: Option<&Family>,
        now: Timestamp,
    ) -> Result<(), LogInError> {
        let Proved { account, _proof, renewed } = proved;
        let id = account.user.id;
        let mut work = self.store.begin_shared().await?;
        let current = work.users().find(id).await?;
        let Some(current) = current.filter(|current| current.password_hash == account.password_hash) else {
            // Perhaps by somebody whose commit this one shares: it can be looked at once it is on disk.
            work.commit().await?;
            return Err(StoreError::Conflict.into());
        };
        if current.user.settled(now).status() != Status::Active {
            self.refuse(actor, work, id, "account-suspended").await?;
            return Err(LogInError::Suspended);
        }
        if let Some(renewed) = &renewed {
            work.users().set_password(id, renewed, now).await?;
            self.record(actor, work.as_mut(), EventKind::PasswordRehashed, &begun.session, now).await?;
        }
        work.sessions().insert(begun).await?;
        if let Some(family) = family {
            work.refresh_tokens().insert(family).await?;
        }
        work.users().record_log_in(id, now).await?;
        work.attempts().clear_of(id).await?;
        self.record(actor, work.as_mut(), EventKind::LoggedIn, &begun.session, now).await?;
        work.commit().await?;
        Ok(())
    }

    /// Writes an event about a session: whose it is, which one, and how it is carried.
    pub(super) async fn record(
        &self,
        actor: &Actor,
        work: &mut dyn UnitOfWork,
        kind: EventKind,
        session: &Session,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        work.audit().record(&self.event(actor, kind, session, now)).await
    }

    /// The event by itself.
    pub(super) fn event(&self, actor: &Actor, kind: EventKind, session: &Session, now: Timestamp) -> Event {
        let mut event = actor.event(&self.ids, now, kind, Some(session.user_id));
        event.detail = vec![
            ("session".into(), session.id.to_string()),
            ("channel".into(), session.channel.name().to_owned()),
        ];
        event
    }
}
