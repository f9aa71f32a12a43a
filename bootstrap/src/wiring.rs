//! Every part of the house, built once, from the ground up.

use crate::backups::Backups;
use crate::config::Config;
use crate::failure::Failure;
use crate::ground::{self, Ground};
use crate::server::App;
use ::telemetry::traces::Joiner;
use application::access::AccessService;
use application::admin::{AdminPorts, AdminService};
use application::audit::{AuditPorts, AuditService};
use application::health::HealthService;
use application::keys::KeyService;
use application::sealing::Documents;
use application::sessions::{SessionPorts, SessionService};
use application::throttle::Throttle;
use application::users::{PasswordCheck, UserPorts, UserService};
use application::vault::VaultService;
use machine::FileSystems;
use security::{Argon2id, Purpose, SealedTokens, SignedTokens, SystemClock, TokenSecret, Turnstile};
use std::num::{NonZeroU32, NonZeroUsize};
use std::path::PathBuf;
use std::sync::Arc;

/// The use cases on their ports, and what has to be known or closed beside them.
pub struct House {
    pub users: Arc<UserService>,
    pub sessions: Arc<SessionService>,
    pub admin: Arc<AdminService>,
    pub keys: Arc<KeyService>,
    pub audit: Arc<AuditService>,
    pub access: Arc<AccessService>,
    pub vault: Arc<VaultService>,
    pub backups: Backups,
    pub health: Arc<HealthService>,
    pub disks: Arc<FileSystems>,
    pub documents: Arc<dyn Documents>,
    pub ground: Ground,
    hasher: Arc<Argon2id>,
    secret: TokenSecret,
}

impl House {
    /// Opens the databases, makes sure that they are of this version and belong together with the root key, and builds
    /// everything on them.
    ///
    /// `public_url` goes into tokens as who issued them; `workers` hash passwords.
    pub async fn open(config: &Config, public_url: &str, workers: NonZeroUsize) -> Result<Self, Failure> {
        let ground = ground::open(config, None).await?;
        let secret = ground.keyring.tokens().map_err(|error| Failure::of(&error))?;
        let (stored, keyring, ids) = (ground.store.clone(), ground.keyring.clone(), ground.ids.clone());
        let clock = Arc::new(SystemClock);
        let passwords = &config.passwords;
        let hasher =
            Arc::new(Argon2id::start(passwords.cost.clone(), workers, passwords.queue).map_err(|error| {
                Failure::Failed(format!("no thread can be started to hash passwords: {error}"))
            })?);
        let opaque_tokens = Arc::new(SealedTokens::new(&secret));
        let access_tokens =
            Arc::new(SignedTokens::new(public_url.to_owned(), public_url.to_owned(), &secret));
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
        let users = UserPorts {
            store: stored.clone(),
            directory: stored.clone(),
            sessions: stored.clone(),
            events: stored.clone(),
            vault: stored.clone(),
            hasher: hasher.clone(),
            check,
            tokens: opaque_tokens.clone(),
            documents: keyring.clone(),
            ids: ids.clone(),
        };
        let keys =
            KeyService::new(stored.clone(), stored.clone(), access_tokens, ids.clone(), config.schedule());
        let (keys, disks) = (Arc::new(keys), Arc::new(file_systems(config)));
        let health =
            HealthService::new(stored.clone(), keys.clone(), disks.clone(), ids.clone(), config.least_free);
        let health = Arc::new(health);
        let admin = AdminService::new(AdminPorts {
            store: stored.clone(),
            instance: stored.clone(),
            users: stored.clone(),
            events: stored.clone(),
            statistics: stored.clone(),
            health: health.clone(),
            hasher: hasher.clone(),
            tokens: opaque_tokens,
            ids: ids.clone(),
        });
        let audit = AuditPorts {
            store: stored.clone(),
            events: stored.clone(),
            chain: stored.clone(),
            users: stored.clone(),
            sealing: keyring.clone(),
            documents: keyring.clone(),
            ledger: ground.ledger.clone(),
            ids: ids.clone(),
        };
        let audit = Arc::new(AuditService::new(audit, config.audit.retention));
        Ok(Self {
            users: Arc::new(UserService::new(users, passwords.policy)),
            sessions: Arc::new(SessionService::new(ports, config.sessions)),
            admin: Arc::new(admin),
            keys,
            audit: audit.clone(),
            access: Arc::new(AccessService::new(stored, ids)),
            vault: ground.vault.clone(),
            backups: Backups::on(&ground, &audit, config)?,
            health,
            disks,
            documents: keyring,
            ground,
            hasher,
            secret,
        })
    }

    /// The service: the API, and the pages for every other path. Each request is joined to the trace it belongs to.
    pub fn app(&self, config: &Config, public_url: &str, traces: Option<Joiner>) -> App {
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
                csrf_key: *self.secret.derive(Purpose::Csrf).as_bytes(),
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
                health: self.health.clone(),
                documents: self.documents.clone(),
                ids: self.ground.ids.clone(),
            },
            http_api::Settings {
                public_url: public_url.to_owned(),
                trusted_proxies: config.server.trusted_proxies.clone(),
                request_timeout: config.server.request_timeout,
                version: env!("CARGO_PKG_VERSION"),
                join_trace: traces.map(|traces| -> http_api::JoinTrace {
                    Arc::new(move |span, parent| {
                        traces.join(span, parent.map(|it| (it.trace_id, it.parent_id, it.sampled)))
                    })
                }),
            },
            pages,
        )
    }

    /// Measures what can be seen of connections and threads without asking anybody.
    pub fn observe(&self) {
        self.ground.store.observe();
        self.hasher.observe();
    }

    /// Closes the databases, after whatever is still being written.
    pub async fn close(&self) {
        self.ground.close().await;
    }
}

/// Where this installation writes files, and what: a full disk ends every log-in where requests have something written,
/// and nothing but a log or a backup elsewhere.
pub fn file_systems(config: &Config) -> FileSystems {
    let database = |database| ground::settings(database).file();
    let needed = [
        ("data", Some(config.data_dir.clone())),
        ("database", database(&config.database)),
        ("vault", database(&config.vault.database)),
        ("heads", Some(config.audit.heads_file.clone())),
        ("erasures", Some(config.vault.erasures_file.clone())),
    ];
    let others = [("log", config.log.dir.clone()), ("backup", config.backup.dir.clone())];
    let written = |(place, path): (&'static str, Option<PathBuf>)| Some((place, path?));
    FileSystems::under(
        needed.into_iter().filter_map(written).collect(),
        others.into_iter().filter_map(written).collect(),
    )
}
