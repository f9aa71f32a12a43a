use super::Stage;
use crate::Ids;
use crate::access::AccessService;
use crate::admin::{AdminPorts, AdminService};
use crate::audit::{AuditPorts, AuditService};
use crate::hashing::PasswordHasher;
use crate::health::HealthService;
use crate::keys::KeyService;
use crate::ledger::Ledger;
use crate::sealing::{Documents, Sealing};
use crate::sessions::{SessionPorts, SessionService};
use crate::store::{
    AuditDirectory, ChainDirectory, InstanceDirectory, KeyringDirectory, SessionDirectory,
    StatisticsDirectory, Store, UserDirectory, VaultKeeper,
};
use crate::testing::doubles::{CountedEntropy, FixedClock, NotedHasher, RecordingThrottle};
use crate::testing::journal::Journal;
use crate::tokens::{AccessTokens, OpaqueTokens};
use crate::users::{PasswordCheck, UserPorts, UserService};
use crate::vault::{VaultPorts, VaultService};
use std::sync::Arc;

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
    /// How the service is.
    pub health: Arc<HealthService>,
    /// The audit trail.
    pub audit: Arc<AuditService>,
    /// The vault.
    pub vault: Arc<VaultService>,
    /// Refusals.
    pub access: Arc<AccessService>,
    /// What all of them sign by.
    pub documents: Arc<dyn Documents>,
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

/// The ports that more than one service goes through.
struct Shared {
    store: Arc<dyn Store>,
    users: Arc<dyn UserDirectory>,
    sessions: Arc<dyn SessionDirectory>,
    events: Arc<dyn AuditDirectory>,
    instance: Arc<dyn InstanceDirectory>,
    keeper: Arc<dyn VaultKeeper>,
    sealing: Arc<dyn Sealing>,
    documents: Arc<dyn Documents>,
    ledger: Arc<dyn Ledger>,
    hasher: Arc<dyn PasswordHasher>,
    access_tokens: Arc<dyn AccessTokens>,
    opaque_tokens: Arc<dyn OpaqueTokens>,
    check: PasswordCheck,
    ids: Ids,
}

impl Stage {
    /// Less room than this, in bytes, is too little.
    pub const LEAST_FREE: u64 = 64 * 1024 * 1024;

    /// Joins everything into the services.
    #[must_use]
    pub fn open(self) -> House {
        let ids = Ids::new(Arc::new(self.clock.clone()), Arc::new(CountedEntropy::default()));
        let store: Arc<dyn Store> = Arc::new(self.store);
        let hasher: Arc<dyn PasswordHasher> = Arc::new(NotedHasher {
            journal: self.journal.clone(),
            hasher: self.hasher,
            full: self.hasher_is_full,
        });
        let opaque_tokens: Arc<dyn OpaqueTokens> = Arc::new(self.opaque_tokens);
        let check = PasswordCheck::new(
            store.clone(),
            Arc::new(self.attempts),
            hasher.clone(),
            Arc::new(self.throttle.clone()),
            opaque_tokens.clone(),
            ids.clone(),
            self.throttled,
        );
        let shared = Shared {
            store,
            users: Arc::new(self.users),
            sessions: Arc::new(self.sessions),
            events: Arc::new(self.events),
            instance: Arc::new(self.instance),
            keeper: Arc::new(self.keeper),
            sealing: Arc::new(self.sealing),
            documents: Arc::new(self.documents),
            ledger: Arc::new(self.ledger),
            hasher,
            access_tokens: Arc::new(self.access_tokens),
            opaque_tokens,
            check,
            ids,
        };
        let Shared { store, access_tokens, check, ids, .. } = &shared;
        let keys = Arc::new(KeyService::new(
            store.clone(),
            Arc::new(self.signing_keys),
            access_tokens.clone(),
            ids.clone(),
            self.schedule,
        ));
        keys.assume(self.installed);
        let health = Arc::new(HealthService::new(
            Arc::new(self.health),
            keys.clone(),
            Arc::new(self.disks),
            ids.clone(),
            Self::LEAST_FREE,
        ));
        House {
            users: Arc::new(UserService::new(shared.user_ports(), self.policy)),
            sessions: Arc::new(SessionService::new(shared.session_ports(), self.settings)),
            admin: Arc::new(AdminService::new(shared.admin_ports(Arc::new(self.statistics), health.clone()))),
            keys,
            health,
            audit: Arc::new(AuditService::new(shared.audit_ports(Arc::new(self.chain)), self.retention)),
            vault: Arc::new(VaultService::new(shared.vault_ports(Arc::new(self.keyring)))),
            access: Arc::new(AccessService::new(store.clone(), ids.clone())),
            documents: shared.documents.clone(),
            check: check.clone(),
            ids: ids.clone(),
            throttle: self.throttle,
            clock: self.clock,
            journal: self.journal,
        }
    }
}

impl Shared {
    fn user_ports(&self) -> UserPorts {
        UserPorts {
            store: self.store.clone(),
            directory: self.users.clone(),
            sessions: self.sessions.clone(),
            events: self.events.clone(),
            vault: self.keeper.clone(),
            hasher: self.hasher.clone(),
            check: self.check.clone(),
            tokens: self.opaque_tokens.clone(),
            documents: self.documents.clone(),
            ids: self.ids.clone(),
        }
    }

    fn session_ports(&self) -> SessionPorts {
        SessionPorts {
            store: self.store.clone(),
            users: self.users.clone(),
            sessions: self.sessions.clone(),
            hasher: self.hasher.clone(),
            check: self.check.clone(),
            access_tokens: self.access_tokens.clone(),
            opaque_tokens: self.opaque_tokens.clone(),
            ids: self.ids.clone(),
        }
    }

    fn admin_ports(
        &self,
        statistics: Arc<dyn StatisticsDirectory>,
        health: Arc<HealthService>,
    ) -> AdminPorts {
        AdminPorts {
            store: self.store.clone(),
            instance: self.instance.clone(),
            users: self.users.clone(),
            events: self.events.clone(),
            statistics,
            health,
            hasher: self.hasher.clone(),
            tokens: self.opaque_tokens.clone(),
            ids: self.ids.clone(),
        }
    }

    fn audit_ports(&self, chain: Arc<dyn ChainDirectory>) -> AuditPorts {
        AuditPorts {
            store: self.store.clone(),
            events: self.events.clone(),
            chain,
            users: self.users.clone(),
            sealing: self.sealing.clone(),
            documents: self.documents.clone(),
            ledger: self.ledger.clone(),
            ids: self.ids.clone(),
        }
    }

    fn vault_ports(&self, keyring: Arc<dyn KeyringDirectory>) -> VaultPorts {
        VaultPorts {
            store: self.store.clone(),
            instance: self.instance.clone(),
            keyring,
            keeper: self.keeper.clone(),
            sealing: self.sealing.clone(),
            documents: self.documents.clone(),
            ledger: self.ledger.clone(),
            ids: self.ids.clone(),
        }
    }
}
