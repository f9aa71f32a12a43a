//! Where data is kept: the two databases, what stands in files outside of them, and copies.

use super::layers::Place;
use super::model::{Audit, Backup, Database, Vault, is_postgres};
use super::reader::Reader;
use super::secrets::{self, Given};
use super::values;
use secrecy::{ExposeSecret, SecretString};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a service waits for a turn to write; whoever has asked it waits as long.
const PATIENCE: Duration = Duration::from_secs(5);

/// How the settings of one database are called.
struct Names {
    url: &'static str,
    url_file: &'static str,
    connections: &'static str,
    /// Its file inside `data.dir`, where nothing else is said.
    file: &'static str,
}

const MAIN: Names = Names {
    url: "database.url",
    url_file: "database.url_file",
    connections: "database.connections",
    file: "xtrem.db",
};
const VAULT: Names = Names {
    url: "vault.url",
    url_file: "vault.url_file",
    connections: "vault.connections",
    file: "vault.db",
};

/// The first database.
pub(super) fn database(reader: &mut Reader, folder: &Path) -> Option<Database> {
    one(reader, &MAIN, folder)
}

/// The second one. By default a file too, also where a server keeps the first: it may not have to be the same server,
/// so nobody can say which.
pub(super) fn vault(reader: &mut Reader, folder: &Path) -> Option<Vault> {
    let database = one(reader, &VAULT, folder);
    let erasures_file = file(reader, "vault.erasures_file", folder, "erasures.ndjson");
    Some(Vault { database: database?, erasures_file: erasures_file? })
}

/// How the audit trail is kept.
pub(super) fn audit(reader: &mut Reader, folder: &Path) -> Option<Audit> {
    let heads_file = file(reader, "audit.heads_file", folder, "audit-heads.ndjson");
    let days = reader.value("audit.retention_days", "0", values::number(0..=36_500u32));
    let retention = days.map(|days| (days > 0).then(|| Duration::from_hours(24 * u64::from(days))));
    Some(Audit { heads_file: heads_file?, retention: retention? })
}

/// When copies are made.
pub(super) fn backup(reader: &mut Reader) -> Option<Backup> {
    let dir = reader.optional("backup.dir", values::path);
    let hours = reader.value("backup.every_hours", "0", values::number(0..=8_760u32));
    let keep = reader.value("backup.keep", "7", values::number(1..=10_000usize));
    let recipient = reader.optional("backup.recipient", values::recipient);
    let pg_dump = reader.optional("backup.pg_dump", values::path);
    let (dir, hours) = (dir?, hours?);
    if hours > 0 && dir.is_none() {
        let place = reader.place_of("backup.every_hours");
        let text = "copies are to be made, but nobody knows where: name a folder with backup.dir";
        reader.refuse("backup.every_hours", place, text);
        return None;
    }
    let every = (hours > 0).then(|| Duration::from_hours(hours.into()));
    Some(Backup { dir, every, keep: keep?, recipient: recipient?, pg_dump: pg_dump? })
}

/// The path of a file that is inside `data.dir` unless something else is said.
fn file(reader: &mut Reader, key: &'static str, folder: &Path, name: &str) -> Option<PathBuf> {
    let default = folder.join(name);
    reader.derived(key, &default.to_string_lossy(), "inside data.dir", values::path)
}

fn one(reader: &mut Reader, names: &Names, folder: &Path) -> Option<Database> {
    let url = url(reader, names, folder);
    let is_server = url.as_ref().is_some_and(|url| is_postgres(url.expose_secret()));
    let (default, why) = if is_server { ("10", "for PostgreSQL") } else { ("4", "readers of SQLite") };
    let connections = reader.derived(names.connections, default, why, values::number(1..=200));
    Some(Database { url: url?, connections: connections?, patience: PATIENCE })
}

fn url(reader: &mut Reader, names: &Names, folder: &Path) -> Option<SecretString> {
    let (url, key, place) = match secrets::either(reader, names.url, names.url_file) {
        Given::Neither => {
            let path = folder.join(names.file);
            let url = SecretString::from(format!("sqlite:{}", path.display()));
            (url, names.url, Place::Default("inside data.dir"))
        }
        Given::File(file) => {
            let (url, place) = secrets::content(reader, names.url_file, &file)?;
            (url, names.url_file, place)
        }
        Given::Value(entry) => match secrets::value(&entry) {
            Ok(url) => (url, names.url, entry.place),
            Err(text) => {
                reader.refuse(names.url, Some(entry.place), text);
                return None;
            }
        },
    };
    if !names_a_database(url.expose_secret()) {
        let would_do = "write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE";
        reader.refuse(key, Some(place), format!("names no database that Xtrem knows; {would_do}"));
        return None;
    }
    reader.tell(names.url, values::quoted(&secrets::without_password(&url)), place);
    Some(url)
}

fn names_a_database(url: &str) -> bool {
    let path = url.strip_prefix("sqlite:").map(|path| path.strip_prefix("//").unwrap_or(path));
    is_postgres(url) || path.map_or(!url.contains(':'), |path| !path.is_empty() && !path.starts_with(':'))
}
