//! Accounts, the people behind them, and what they have to be told.

use super::{ExportTicket, StoreError};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::UserId;
use domain::notices::Notice;
use domain::sessions::TokenDigest;
use domain::users::{EmailAddress, LoginName, PasswordHash, Profile, User, UserQuery};
use domain::vault::PersonalData;

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

/// Changes accounts.
#[allow(clippy::ref_option_ref, reason = "mockall's own code")]
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait UserRepository: Send {
    /// The account and its password. Nobody else changes them until this unit of work ends.
    async fn find(&mut self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// Stores a new account with a data key of its own, without a password until its owner sets one. A duplicate changes
    /// nothing, and the unit of work goes on.
    #[allow(
        clippy::needless_lifetimes,
        reason = "mockall mocks an optional reference only with its lifetime named"
    )]
    async fn insert<'a>(
        &mut self,
        user: &User,
        email: &EmailAddress,
        password_hash: Option<&'a PasswordHash>,
    ) -> Result<Saved, StoreError>;

    /// Stores a changed account under the next version; `email` is its address where that has changed.
    /// [`StoreError::Conflict`] when the stored one is not the version this one was made from; a duplicate changes
    /// nothing.
    #[allow(
        clippy::needless_lifetimes,
        reason = "mockall mocks an optional reference only with its lifetime named"
    )]
    async fn update<'a>(&mut self, user: &User, email: Option<&'a EmailAddress>)
    -> Result<Saved, StoreError>;

    /// Replaces the password.
    async fn set_password(
        &mut self,
        id: UserId,
        password_hash: &PasswordHash,
        now: Timestamp,
    ) -> Result<(), StoreError>;

    /// Notes that somebody has logged in. Not a change of the account: its version stays.
    async fn record_log_in(&mut self, id: UserId, now: Timestamp) -> Result<(), StoreError>;

    /// Removes an account with everything that hangs on it, the key of its data before all. Says whether it was there.
    async fn delete(&mut self, id: UserId) -> Result<bool, StoreError>;

    /// Whether there is an active administrator other than `id` who has a password, and not only for a time.
    ///
    /// Only to be relied on after [`InstanceRepository::lock_administrators`](super::InstanceRepository).
    async fn has_administrator_besides(&mut self, id: UserId) -> Result<bool, StoreError>;

    /// At most `limit` accounts whose role or whose suspension has ended by itself by `now` and still stands written.
    async fn outdated(&mut self, now: Timestamp, limit: u32) -> Result<Vec<UserId>, StoreError>;
}

/// Changes what says who people are.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PersonalDataRepository: Send {
    /// The person behind an account. What does not open is named; that is an alarm in the log, and no error.
    async fn find(&mut self, id: UserId) -> Result<Option<PersonalData>, StoreError>;

    /// Stores the person behind an account, in place of what was there. Refused ([`StoreError::Unavailable`]) while
    /// something of it does not open: it would be lost for ever.
    async fn put(&mut self, id: UserId, personal: &PersonalData) -> Result<(), StoreError>;

    /// Forgets the person behind an account.
    async fn remove(&mut self, id: UserId) -> Result<(), StoreError>;
}

/// A link by which a person sets their password, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PasswordLink {
    /// Whose password.
    pub user_id: UserId,
    /// The digest of its secret.
    pub digest: TokenDigest,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// Changes the links by which people set their passwords; each person has at most one.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PasswordLinkRepository: Send {
    /// Stores a link in the place of the one before it.
    async fn put(&mut self, link: &PasswordLink) -> Result<(), StoreError>;

    /// Takes a link out of use. Says whether it was there: of any number of uses of one link, one succeeds.
    async fn take(&mut self, user: UserId, digest: &TokenDigest) -> Result<bool, StoreError>;

    /// Takes the link of a person out of use, whatever its secret. Says whether there was one.
    async fn remove(&mut self, user: UserId) -> Result<bool, StoreError>;

    /// Removes at most `limit` links that stopped working before that moment. Says how many.
    async fn sweep(&mut self, expired_before: Timestamp, limit: u32) -> Result<u64, StoreError>;
}

/// Changes what people have to be told.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait NoticeRepository: Send {
    /// Stores one.
    async fn insert(&mut self, notice: &Notice) -> Result<(), StoreError>;

    /// Forgets those of a person that are not younger than `until`. Says how many there were.
    async fn dismiss(&mut self, user: UserId, until: Timestamp) -> Result<u64, StoreError>;
}

/// Answers questions about accounts.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait UserDirectory: Send + Sync {
    /// The profile of a user.
    async fn profile(&self, id: UserId) -> Result<Option<Profile>, StoreError>;

    /// The same for that user themselves, to be shown to them and to decide nothing: nothing is read where it was read less
    /// than a second ago and nothing that was changed through this store since could have changed it. Where other nodes may
    /// have changed it, it is read each time.
    async fn own_profile(&self, id: UserId) -> Result<Option<Profile>, StoreError>;

    /// The account somebody names at a log-in.
    async fn account(&self, login: &LoginName) -> Result<Option<Account>, StoreError>;

    /// The account of a user.
    async fn account_of(&self, id: UserId) -> Result<Option<Account>, StoreError>;

    /// At most `limit` profiles that the query asks for, in its order. Costs the same on the first page and on the
    /// last, among ten accounts and among a million.
    ///
    /// Roles and states are those that are written down: what ends by itself may lag by the time between two sweeps.
    async fn page(&self, query: &UserQuery, limit: u32) -> Result<Vec<Profile>, StoreError>;

    /// The link by which a person may set their password.
    async fn password_link(&self, id: UserId) -> Result<Option<PasswordLink>, StoreError>;

    /// The ticket by which a person may fetch their own data.
    async fn export_ticket(&self, id: UserId) -> Result<Option<ExportTicket>, StoreError>;

    /// What a person has to be told, the latest first, at most `limit`.
    async fn notices(&self, id: UserId, limit: u32) -> Result<Vec<Notice>, StoreError>;
}
