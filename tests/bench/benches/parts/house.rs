use super::Failure;
use application::Ids;
use application::keys::KeyService;
use application::sealing::Sealing;
use application::sessions::{SessionPorts, SessionService, SessionSettings};
use application::store::{Instance, KeyringDirectory as _, Saved, Store as _};
use application::tokens::OpaqueTokens as _;
use application::users::PasswordCheck;
use domain::Timestamp;
use domain::access::Role;
use domain::ids::SessionId;
use domain::keys::{Algorithm, Schedule};
use domain::sessions::{BegunSession, Channel, Device, DeviceName, Family, Generation, Method, Session};
use domain::users::{EmailAddress, Preferences, User, Username};
use domain::vault::PersonalData;
use domain::violation::Violation;
use persistence::{Settings, SqlStore};
use security::{
    Argon2id, Keyring, Parameters, RootKey, SealedTokens, SignedTokens, SystemClock, SystemEntropy, Turnstile,
};
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

const ROOT_KEY: &str = "4f1c6a8e0b7d3952c1a05e9f8d2746b3e6f0a1928374655c4b3d2e1f00ff5a77";

/// Where everybody logs in from.
pub(crate) const ADDRESS: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A keyring that is in use, and nowhere kept.
pub(crate) fn keyring() -> Result<Arc<Keyring>, Failure> {
    let keyring = Keyring::new(&RootKey::parse(ROOT_KEY)?);
    keyring.install(&keyring.first_keyring(true, Timestamp::from_micros(0)))?;
    Ok(Arc::new(keyring))
}

/// One thread, so that what is measured is not how threads are woken.
pub(crate) fn runtime() -> Result<Runtime, Failure> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// A service on SQLite in a folder of its own, with people who are logged in.
pub(crate) struct House {
    pub(crate) store: SqlStore,
    pub(crate) sessions: SessionService,
    /// The session and the refresh token of each.
    pub(crate) people: Vec<(SessionId, String)>,
    folder: TempDir,
}

impl House {
    /// Makes it.
    pub(crate) async fn with(people: usize) -> Result<Self, Failure> {
        let folder = tempfile::tempdir()?;
        let keyring = Arc::new(Keyring::new(&RootKey::parse(ROOT_KEY)?));
        let settings = |name| Settings::new(format!("sqlite:{}", folder.path().join(name).display()));
        let store = SqlStore::open(&settings("xtrem.db"), &settings("vault.db"), keyring.clone()).await?;
        store.migrate().await?;
        let ids = Ids::new(Arc::new(SystemClock), Arc::new(SystemEntropy));
        found(&store, &keyring, &ids).await?;
        let secret = keyring.tokens()?;
        let opaque = Arc::new(SealedTokens::new(&secret));
        let issuer = "https://accounts.example.test".to_owned();
        let access = Arc::new(SignedTokens::new(issuer.clone(), issuer, &secret));
        let stored = Arc::new(store.clone());
        let month = Duration::from_hours(30 * 24);
        let schedule = Schedule {
            algorithm: Algorithm::EdDsa,
            rotation: month,
            publication: month,
            verification: month,
        };
        KeyService::new(stored.clone(), stored.clone(), access.clone(), ids.clone(), schedule).open().await?;
        // It hashes nothing here, so it needs no room.
        let hasher = Arc::new(Argon2id::start(Parameters::default(), NonZeroUsize::MIN, NonZeroUsize::MIN)?);
        let throttle = Arc::new(Turnstile::open());
        let check = PasswordCheck::new(
            stored.clone(),
            stored.clone(),
            hasher.clone(),
            throttle,
            opaque.clone(),
            ids.clone(),
            true,
        );
        let mut tokens = Vec::with_capacity(people);
        for number in 0..people {
            tokens.push(log_in(&store, &opaque, &ids, number).await?);
        }
        let ports = SessionPorts {
            store: stored.clone(),
            users: stored.clone(),
            sessions: stored,
            hasher,
            check,
            access_tokens: access,
            opaque_tokens: opaque,
            ids,
        };
        let sessions = SessionService::new(ports, SessionSettings::default());
        Ok(Self { store, sessions, people: tokens, folder })
    }

    /// The file of the main database.
    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("xtrem.db")
    }
}

/// Does what the first start of the service does.
async fn found(store: &SqlStore, keyring: &Keyring, ids: &Ids) -> Result<(), Failure> {
    let now = ids.now();
    let instance = Instance {
        id: ids.instance(now),
        key_check: keyring.key_check(),
        created_at: now,
        administered_at: None,
    };
    let mut work = store.begin().await?;
    work.instance().establish(&instance).await?;
    for entry in keyring.first_keyring(true, now) {
        work.keyring().insert(&entry).await?;
    }
    work.commit().await?;
    Ok(keyring.install(&store.keyring().await?)?)
}

/// Takes somebody in and logs them in.
async fn log_in(
    store: &SqlStore,
    opaque: &SealedTokens,
    ids: &Ids,
    number: usize,
) -> Result<(SessionId, String), Failure> {
    let (now, name) = (ids.now(), format!("person{number}"));
    let user = User {
        id: ids.user(now),
        username: Username::parse(&name).map_err(refused)?,
        role: Role::User,
        role_end: None,
        suspension: None,
        preferences: Preferences::default(),
        created_at: now,
        updated_at: now,
        last_login_at: None,
        version: 1,
    };
    let email = EmailAddress::parse(&format!("{name}@people.example")).map_err(refused)?;
    let personal = PersonalData {
        email,
        full_name: None,
        bio: None,
        location: None,
        website: None,
        unreadable: Vec::new(),
    };
    let device = Device { name: DeviceName::from_user_agent("bench"), address: Some(ADDRESS) };
    let session = Session {
        id: ids.session(now),
        user_id: user.id,
        channel: Channel::Api,
        method: Method::Password,
        scopes: Role::User.scopes(),
        cookie_digest: None,
        created_at: now,
        // Not due for a note of its use as long as this runs: once a minute at most one refresh of many writes one.
        last_used_at: now.plus(Duration::from_hours(1)),
    };
    let id = session.id;
    let first = opaque.refresh(id, Generation::FIRST, None);
    let client = opaque.client_key("127.0.0.1\n");
    let family = Family::begun(id, first.digest, client, session.scopes, now);
    let mut work = store.begin().await?;
    if work.users().insert(&user, &personal.email, None).await? != Saved::Yes {
        return Err(format!("{name} is taken").into());
    }
    work.personal_data().put(user.id, &personal).await?;
    work.sessions().insert(&BegunSession { session, device }).await?;
    work.refresh_tokens().insert(&family).await?;
    work.commit().await?;
    Ok((id, first.token.expose().to_owned()))
}

fn refused(violation: Violation) -> Failure {
    format!("a value that the house refuses: {violation:?}").into()
}
