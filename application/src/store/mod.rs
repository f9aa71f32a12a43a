//! The stores, as the use cases need them.
//!
//! Two kinds of door. A *unit of work* is for changes: what it does happens altogether at [`UnitOfWork::commit`]
//! or not at all. A *directory* is for questions: it changes nothing and waits for nobody's changes.
//!
//! Absence is no error and an error is no absence: a search answers `Ok(None)`, and what could be a duplicate
//! answers in a type of its own.

mod audit;
mod health;
mod installation;
mod sessions;
mod statistics;
mod users;
mod vault;

pub use audit::*;
pub use health::*;
pub use installation::*;
pub use sessions::*;
pub use statistics::*;
pub use users::*;
pub use vault::*;

use crate::fault::{Describe, Fault, FaultKind};
use async_trait::async_trait;
use std::time::Duration;

/// Why a store could not do it.
#[derive(Clone, Debug, thiserror::Error)]
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

    /// The stable name of a conflict.
    pub(crate) const CONFLICT: &'static str = "conflict";
}

impl Describe for StoreError {
    fn fault(&self) -> Fault {
        match self {
            Self::Conflict => Fault::new(
                FaultKind::Conflict,
                Self::CONFLICT,
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

/// Changes that happen together or not at all. Dropping it undoes everything.
#[async_trait]
pub trait UnitOfWork: Send {
    /// Accounts.
    fn users(&mut self) -> &mut dyn UserRepository;
    /// The people behind them.
    fn personal_data(&mut self) -> &mut dyn PersonalDataRepository;
    /// Links to set a password.
    fn password_links(&mut self) -> &mut dyn PasswordLinkRepository;
    /// What people have to be told.
    fn notices(&mut self) -> &mut dyn NoticeRepository;
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
    /// The keys of the installation.
    fn keyring(&mut self) -> &mut dyn KeyringRepository;
    /// Tickets for a person's own data.
    fn export_tickets(&mut self) -> &mut dyn ExportTicketRepository;
    /// Who was erased.
    fn erasures(&mut self) -> &mut dyn ErasureRepository;
    /// The audit trail.
    fn audit(&mut self) -> &mut dyn AuditTrail;
    /// The chain of its events.
    fn chain(&mut self) -> &mut dyn ChainRepository;
    /// What was counted.
    fn statistics(&mut self) -> &mut dyn StatisticsRepository;

    /// Makes it all true at once; on disk before it returns. What concerns the vault is on disk there first, and counts
    /// from the moment at which this database points to it. Refused when any statement of it failed. Where the
    /// connection breaks before the answer, it is [`StoreError::Unavailable`], and the outcome is not known.
    async fn commit(self: Box<Self>) -> Result<(), StoreError>;
}

/// Begins units of work.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Store: Send + Sync {
    /// Begins one. Waits a bounded time for its turn, then answers [`StoreError::Unavailable`].
    async fn begin(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// The same for one of many: those that come at the same time may be committed together. Such a one may see what
    /// another has done that is not on disk yet, so what it saw may be told as true only after its own commit, also where
    /// it has changed nothing: that fails where the other's does.
    async fn begin_shared(&self) -> Result<Box<dyn UnitOfWork>, StoreError>;

    /// A unit of work of its own, for what is done so often that it has to be done by as few words as possible: puts the
    /// one family in the place of the other, notes the use, and records the event. On disk before it returns.
    /// [`StoreError::Conflict`] when what was read is no longer what is stored: of any number of exchanges of one token,
    /// one succeeds. Those that come at the same time may be done together; each stands or falls by itself, unless the
    /// database does not answer. Whoever goes away in the middle may find it done.
    async fn exchange(&self, exchange: Exchange) -> Result<(), StoreError>;
}
