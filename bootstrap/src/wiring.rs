//! Every part of the house, built once, from the ground up.

use crate::config::Config;
use crate::failure::Failure;
use crate::ground;
use crate::server::App;
use application::Ids;
use application::access::AccessService;
use application::admin::{AdminPorts, AdminService};
use application::audit::AuditService;
use application::keys::KeyService;
use application::sessions::{SessionPorts, SessionService};
use application::throttle::Throttle;
use application::users::{PasswordCheck, UserService};
use persistence::SqlStore;
use security::{
    Argon2id, Purpose, RootKey, SealedTokens, SignedTokens, SystemClock, SystemEntropy, Turnstile,
};
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;

/// The use cases on their ports, and what has to be known or closed beside them.
pub struct House {
    pub users: Arc<UserService>,
    pub sessions: Arc<SessionService>,
    pub admin: Arc<AdminService>,
    pub keys: Arc<KeyService>,
    pub audit: Arc<AuditService>,
    pub access: Arc<AccessService>,
    ids: Ids,
    root: RootKey,
    store: SqlStore,
}

impl House {
    /// Opens the database, makes sure that it is of this version and of this root key, and builds everything on it.
    ///
    /// `public_url` goes into tokens as who issued them; `workers` hash passwords.
    pub async fn open(config: &Config, public_url: &str, workers: NonZeroUsize) -> Result<Self, Failure> {
        let (store, root) = ground::open(config).await?;
        let stored = Arc::new(store.clone());
        let clock = Arc::new(SystemClock);
        let ids = Ids::new(clock.clone(), Arc::new(SystemEntropy));
        let passwords = &config.passwords;
        let hasher =
            Arc::new(Argon2id::start(passwords.cost.clone(), workers, passwords.queue).map_err(|error| {
                Failure::Failed(format!("no thread can be started to hash passwords: {error}"))
            })?);
        let opaque_tokens = Arc::new(SealedTokens::new(&root));
        let access_tokens = Arc::new(SignedTokens::new(public_url.to_owned(), public_url.to_owned(), &root));
        let attempts_per_minute = config.attempts_per_minute.and_then(NonZeroU32::new);
        let throttle: Arc<dyn Throttle> = match attempts_per_minute {
            Some(attempts) => Arc::new(Turnstile::new(clock, attempts)),
            None => Arc::new(Turnstile::open()),
        };
        let check = PasswordCheck::new(
            stored.clone(),
            stored.clone(),
            hasher.clone(),
            throttle,
            opaque_tokens.clone(),
            ids.clone(),
            attempts_per_minute.is_some(),
        );
        let ports = SessionPorts {
            store: stored.clone(),
            users: stored.clone(),
            sessions: stored.clone(),
            hasher: hasher.clone(),
            check: check.clone(),
            access_tokens: access_tokens.clone(),
            opaque_tokens: opaque_tokens.clone(),
            ids: ids.clone(),
        };
        let users = UserService::new(
            stored.clone(),
            stored.clone(),
            hasher.clone(),
            check,
            opaque_tokens.clone(),
            ids.clone(),
            passwords.policy,
        );
        let admin = AdminService::new(AdminPorts {
            store: stored.clone(),
            instance: stored.clone(),
            users: stored.clone(),
            events: stored.clone(),
            statistics: stored.clone(),
            hasher,
            tokens: opaque_tokens,
            ids: ids.clone(),
        });
        let keys =
            KeyService::new(stored.clone(), stored.clone(), access_tokens, ids.clone(), config.schedule());
        let audit = AuditService::new(stored.clone(), stored.clone(), stored.clone(), ids.clone());
        admin.establish(root.key_check()).await.map_err(|error| Failure::of(&error))?;
        Ok(Self {
            users: Arc::new(users),
            sessions: Arc::new(SessionService::new(ports, config.sessions)),
            admin: Arc::new(admin),
            keys: Arc::new(keys),
            audit: Arc::new(audit),
            access: Arc::new(AccessService::new(stored, ids.clone())),
            ids,
            root,
            store,
        })
    }

    /// The service: the API, and the pages for every other path.
    pub fn app(&self, config: &Config, public_url: &str) -> App {
        let pages = web_ui::pages(
            web_ui::Services {
                users: self.users.clone(),
                sessions: self.sessions.clone(),
                admin: self.admin.clone(),
                keys: self.keys.clone(),
                audit: self.audit.clone(),
            },
            &web_ui::Settings {
                public_url: public_url.to_owned(),
                csrf_key: *self.root.derive(Purpose::Csrf).as_bytes(),
            },
        );
        http_api::app(
            http_api::Services {
                users: self.users.clone(),
                sessions: self.sessions.clone(),
                admin: self.admin.clone(),
                keys: self.keys.clone(),
                audit: self.audit.clone(),
                access: self.access.clone(),
                ids: self.ids.clone(),
            },
            http_api::Settings {
                public_url: public_url.to_owned(),
                trusted_proxies: config.server.trusted_proxies.clone(),
                request_timeout: config.server.request_timeout,
                version: env!("CARGO_PKG_VERSION"),
            },
            pages,
        )
    }

    /// Closes the database, after whatever is still being written.
    pub async fn close(&self) {
        self.store.close().await;
    }
}
