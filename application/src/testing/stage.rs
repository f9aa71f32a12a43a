mod house;

pub use house::House;

use super::doubles::{FixedClock, RecordingThrottle};
use super::journal::Journal;
use super::samples;
use super::staged_work::{StagedWork, stage};
use crate::disk::{Disk, MockDisks, Room};
use crate::hashing::MockPasswordHasher;
use crate::ledger::MockLedger;
use crate::sealing::{MockDocuments, MockSealing};
use crate::sessions::SessionSettings;
use crate::store::{
    Half, MockAttemptDirectory, MockAuditDirectory, MockChainDirectory, MockInstanceDirectory,
    MockKeyringDirectory, MockSessionDirectory, MockSigningKeyDirectory, MockStatisticsDirectory, MockStore,
    MockStoreHealth, MockUserDirectory, MockVaultKeeper, StoreError,
};
use crate::tokens::{MockAccessTokens, MockOpaqueTokens};
use domain::keys::{Schedule, SigningKey};
use domain::users::PasswordPolicy;
use std::time::Duration;

/// A mock of every port, on which a test says what it expects before it opens the house.
pub struct Stage {
    /// Units of work; usually filled by [`Stage::begins`].
    pub store: MockStore,
    /// Questions about accounts.
    pub users: MockUserDirectory,
    /// Questions about sessions.
    pub sessions: MockSessionDirectory,
    /// Questions about failed attempts.
    pub attempts: MockAttemptDirectory,
    /// Questions about the installation.
    pub instance: MockInstanceDirectory,
    /// Questions about what happened.
    pub events: MockAuditDirectory,
    /// Questions about the chain of it.
    pub chain: MockChainDirectory,
    /// Questions about what was counted.
    pub statistics: MockStatisticsDirectory,
    /// Questions about signing keys.
    pub signing_keys: MockSigningKeyDirectory,
    /// Questions about the keys of the installation.
    pub keyring: MockKeyringDirectory,
    /// The signing keys that are in use when the house opens.
    pub installed: Vec<SigningKey>,
    /// How the databases are; see [`Stage::keeps_well`].
    pub health: MockStoreHealth,
    /// How much room there is.
    pub disks: MockDisks,
    /// What stands between the two databases.
    pub keeper: MockVaultKeeper,
    /// Seals; see [`Stage::digests`].
    pub sealing: MockSealing,
    /// Signatures; see [`Stage::signs`].
    pub documents: MockDocuments,
    /// Books outside of the databases.
    pub ledger: MockLedger,
    /// Passwords.
    pub hasher: MockPasswordHasher,
    /// Whether no more passwords are taken for hashing.
    pub hasher_is_full: bool,
    /// Access tokens.
    pub access_tokens: MockAccessTokens,
    /// All other tokens.
    pub opaque_tokens: MockOpaqueTokens,
    /// Who comes how often.
    pub throttle: RecordingThrottle,
    /// The time, which begins at [`samples::NOW`].
    pub clock: FixedClock,
    /// The order of what happens.
    pub journal: Journal,
    /// What a new password must withstand.
    pub policy: PasswordPolicy,
    /// How long sessions last.
    pub settings: SessionSettings,
    /// When signing keys come and go.
    pub schedule: Schedule,
    /// For how long events are kept; for ever without it.
    pub retention: Option<Duration>,
    /// Whether failed attempts make the next one wait.
    pub throttled: bool,
}

impl Stage {
    /// A stage on which nothing is expected; `None` only if the default policy for passwords were no policy.
    #[must_use]
    pub fn new() -> Option<Self> {
        let journal = Journal::default();
        Some(Self {
            store: MockStore::new(),
            users: MockUserDirectory::new(),
            sessions: MockSessionDirectory::new(),
            attempts: MockAttemptDirectory::new(),
            instance: MockInstanceDirectory::new(),
            events: MockAuditDirectory::new(),
            chain: MockChainDirectory::new(),
            statistics: MockStatisticsDirectory::new(),
            signing_keys: MockSigningKeyDirectory::new(),
            keyring: MockKeyringDirectory::new(),
            installed: Vec::new(),
            keeper: MockVaultKeeper::new(),
            health: MockStoreHealth::new(),
            disks: MockDisks::new(),
            sealing: MockSealing::new(),
            documents: MockDocuments::new(),
            ledger: MockLedger::new(),
            hasher: MockPasswordHasher::new(),
            hasher_is_full: false,
            access_tokens: MockAccessTokens::new(),
            opaque_tokens: MockOpaqueTokens::new(),
            throttle: RecordingThrottle::new(&journal),
            clock: FixedClock::at(samples::NOW),
            journal,
            policy: samples::policy()?,
            settings: SessionSettings::default(),
            schedule: samples::SCHEDULE,
            retention: None,
            throttled: true,
        })
    }

    /// A unit of work of this stage, to be filled with expectations and given back by [`Stage::begins`].
    #[must_use]
    pub fn work(&self) -> StagedWork {
        StagedWork::new(&self.journal)
    }

    /// Expects that these units of work, and no others, are begun in this order.
    pub fn begins(&mut self, works: impl IntoIterator<Item = StagedWork>) {
        stage(&mut self.store, works);
    }

    /// Lets documents be signed and verified, any number of times: what [`samples::signature`] says is genuine.
    pub fn signs(&mut self) {
        self.documents.expect_sign().returning(samples::signature);
        self.documents
            .expect_verify()
            .returning(|kind, text, signature| signature == samples::signature(kind, text));
        self.documents.expect_jwks().returning(|| samples::DOCUMENT_KEYS.to_owned());
    }

    /// Lets everything be as it should be, any number of times: both databases answer, a key signs, and there is room.
    pub fn keeps_well(&mut self) {
        self.looks(|_| Ok(()), 0);
    }

    /// Lets the main database be gone, and a migration be missing, any number of times.
    pub fn falls_ill(&mut self) {
        self.looks(
            |half| match half {
                Half::Main => Err(StoreError::Unavailable("gone".to_owned())),
                Half::Vault => Ok(()),
            },
            1,
        );
    }

    /// What was said of the health before is forgotten.
    fn looks(&mut self, ready: fn(Half) -> Result<(), StoreError>, missing_migrations: usize) {
        self.installed = vec![samples::signing_key(1, samples::NOW)];
        self.health = MockStoreHealth::new();
        self.health.expect_ready().returning(ready);
        self.health.expect_missing_migrations().returning(move || Ok(missing_migrations));
        self.disks = MockDisks::new();
        let room = Room { free: Self::LEAST_FREE * 2, size: Self::LEAST_FREE * 4 };
        self.disks
            .expect_look()
            .returning(move || vec![Disk { place: "data", is_needed: true, room: Ok(room) }]);
    }

    /// Lets digests, commitments and links be made, any number of times: [`samples::fingerprint`] is what they are
    /// made by.
    pub fn digests(&mut self) {
        self.sealing.expect_digest().returning(samples::fingerprint);
        self.sealing.expect_commitment().returning(samples::commitment);
        self.sealing.expect_link().returning(samples::link);
    }
}
