//! What people can do, on a real store and with real hashes.

use crate::Database;
use application::Ids;
use application::hashing::PasswordHasher;
use application::sessions::{SessionPorts, SessionService, SessionSettings};
use application::users::{PasswordCheck, UserPorts, UserService};
use domain::users::PasswordPolicy;
use persistence::SqlStore;
use security::{Argon2id, Parameters, SealedTokens, SignedTokens, SystemClock, SystemEntropy, Turnstile};
use std::num::NonZeroUsize;
use std::sync::Arc;

/// The services, on one store.
pub(crate) struct Services {
    pub(crate) users: UserService,
    pub(crate) sessions: SessionService,
}

/// Hashes as cheaply as is allowed with two passes, and otherwise with three.
pub(crate) fn hasher(iterations: u32) -> Arc<dyn PasswordHasher> {
    let parameters = Parameters::new(19_456, iterations, 1).unwrap();
    let (workers, queue) = (NonZeroUsize::new(2).unwrap(), NonZeroUsize::new(64).unwrap());
    Arc::new(Argon2id::start(parameters, workers, queue).unwrap())
}

pub(crate) fn services(
    database: &Database,
    store: &SqlStore,
    hasher: &Arc<dyn PasswordHasher>,
) -> Arc<Services> {
    let (store, hasher, documents) = (Arc::new(store.clone()), Arc::clone(hasher), database.keyring());
    let secret = documents.tokens().unwrap();
    let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
    let tokens = Arc::new(SealedTokens::new(&secret));
    let check = PasswordCheck::new(
        store.clone(),
        store.clone(),
        hasher.clone(),
        Arc::new(Turnstile::open()),
        tokens.clone(),
        ids.clone(),
        false,
    );
    let sessions = SessionPorts {
        store: store.clone(),
        users: store.clone(),
        sessions: store.clone(),
        hasher: hasher.clone(),
        check: check.clone(),
        access_tokens: Arc::new(SignedTokens::new("here".to_owned(), "here".to_owned(), &secret)),
        opaque_tokens: tokens.clone(),
        ids: ids.clone(),
    };
    let users = UserPorts {
        store: store.clone(),
        directory: store.clone(),
        sessions: store.clone(),
        events: store.clone(),
        vault: store,
        hasher,
        check,
        tokens,
        documents,
        ids,
    };
    Arc::new(Services {
        users: UserService::new(users, PasswordPolicy::new(12).unwrap()),
        sessions: SessionService::new(sessions, SessionSettings::default()),
    })
}
