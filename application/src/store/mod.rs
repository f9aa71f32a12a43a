//! The stores, as the use cases need them.
//!
//! Two kinds of door. A *unit of work* is for changes: what it does happens altogether at [`UnitOfWork::commit`]
//! or not at all. A *directory* is for questions: it changes nothing and waits for nobody's changes.
//!
//! Absence is no error and an error is no absence: a search answers `Ok(None)`, and what could be a duplicate
//! answers in a type of its own.

use crate::fault::{Describe, Fault, FaultKind};
use async_trait::async_trait;
use domain::Timestamp;
use domain::access::Role;
use domain::audit::Event;
use domain::ids::{InstanceId, SessionId, UserId};
use domain::keys::SigningKey;
use domain::sessions::{Attempts, Channel, Family, Session, TokenDigest};
use domain::users::{EmailAddress, LoginName, PasswordHash, Profile, Status, User};
use domain::vault::PersonalData;
use std::time::Duration;

/// Why a store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else has changed the same thing in the meantime.
    #[error("somebody else has just changed the same thing")]
    Conflict,
    /// The database is locked, full or gone; it may come back.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The database answered what it should not; the text is for the log.
    #[error("the database is broken: {0}")]
    Broken(String),
}

impl StoreError {
    /// How long a caller should wait for a database to come back.
    pub const RETRY_AFTER: Duration = Duration::from_secs(5);
}

impl Describe for StoreError {
    fn fault(&self) -> Fault {
        match self {
            Self::Conflict => Fault::new(
                FaultKind::Conflict,
                "conflict",
                "Somebody else has just changed the same thing. Look at it again, then try again.",
            ),
            Self::Unavailable(_) => Fault::new(
                FaultKind::Unavailable { retry_after: Self::RETRY_AFTER },
                "unavailable",
                "The service can't reach its data at this moment; try again in a few seconds.",
            ),
            Self::Broken(_) => {
                Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
            }
        }
    }
}

/// What became of an account that was to be stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It was.
    Yes,
    /// It was not: another account has a name that reads the same.
    UsernameTaken,
    /// It was not: another account has that e-mail address.
    EmailTaken,
}

/// An account and the password that opens it, as a log-in needs them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The account.
    pub user: User,
    /// Its password; `None` until its owner has set one.
    pub password_hash: Option<PasswordHash>,
}

/// A session and what decides whether it may still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSession {
    /// The session.
    pub session: Session,
    /// Whether its owner's account may be used.
    pub status: Status,
    /// Its owner's role at this moment.
    pub role: Role,
}

/// Changes accounts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// The account and its password. Nobody else changes them until this unit of work ends.
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// Stores a new account. A duplicate changes nothing, and the unit of work goes on.
    async fn insert(
        &mut self,
        user: &User,
        email: &EmailAddress,
        password_hash: &PasswordHash,
    ) -> Result<Saved, StoreError>;

    /// Stores a changed account under the next version. [`StoreError::Conflict`] when the stored one is not the
    /// version this one was made from; a duplicate changes nothing.
    async fn update(&mut self, user: &User, email: &EmailAddress) -> Result<Saved, StoreError>;

    /// Replaces the password.
    async fn set_password(
        &mut self,
        id: UserId,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes that somebody has logged in. Not a change of the account: its version stays.
    async fn record_log_in(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError>;

    /// Removes an account with its sessions, its tokens and its password. Says whether it was there.
    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError>;

    /// Whether there is an active administrator other than `id`.
    ///
    /// Only to be relied on after [`InstanceRepository::lock_administrators`].
    async fn has_administrator_besides(&mut self, id: UserId) -> Result<bool, StoreError>;
}

/// Changes what says who people are.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PersonalDataRepository: Send {
    /// The person behind an account.
    async fn find(&mut self, id: UserId) -> Result<Option<PersonalData>, StoreError>;

    /// Stores the person behind an account, in place of what was there.
    async fn put(&mut self, id: UserId, personal: &PersonalData) -> Result<(), StoreError>;

    /// Forgets the person behind an account.
    async fn remove(&mut self, id: UserId) -> Result<(), StoreError>;
}

/// Changes sessions.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionRepository: Send {
    /// The session, as this unit of work sees it.
    async fn find(&mut self, id: SessionId) -> Result<Option<LiveSession>, StoreError>;

    /// Stores a new session.
    async fn insert(&mut self, session: &Session) -> Result<(), StoreError>;

    /// Notes that a session was used.
    async fn record_use(&mut self, id: SessionId, now: Timestamp) -> Result<(), StoreError>;

    /// Gives a session another cookie; the old one stops working.
    async fn replace_cookie(&mut self, id: SessionId, digest: &TokenDigest) -> Result<(), StoreError>;

    /// Ends a session, and with it all that was derived from it. Says whether it was there.
    async fn end(&mut self, id: SessionId) -> Result<bool, StoreError>;

    /// Ends every session of a user but one, if one is to be kept. Says how many ended.
    async fn end_all_of(&mut self, user: UserId, except: Option<SessionId>) -> Result<u64, StoreError>;

    /// Removes at most `limit` sessions of a channel that were last used before the one moment or begun before the
    /// other. Says how many.
    async fn sweep(
        &mut self,
        channel: Channel,
        last_used_before: Timestamp,
        created_before: Timestamp,
        limit: u32,
    ) -> Result<u64, StoreError>;
}

/// Changes the families of refresh tokens.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait RefreshTokenRepository: Send {
    /// The family of a session.
    async fn find(&mut self, session: SessionId) -> Result<Option<Family>, StoreError>;

    /// Stores the family that a log-in begins.
    async fn insert(&mut self, family: &Family) -> Result<(), StoreError>;

    /// Puts `after` in the place of `before`. [`StoreError::Conflict`] when `before` is no longer what is stored:
    /// of any number of rotations of one token, one succeeds.
    async fn rotate(&mut self, before: &Family, after: &Family) -> Result<(), StoreError>;
}

/// Counts failed attempts at accounts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AttemptRepository: Send {
    /// The failures counted under a key. Nobody else changes the count until this unit of work ends.
    async fn find(&mut self, key: &TokenDigest) -> Result<Option<Attempts>, StoreError>;

    /// Stores a count. One that belongs to a user goes when the user goes.
    async fn put(
        &mut self,
        key: &TokenDigest,
        owner: Option<UserId>,
        attempts: &Attempts,
    ) -> Result<(), StoreError>;

    /// Forgets every count that belongs to a user. Says whether there was one.
    async fn clear_of(&mut self, owner: UserId) -> Result<bool, StoreError>;

    /// Forgets at most `limit` counts that belong to no user and have not grown since `before`. Says how many.
    async fn sweep(&mut self, before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Keeps signing keys.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SigningKeyRepository: Send {
    /// All keys that sign or verify, the current one first.
    async fn all(&mut self) -> Result<Vec<SigningKey>, StoreError>;

    /// Stores a key. Says `false` when it would be a second current one: somebody else was first.
    async fn insert(&mut self, key: &SigningKey) -> Result<bool, StoreError>;
}

/// What an installation knows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// Its identifier.
    pub id: InstanceId,
    /// What tells its root key from every other.
    pub key_check: TokenDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its first administrator was created.
    pub administered_at: Option<Timestamp>,
}

/// Keeps the one row about the installation itself.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait InstanceRepository: Send {
    /// The installation; stored from `fresh` when there is none yet. Of many that try at once, all get the same.
    async fn establish(&mut self, fresh: &Instance) -> Result<Instance, StoreError>;

    /// Notes that the first administrator exists. Says `false` when that was known already.
    async fn settle_administration(&mut self, now: Timestamp) -> Result<bool, StoreError>;

    /// Takes the turn of whoever changes who is administrator; the next one waits for the end of this unit of work.
    async fn lock_administrators(&mut self) -> Result<(), StoreError>;
}

/// Writes the audit trail.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AuditTrail: Send {
    /// Adds an event. It stands if, and only if, the unit of work does.
    async fn record(&mut self, event: &Event) -> Result<(), StoreError>;
}

/// Changes that happen together or not at all. Dropping it undoes everything.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Accounts.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// The people behind them.
    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository;
    /// Sessions.
    fn sessions(&mut self) -> &mut dyn SessionRepository;
    /// Their refresh tokens.
    fn refresh_tokens(&mut self) -> &mut dyn RefreshTokenRepository;
    /// Failed attempts.
    fn attempts(&mut self) -> &mut dyn AttemptRepository;
    /// Signing keys.
    fn signing_keys(&mut self) -> &mut dyn SigningKeyRepository;
    /// The installation.
    fn instance(&mut self) -> &mut dyn InstanceRepository;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditTrail;

    /// Makes it all true at once; on disk before it returns. Refused when any statement of it failed. Where the
    /// connection breaks before the answer, it is [`StoreError::Unavailable`], and the outcome is not known.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Begins units of work.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins one. Waits a bounded time for its turn, then answers [`StoreError::Unavailable`].
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// Whether the database can be read and written at this moment.
    async fn ready(&self) -> Result<(), StoreError>;
}

/// Answers questions about accounts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// The profile of a user.
    async fn profile(&self, id: UserId) -> Result<Option<Profile>, StoreError>;

    /// The account somebody names at a log-in.
    async fn account(&self, login: &LoginName) -> Result<Option<Account>, StoreError>;

    /// The account of a user.
    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// Profiles in the order of their making, at most `limit`, from the one after `after` on.
    async fn page(&self, after: Option<UserId>, limit: u32) -> Result<Vec<Profile>, StoreError>;
}

/// Answers questions about sessions.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait SessionDirectory: Send + Sync {
    /// The session and whether its owner may still use it: one read.
    async fn find(&self, id: SessionId) -> Result<Option<LiveSession>, StoreError>;
}

/// Answers questions about failed attempts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait AttemptDirectory: Send + Sync {
    /// The failures counted under a key.
    async fn find(&self, key: &TokenDigest) -> Result<Option<Attempts>, StoreError>;
}

/// Answers questions about the installation.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait InstanceDirectory: Send + Sync {
    /// The installation, once it was established.
    async fn find(&self) -> Result<Option<Instance>, StoreError>;
}
