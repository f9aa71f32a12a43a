//! The keys: what each sets, its default, its bounds.

use super::layers::{Place, Sources};
use super::model::{Config, Keys, Passwords, Server};
use super::reader::Reader;
use super::{operation, secrets, storage, values};
use application::sessions::SessionSettings;
use domain::sessions::Lifetimes;
use security::{Argon2id, Parameters};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

const DAY: u32 = 86_400;
const TEN_YEARS: u32 = 3_650 * DAY;

/// Reads every key. `None` when one could not be read; why has been noted.
pub(super) fn read(reader: &mut Reader, sources: &Sources) -> Option<Config> {
    let data_dir = reader.value("data.dir", "./data", values::path);
    let folder = data_dir.clone().unwrap_or_default();
    let server = server(reader);
    let database = storage::database(reader, &folder);
    let vault = storage::vault(reader, &folder);
    let keys = keys(reader, sources, &folder);
    let passwords = passwords(reader);
    let attempts_per_minute = throttle(reader);
    let sessions = sessions(reader);
    let audit = storage::audit(reader, &folder);
    let backup = storage::backup(reader);
    let log = operation::log(reader, sources.terminal);
    let traces = operation::traces(reader);
    let metrics_listen = operation::metrics_listen(reader, server.as_ref());
    let least_free = operation::least_free(reader);
    Some(Config {
        data_dir: data_dir?,
        server: server?,
        database: database?,
        vault: vault?,
        keys: keys?,
        passwords: passwords?,
        attempts_per_minute: attempts_per_minute?,
        sessions: sessions?,
        audit: audit?,
        backup: backup?,
        log: log?,
        traces: traces?,
        metrics_listen: metrics_listen?,
        least_free: least_free?,
    })
}

fn server(reader: &mut Reader) -> Option<Server> {
    let listen = reader.value("server.listen", "127.0.0.1:8080", values::address);
    let public_url = public_url(reader, listen);
    let trusted_proxies = reader.value("server.trusted_proxies", "", values::networks);
    let request_timeout = reader.value("server.request_timeout_seconds", "30", values::seconds(3_600));
    let header_timeout = reader.value("server.header_timeout_seconds", "10", values::seconds(300));
    let max_connections = reader.value("server.max_connections", "10000", values::number(1..=1_000_000));
    let shutdown_grace = reader.value("server.shutdown_grace_seconds", "30", values::seconds(3_600));
    let drain = reader.value("server.drain_seconds", "0", values::seconds_within(0..=300));
    Some(Server {
        listen: listen?,
        public_url: public_url?,
        trusted_proxies: trusted_proxies?,
        request_timeout: request_timeout?,
        header_timeout: header_timeout?,
        max_connections: max_connections?,
        shutdown_grace: shutdown_grace?,
        drain: drain?,
    })
}

/// Links, issuers and cookies are made from it, never from what a client says of a host. So it has to be known
/// where anybody but this machine can ask.
#[allow(clippy::option_option, reason = "absent and refused are two answers")]
fn public_url(reader: &mut Reader, listen: Option<SocketAddr>) -> Option<Option<String>> {
    let given = reader.optional("server.public_url", values::public_url)?;
    let Some(listen) = listen else {
        return Some(given);
    };
    let is_local = listen.ip().is_loopback();
    match &given {
        None if is_local => {
            let default = Place::Default("follows from server.listen");
            reader.tell("server.public_url", values::quoted(&format!("http://{listen}")), default);
        }
        None => {
            let text = format!(
                "is missing, and {listen} can be reached from other machines; set it to the address that people \
                 use, such as https://accounts.example.com"
            );
            reader.refuse("server.public_url", None, text);
            return None;
        }
        Some(url) if url.starts_with("http://") && !values::is_loopback_url(url) => reader.warn(format!(
            "server.public_url is {url}: without https, passwords and sessions can be read on the way. Put a proxy \
             with a certificate in front, and say https here."
        )),
        Some(_) => {}
    }
    Some(given)
}

fn keys(reader: &mut Reader, sources: &Sources, folder: &Path) -> Option<Keys> {
    let root = secrets::root_key(reader, sources, folder);
    let algorithm = reader.value("keys.algorithm", "EdDSA", values::algorithm);
    let days = reader.value("keys.rotation_days", "90", values::number(1..=3_650u32));
    let publication =
        reader.value("keys.publication_seconds", &DAY.to_string(), values::seconds_within(0..=30 * DAY));
    let (days, publication) = (days?, publication?);
    let rotation = Duration::from_secs(u64::from(days) * u64::from(DAY));
    if publication >= rotation {
        let given = |reader: &Reader, key| reader.place_of(key).filter(|place| place.height() > 0);
        let (key, place) = match given(reader, "keys.publication_seconds") {
            Some(place) => ("keys.publication_seconds", Some(place)),
            None => ("keys.rotation_days", given(reader, "keys.rotation_days")),
        };
        let text = format!(
            "a key would be published for {} seconds and sign for {days} days: the next one would be due before it \
             signs; publish keys for a shorter time than they sign",
            publication.as_secs()
        );
        reader.refuse(key, place, text);
        return None;
    }
    Some(Keys { root: root?, algorithm: algorithm?, rotation, publication })
}

fn passwords(reader: &mut Reader) -> Option<Passwords> {
    let policy = reader.value("passwords.minimum_length", "12", values::policy);
    let memory = reader.value("passwords.memory_kib", "19456", values::number(1..=u32::MAX));
    let iterations = reader.value("passwords.iterations", "2", values::number(1..=u32::MAX));
    let parallelism = reader.value("passwords.parallelism", "1", values::number(1..=u32::MAX));
    let workers = reader.derived("passwords.workers", "0", "one for each core", values::number(0..=256usize));
    let queue = reader.value("passwords.queue", "64", values::number(1..=100_000usize));
    let cost = match Parameters::new(memory?, iterations?, parallelism?) {
        Ok(cost) => cost,
        Err(error) => {
            let place = reader.place_of("passwords.memory_kib").filter(|place| place.height() > 0);
            reader.refuse("passwords.memory_kib, iterations, parallelism", place, error.to_string());
            return None;
        }
    };
    let workers = NonZeroUsize::new(workers?).unwrap_or_else(Argon2id::available_cores);
    Some(Passwords { policy: policy?, cost, workers, queue: NonZeroUsize::new(queue?)? })
}

#[allow(clippy::option_option, reason = "switched off and refused are two answers")]
fn throttle(reader: &mut Reader) -> Option<Option<u32>> {
    let enabled = reader.value("throttle.enabled", "true", values::switch);
    let attempts = reader.value("throttle.attempts_per_minute", "30", values::number(1..=1_000_000));
    if enabled == Some(false) {
        reader.warn("throttle.enabled is false: passwords can be guessed as fast as they can be hashed.");
    }
    Some(enabled?.then_some(attempts?))
}

fn sessions(reader: &mut Reader) -> Option<SessionSettings> {
    let days = |days: u32| (days * DAY).to_string();
    let access_token = reader.value("sessions.access_token_seconds", "600", values::seconds(DAY));
    let idle = reader.value("sessions.idle_lifetime_seconds", &days(14), values::seconds(TEN_YEARS));
    let absolute = reader.value("sessions.absolute_lifetime_seconds", &days(30), values::seconds(TEN_YEARS));
    let web_idle = reader.value("sessions.web_idle_lifetime_seconds", "3600", values::seconds(TEN_YEARS));
    let web_absolute =
        reader.value("sessions.web_absolute_lifetime_seconds", &days(1), values::seconds(TEN_YEARS));
    let admin_absolute =
        reader.value("sessions.web_admin_absolute_lifetime_seconds", "43200", values::seconds(TEN_YEARS));
    let grace = reader.value("sessions.refresh_grace_seconds", "10", values::seconds_within(0..=60));
    Some(SessionSettings {
        access_token: access_token?,
        api: Lifetimes { idle: idle?, absolute: absolute? },
        web: Lifetimes { idle: web_idle?, absolute: web_absolute? },
        web_admin: Lifetimes { idle: web_idle?, absolute: admin_absolute? },
        refresh_grace: grace?,
    })
}
