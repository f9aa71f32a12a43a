//! What is in force, as the rest of the program takes it.

use application::sessions::SessionSettings;
use domain::keys::{Algorithm, Schedule};
use domain::users::PasswordPolicy;
use http_api::Network;
use secrecy::{ExposeSecret, SecretString};
use security::Parameters;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

/// What is in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// `data.dir`: where files live that Xtrem makes.
    pub data_dir: PathBuf,
    /// `server.*`.
    pub server: Server,
    /// `database.*`.
    pub database: Database,
    /// `vault.*`.
    pub vault: Vault,
    /// `keys.*`.
    pub keys: Keys,
    /// `passwords.*`.
    pub passwords: Passwords,
    /// `throttle.*`: attempts per address and minute; `None` where throttling is off.
    pub attempts_per_minute: Option<u32>,
    /// `sessions.*`.
    pub sessions: SessionSettings,
    /// `audit.*`.
    pub audit: Audit,
    /// `backup.*`.
    pub backup: Backup,
    /// `log.*`.
    pub log: Log,
    /// `traces.*`; `None` where no collector is named.
    pub traces: Option<Traces>,
    /// `metrics.listen`: where Prometheus asks; `None` where it is switched off.
    pub metrics_listen: Option<SocketAddr>,
    /// `health.minimum_free_mib`: how many bytes have to be free where Xtrem writes.
    pub least_free: u64,
}

impl Config {
    /// How much longer than its tokens a signing key verifies: clocks differ, and a token that was signed at the last
    /// moment still has to get to whoever asks with it.
    const MARGIN: Duration = Duration::from_secs(30);

    /// When signing keys are made, sign and go. A key has to outlive what it signs, which follows from the sessions.
    pub fn schedule(&self) -> Schedule {
        let Keys { algorithm, rotation, publication, .. } = self.keys;
        Schedule { algorithm, rotation, publication, verification: self.sessions.access_token + Self::MARGIN }
    }
}

/// How the service is reached.
#[derive(Clone, Debug)]
pub struct Server {
    /// Where it listens.
    pub listen: SocketAddr,
    /// What people call it, without a slash at the end; `None`: whatever it listens on.
    pub public_url: Option<String>,
    /// Whose word on a client's address counts: addresses and blocks.
    pub trusted_proxies: Vec<Network>,
    /// The most time from the head of a request to its answer.
    pub request_timeout: Duration,
    /// The most time for the head of a request.
    pub header_timeout: Duration,
    /// The most connections at a time.
    pub max_connections: usize,
    /// The most time for what is still going on when the service is told to stop.
    pub shutdown_grace: Duration,
    /// How long requests are still taken after that, while readiness already says no.
    pub drain: Duration,
}

/// Where data is.
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:PATH` or a `postgres:` URL.
    pub url: SecretString,
    /// How many questions it answers at a time.
    pub connections: u32,
    /// How long one waits for a turn to write.
    pub patience: Duration,
}

impl Database {
    /// Whether a server keeps the data, or a file on this machine.
    pub fn is_postgres(&self) -> bool {
        is_postgres(self.url.expose_secret())
    }
}

/// Where what says who people are is kept, and the list of those who are none any more.
#[derive(Clone, Debug)]
pub struct Vault {
    /// The second database.
    pub database: Database,
    /// The list of erased people, which survives a database that is put back from a copy.
    pub erasures_file: PathBuf,
}

/// How the audit trail is kept.
#[derive(Clone, Debug)]
pub struct Audit {
    /// Where its signed heads are written.
    pub heads_file: PathBuf,
    /// How long events are kept; `None`: for ever.
    pub retention: Option<Duration>,
}

/// When copies are made by themselves, and of which kind.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Where they go.
    pub dir: Option<PathBuf>,
    /// How long after one the next is made; `None`: never.
    pub every: Option<Duration>,
    /// How many are kept.
    pub keep: usize,
    /// Whose key opens them; `None`: they are not sealed beyond what the databases seal.
    pub recipient: Option<String>,
    /// Where `pg_dump` is, and `pg_restore` beside it; `None`: wherever they are found.
    pub pg_dump: Option<PathBuf>,
}

/// What everything secret is derived from, and how access tokens are signed.
#[derive(Clone, Debug)]
pub struct Keys {
    /// Where the root key comes from.
    pub root: KeySource,
    /// How new signing keys sign.
    pub algorithm: Algorithm,
    /// How long a key signs.
    pub rotation: Duration,
    /// How long a key is published before it signs.
    pub publication: Duration,
}

/// Where the root key comes from.
#[derive(Clone, Debug)]
pub enum KeySource {
    /// It was given by value.
    Value(SecretString),
    /// It stands in a file, or will.
    File(PathBuf),
    /// The service manager hands it in, as a file that only this service can get at.
    Credential(PathBuf),
}

/// What passwords have to withstand, and what hashing them costs.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// What a new one has to withstand.
    pub policy: PasswordPolicy,
    /// What a hash costs.
    pub cost: Parameters,
    /// How many are hashed at a time.
    pub workers: NonZeroUsize,
    /// How many may wait.
    pub queue: NonZeroUsize,
}

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// The form.
    pub format: LogFormat,
    /// What is told, in the language of `RUST_LOG`.
    pub filter: String,
    /// Whether somebody has chosen that, or it is the default.
    pub is_asked_for: bool,
    /// Where files go beside the stream; `None`: there are none.
    pub dir: Option<PathBuf>,
    /// How many days of them are kept.
    pub keep_days: usize,
}

/// Where spans go.
#[derive(Clone, Debug)]
pub struct Traces {
    /// The collector, with the path that takes traces.
    pub endpoint: String,
    /// What it wants to be told beside them: names and values of HTTP fields.
    pub headers: Vec<(String, SecretString)>,
    /// Which part of the traces that begin here is told: 0 to 1.
    pub ratio: f64,
}

/// For whom a log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

impl LogFormat {
    /// The name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// Whether a URL names a PostgreSQL server.
pub(super) fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}
