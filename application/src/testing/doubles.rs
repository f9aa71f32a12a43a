use super::journal::{Journal, held};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::hashing::{HashError, MockPasswordHasher, PasswordHasher, Verdict};
use crate::throttle::{Refusal, Throttle, Turn};
use async_trait::async_trait;
use domain::Timestamp;
use domain::ids::Randomness;
use domain::users::{Password, PasswordHash};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A clock that stands still until it is moved. Clones show the same time.
#[derive(Clone, Debug)]
pub struct FixedClock(Arc<AtomicI64>);

impl FixedClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.as_micros())))
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.as_micros(), Ordering::SeqCst);
    }

    /// Moves it on.
    pub fn advance(&self, span: Duration) {
        self.set(self.now().plus(span));
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

/// A source of chance that counts 1, 2, 3 …: every draw differs, and every run is the same.
#[derive(Debug, Default)]
pub struct CountedEntropy(AtomicU64);

impl Entropy for CountedEntropy {
    fn randomness(&self) -> Randomness {
        let count = self.0.fetch_add(1, Ordering::SeqCst) + 1;
        let mut randomness = Randomness::default();
        randomness[2..].copy_from_slice(&count.to_be_bytes());
        randomness
    }
}

type Entry = (Option<IpAddr>, String);

/// A throttle that lets everybody in, or nobody, and remembers who came. Clones remember the same.
#[derive(Clone, Debug, Default)]
pub struct RecordingThrottle {
    journal: Journal,
    entered: Arc<Mutex<Vec<Entry>>>,
    refusal: Arc<Mutex<Option<Refusal>>>,
}

impl RecordingThrottle {
    /// A throttle that lets everybody in and writes `enter` and `failed` into `journal`.
    #[must_use]
    pub fn new(journal: &Journal) -> Self {
        Self { journal: journal.clone(), ..Self::default() }
    }

    /// Lets nobody in from now on: everybody's address is told to wait this long.
    pub fn refuse(&self, wait: Duration) {
        *held(&self.refusal) = Some(Refusal::Address(wait));
    }

    /// Lets nobody in from now on: too many wait at each account, and everybody is told to wait this long.
    pub fn crowd(&self, wait: Duration) {
        *held(&self.refusal) = Some(Refusal::Account(wait));
    }

    /// Who came: from which address, and at which account.
    #[must_use]
    pub fn entered(&self) -> Vec<(Option<IpAddr>, String)> {
        held(&self.entered).clone()
    }
}

#[async_trait]
impl Throttle for RecordingThrottle {
    async fn enter(&self, address: Option<IpAddr>, account: &str) -> Result<Box<dyn Turn>, Refusal> {
        self.journal.note("enter");
        held(&self.entered).push((address, account.to_owned()));
        match *held(&self.refusal) {
            Some(refusal) => Err(refusal),
            None => Ok(Box::new(RecordedTurn(self.journal.clone()))),
        }
    }
}

struct RecordedTurn(Journal);

impl Turn for RecordedTurn {
    fn failed(self: Box<Self>) {
        self.0.note("failed");
    }
}

impl Drop for RecordedTurn {
    fn drop(&mut self) {
        self.0.note("leave");
    }
}

/// A mocked hasher whose calls stand in the journal.
pub(super) struct NotedHasher {
    pub(super) journal: Journal,
    pub(super) hasher: MockPasswordHasher,
    pub(super) full: bool,
}

#[async_trait]
impl PasswordHasher for NotedHasher {
    fn room(&self) -> Result<(), HashError> {
        if self.full { Err(HashError::Busy) } else { Ok(()) }
    }

    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.journal.note("hash");
        self.hasher.hash(password).await
    }

    async fn verify(&self, password: &Password, stored: &Option<PasswordHash>) -> Result<Verdict, HashError> {
        self.journal.note("verify");
        self.hasher.verify(password, stored).await
    }
}
