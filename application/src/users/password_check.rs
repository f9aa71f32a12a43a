use crate::Ids;
use crate::actor::Actor;
use crate::audit::mention;
use crate::fault::{Describe, Fault, FaultKind};
use crate::hashing::{HashError, PasswordHasher, Verdict};
use crate::instruments;
use crate::store::{Account, AttemptDirectory, Store, StoreError};
use crate::throttle::{Refusal, Throttle, Turn};
use crate::tokens::OpaqueTokens;
use domain::audit::EventKind;
use domain::ids::UserId;
use domain::sessions::{Attempts, TokenDigest};
use domain::users::Password;
use std::sync::Arc;
use std::time::Duration;

/// The one place where an entered password is held against a stored one.
///
/// Whatever asks for a password goes through here, so that no path is without its limit: the address has a budget,
/// the account has a count, and the count is the same for every path that leads to it. An account that does not
/// exist is treated like one that does, step by step.
#[derive(Clone)]
pub struct PasswordCheck {
    store: Arc<dyn Store>,
    attempts: Arc<dyn AttemptDirectory>,
    hasher: Arc<dyn PasswordHasher>,
    throttle: Arc<dyn Throttle>,
    tokens: Arc<dyn OpaqueTokens>,
    ids: Ids,
    enabled: bool,
}

/// Why a password was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// It is not the password, or there is no such account.
    #[error("wrong password")]
    Wrong,
    /// The next attempt has to wait.
    #[error("too many attempts")]
    TooMany(Duration),
    /// There were so many that waiting does not help.
    #[error("the account is locked")]
    Locked,
    /// It could not be compared.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Describe for CheckError {
    fn fault(&self) -> Fault {
        match self {
            Self::Wrong => Fault::new(FaultKind::Forbidden, "wrong-password", "That is not your password."),
            Self::TooMany(retry_after) => Fault::new(
                FaultKind::TooMany { retry_after: *retry_after },
                "too-many-attempts",
                "There were too many attempts. Wait a little, then try again.",
            ),
            Self::Locked => Fault::new(
                FaultKind::TooMany { retry_after: LOCKED_RETRY_AFTER },
                "account-locked",
                "There were too many wrong passwords. Log in on a device you have used before. \
                 Ask an administrator of this service to unlock the account if that does not help.",
            ),
            Self::Hash(error) => error.fault(),
            Self::Store(error) => error.fault(),
        }
    }
}

/// When somebody may have unlocked a locked account.
const LOCKED_RETRY_AFTER: Duration = Duration::from_hours(1);

/// What the failures of an attempt are counted under.
///
/// Each kind has a beginning of its own, so that nothing that can be typed as a name stands for an account.
#[derive(Clone, Copy)]
pub(crate) enum CountedUnder<'a> {
    /// The account, for whoever comes to its door.
    Account(UserId),
    /// Its owner's session: failures of strangers at the door do not keep the owner from what is theirs.
    Member(UserId),
    /// A device on which its owner has logged in before: strangers can't shut it out.
    Device(&'a str),
    /// A name that no account has.
    Name(&'a str),
}

impl CountedUnder<'_> {
    fn text(self) -> String {
        match self {
            Self::Account(id) => format!("account:{id}"),
            Self::Member(id) => format!("member:{id}"),
            Self::Device(mark) => mark.to_owned(),
            Self::Name(name) => format!("name:{name}"),
        }
    }
}

/// An attempt at a password, before it is made.
pub(crate) struct Attempt<'a> {
    /// The account, if there is one.
    pub account: Option<&'a Account>,
    /// What a failure is counted under.
    pub counted_under: CountedUnder<'a>,
    /// What was entered.
    pub password: &'a Password,
    /// What a failure is called in the audit trail.
    pub failure: EventKind,
}

/// An entered password that is the right one. To be held until the unit of work that it opens the way for is
/// committed.
pub(crate) struct Proof {
    verdict: Verdict,
    /// Keeps the next attempt at the account waiting until the failures are forgotten.
    _turn: Box<dyn Turn>,
}

impl Proof {
    /// Whether the stored form should be renewed.
    pub(crate) const fn is_outdated(&self) -> bool {
        self.verdict.outdated
    }
}

/// What keeps an attempt from being made.
enum Limit {
    /// Its address has tried too often.
    Address(Duration),
    /// There were so many failures at the account that the next attempt has to wait, or too many wait there already.
    Account(Duration),
    /// There were so many that waiting does not help.
    Locked,
}

impl From<Refusal> for Limit {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Address(wait) => Self::Address(wait),
            Refusal::Account(wait) => Self::Account(wait),
        }
    }
}

impl Limit {
    /// Counts and logs that the attempt was not made, and says so to whoever made it.
    fn told(self, actor: &Actor, attempt: &Attempt<'_>) -> CheckError {
        let (by, error) = match self {
            Self::Address(wait) => ("address", CheckError::TooMany(wait)),
            Self::Account(wait) => ("account", CheckError::TooMany(wait)),
            Self::Locked => ("locked", CheckError::Locked),
        };
        instruments::throttled(by);
        let subject = attempt.account.map(|account| account.user.id);
        mention(actor, "attempt_throttled", subject, &format!("by={by}"));
        error
    }
}

impl PasswordCheck {
    /// Joins the ports it works through. `enabled` is false where an installation has turned throttling off.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        attempts: Arc<dyn AttemptDirectory>,
        hasher: Arc<dyn PasswordHasher>,
        throttle: Arc<dyn Throttle>,
        tokens: Arc<dyn OpaqueTokens>,
        ids: Ids,
        enabled: bool,
    ) -> Self {
        Self { store, attempts, hasher, throttle, tokens, ids, enabled }
    }

    /// Sends somebody away for whom no password can be compared at this moment. To be asked before anything is looked up:
    /// that is what a refusal costs when ten times as many log in as can be served, and an account that exists is refused
    /// as one that does not.
    pub(crate) fn room(&self) -> Result<(), CheckError> {
        Ok(self.hasher.room()?)
    }

    /// Makes an attempt. The hash is worked out without any lock in hand; a failure is written down before it is told.
    pub(crate) async fn attempt(&self, actor: &Actor, attempt: Attempt<'_>) -> Result<Proof, CheckError> {
        let address = actor.origin.address;
        let counted_under = attempt.counted_under.text();
        let turn = self.throttle.enter(address, &counted_under).await;
        let turn = turn.map_err(|refusal| Limit::from(refusal).told(actor, &attempt))?;
        let key = self.tokens.attempt_key(&counted_under);
        let failures = self.attempts.find(&key).await?;
        if let Some(failures) = failures.filter(|_| self.enabled) {
            self.admit(failures).map_err(|limit| limit.told(actor, &attempt))?;
        }
        let stored = attempt.account.and_then(|account| account.password_hash.clone());
        let verdict = self.hasher.verify(attempt.password, &stored).await?;
        if verdict.matches {
            return Ok(Proof { verdict, _turn: turn });
        }
        let recorded = self.record_failure(actor, &attempt, &key).await;
        turn.failed();
        recorded?;
        Err(CheckError::Wrong)
    }

    async fn record_failure(
        &self,
        actor: &Actor,
        attempt: &Attempt<'_>,
        key: &TokenDigest,
    ) -> Result<(), StoreError> {
        let now = self.ids.now();
        let subject = attempt.account.map(|account| account.user.id);
        let mut work = self.store.begin_shared().await?;
        // Counted from what is stored now: another replica may have counted in the meantime.
        let before = work.attempts().find(key).await?;
        work.attempts().put(key, subject, &Attempts::failed(before, now)).await?;
        work.audit().record(&actor.event(&self.ids, now, attempt.failure, subject)).await?;
        work.commit().await
    }

    fn admit(&self, failures: Attempts) -> Result<(), Limit> {
        if failures.are_too_many() {
            return Err(Limit::Locked);
        }
        failures.wait(self.ids.now()).map_or(Ok(()), |wait| Err(Limit::Account(wait)))
    }
}
