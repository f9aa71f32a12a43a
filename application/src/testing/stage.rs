use super::doubles::{CountedEntropy, FixedClock, NotedHasher, RecordingThrottle};
use super::journal::Journal;
use super::samples;
use super::staged_work::{StagedWork, stage};
use crate::Ids;
use crate::access::AccessService;
use crate::admin::{AdminPorts, AdminService};
use crate::audit::AuditService;
use crate::hashing::{MockPasswordHasher, PasswordHasher};
use crate::keys::KeyService;
use crate::sessions::{SessionPorts, SessionService, SessionSettings};
use crate::store::{
    AuditDirectory, MockAttemptDirectory, MockAuditDirectory, MockInstanceDirectory, MockSessionDirectory,
    MockSigningKeyDirectory, MockStatisticsDirectory, MockStore, MockUserDirectory, Store, UserDirectory,
};
use crate::tokens::{AccessTokens, MockAccessTokens, MockOpaqueTokens, OpaqueTokens};
use crate::users::{PasswordCheck, UserService};
use domain::keys::Schedule;
use domain::users::PasswordPolicy;
use std::sync::Arc;

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
    /// Questions about what was counted.
    pub statistics: MockStatisticsDirectory,
    /// Questions about signing keys.
    pub signing_keys: MockSigningKeyDirectory,
    /// Passwords.
    pub hasher: MockPasswordHasher,
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
    /// Whether failed attempts make the next one wait.
    pub throttled: bool,
}

/// The services of a stage, and what the test goes on watching.
pub struct House {
    /// Accounts.
    pub users: Arc<UserService>,
    /// Sessions.
    pub sessions: Arc<SessionService>,
    /// The installation.
    pub admin: Arc<AdminService>,
    /// Signing keys.
    pub keys: Arc<KeyService>,
    /// The audit trail.
    pub audit: Arc<AuditService>,
    /// Refusals.
    pub access: Arc<AccessService>,
    /// What all of them check passwords by.
    pub check: PasswordCheck,
    /// Identifiers, drawn from the same clock and the same chance.
    pub ids: Ids,
    /// Who came how often.
    pub throttle: RecordingThrottle,
    /// The time.
    pub clock: FixedClock,
    /// The order of what happened.
    pub journal: Journal,
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
            statistics: MockStatisticsDirectory::new(),
            signing_keys: MockSigningKeyDirectory::new(),
            hasher: MockPasswordHasher::new(),
            access_tokens: MockAccessTokens::new(),
            opaque_tokens: MockOpaqueTokens::new(),
            throttle: RecordingThrottle::new(&journal),
            clock: FixedClock::at(samples::NOW),
            journal,
            policy: samples::policy()?,
            settings: SessionSettings::default(),
            schedule: samples::SCHEDULE,
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

    /// Joins everything into the services.
    #[must_use]
    pub fn open(self) -> House {
        let ids = Ids::new(Arc::new(self.clock.clone()), Arc::new(CountedEntropy::default()));
        let store: Arc<dyn Store> = Arc::new(self.store);
        let directory: Arc<dyn UserDirectory> = Arc::new(self.users);
        let events: Arc<dyn AuditDirectory> = Arc::new(self.events);
        let access_tokens: Arc<dyn AccessTokens> = Arc::new(self.access_tokens);
        let opaque_tokens: Arc<dyn OpaqueTokens> = Arc::new(self.opaque_tokens);
        let hasher: Arc<dyn PasswordHasher> =
            Arc::new(NotedHasher { journal: self.journal.clone(), hasher: self.hasher });
        let check = PasswordCheck::new(
            store.clone(),
            Arc::new(self.attempts),
            hasher.clone(),
            Arc::new(self.throttle.clone()),
            opaque_tokens.clone(),
            ids.clone(),
            self.throttled,
        );
        let users = UserService::new(
            store.clone(),
            directory.clone(),
            hasher.clone(),
            check.clone(),
            opaque_tokens.clone(),
            ids.clone(),
            self.policy,
        );
        let admin = AdminService::new(AdminPorts {
            store: store.clone(),
            instance: Arc::new(self.instance),
            users: directory.clone(),
            events: events.clone(),
            statistics: Arc::new(self.statistics),
            hasher: hasher.clone(),
            tokens: opaque_tokens.clone(),
            ids: ids.clone(),
        });
        let keys = KeyService::new(
            store.clone(),
            Arc::new(self.signing_keys),
            access_tokens.clone(),
            ids.clone(),
            self.schedule,
        );
        let audit = AuditService::new(store.clone(), events, directory.clone(), ids.clone());
        let access = AccessService::new(store.clone(), ids.clone());
        let ports = SessionPorts {
            store,
            users: directory,
            sessions: Arc::new(self.sessions),
            hasher,
            check: check.clone(),
            access_tokens,
            opaque_tokens,
            ids: ids.clone(),
        };
        House {
            users: Arc::new(users),
            sessions: Arc::new(SessionService::new(ports, self.settings)),
            admin: Arc::new(admin),
            keys: Arc::new(keys),
            audit: Arc::new(audit),
            access: Arc::new(access),
            check,
            ids,
            throttle: self.throttle,
            clock: self.clock,
            journal: self.journal,
        }
    }
}
