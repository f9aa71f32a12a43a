use super::layers::{CREDENTIALS, Entry, Place, Raw, Sources};
use super::model::KeySource;
use super::reader::Reader;
use super::values;
use secrecy::{ExposeSecret, SecretString};
use security::RootKey;
use std::path::{Path, PathBuf};
use url::Url;

/// What is printed in the place of a secret.
pub(super) const REDACTED: &str = "[redacted]";

/// A setting that may hold a secret: as a value, or in a file so that it stands neither in a configuration that is
/// copied around nor in an environment that every child process inherits.
pub(super) enum Given {
    Value(Entry),
    File(Entry),
    Neither,
}

/// Takes a value and its `…_file`. The higher layer wins; two in one layer contradict each other.
pub(super) fn either(reader: &mut Reader, value_key: &'static str, file_key: &'static str) -> Given {
    match (reader.take(value_key), reader.take(file_key)) {
        (None, None) => Given::Neither,
        (Some(value), None) => Given::Value(value),
        (None, Some(file)) => Given::File(file),
        (Some(value), Some(file)) => match value.place.height().cmp(&file.place.height()) {
            std::cmp::Ordering::Greater => Given::Value(value),
            std::cmp::Ordering::Less => Given::File(file),
            std::cmp::Ordering::Equal => {
                let text = format!("stands beside {file_key} ({}); leave one of the two away", file.place);
                reader.refuse(value_key, Some(value.place), text);
                Given::Neither
            }
        },
    }
}

/// The text of a secret; a fault of it is told without it.
pub(super) fn value(entry: &Entry) -> Result<SecretString, String> {
    match &entry.raw {
        Raw::Plain(text) | Raw::Text(text) if !text.trim().is_empty() => Ok(text.trim().into()),
        Raw::Plain(_) | Raw::Text(_) => Err("is empty; give it a value, or leave it away".to_owned()),
        _ => Err("is no text; put the value in quotes".to_owned()),
    }
}

/// The secret in a file, without the line end that editors put behind it.
pub(super) fn content(reader: &mut Reader, key: &'static str, file: &Entry) -> Option<(SecretString, Place)> {
    let path: PathBuf = reader.parse(key, file, values::path)?;
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => Some((text.trim().into(), file.place.clone())),
        Ok(_) => {
            let text = format!("{} is empty; write the value into it", path.display());
            reader.refuse(key, Some(file.place.clone()), text);
            None
        }
        Err(error) => {
            let text = format!("{} can't be read ({error}); name another file", path.display());
            reader.refuse(key, Some(file.place.clone()), text);
            None
        }
    }
}

/// How the root key is called among what the service manager hands in.
const CREDENTIAL: &str = "xtrem.root-key";

/// Where the root key comes from: what was said, else what the service manager hands in, else a file of our own.
pub(super) fn root_key(reader: &mut Reader, sources: &Sources, folder: &Path) -> Option<KeySource> {
    let credentials = sources.credentials();
    let (source, place) = match either(reader, "keys.root_key", "keys.root_key_file") {
        Given::Value(entry) => return key_by_value(reader, entry),
        Given::File(entry) => {
            let path = reader.parse("keys.root_key_file", &entry, values::path)?;
            let is_credential = credentials.is_some_and(|credentials| path.starts_with(credentials));
            return Some(if is_credential { KeySource::Credential(path) } else { KeySource::File(path) });
        }
        Given::Neither => {
            match credentials.map(|folder| folder.join(CREDENTIAL)).filter(|path| path.exists()) {
                Some(path) => (KeySource::Credential(path), Place::Variable(CREDENTIALS.to_owned())),
                None => (KeySource::File(folder.join("root.key")), Place::Default("inside data.dir")),
            }
        }
    };
    if let KeySource::File(file) | KeySource::Credential(file) = &source {
        reader.tell("keys.root_key_file", values::quoted(&file.to_string_lossy()), place);
    }
    Some(source)
}

fn key_by_value(reader: &mut Reader, entry: Entry) -> Option<KeySource> {
    let sound = |text: SecretString| {
        RootKey::parse(text.expose_secret()).map(|_| text).map_err(|error| error.to_string())
    };
    match value(&entry).and_then(sound) {
        Ok(key) => {
            reader.tell("keys.root_key", values::quoted(REDACTED), entry.place);
            Some(KeySource::Value(key))
        }
        Err(text) => {
            reader.refuse("keys.root_key", Some(entry.place), text);
            None
        }
    }
}

/// A database address as it may be shown: without a password, wherever in it that stands.
pub(super) fn without_password(url: &SecretString) -> String {
    let text = url.expose_secret();
    if !text.contains("://") {
        return text.to_owned();
    }
    let Ok(mut parsed) = Url::parse(text) else {
        return REDACTED.to_owned();
    };
    if parsed.password().is_some() && parsed.set_password(Some("redacted")).is_err() {
        return REDACTED.to_owned();
    }
    let redacted = |(name, value): (String, String)| {
        let value = if name.contains("password") { "redacted".to_owned() } else { value };
        (name, value)
    };
    let pairs: Vec<_> = parsed.query_pairs().into_owned().map(redacted).collect();
    if !pairs.is_empty() {
        parsed.query_pairs_mut().clear().extend_pairs(pairs);
    }
    parsed.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(url: &str) -> String {
        without_password(&url.into())
    }

    #[test]
    fn a_database_address_is_shown_without_its_password() {
        assert_eq!(shown("postgres://x:hunter2@db/x"), "postgres://x:redacted@db/x");
        assert_eq!(
            shown("postgres://db/x?user=x&password=hunter2"),
            "postgres://db/x?user=x&password=redacted"
        );
        assert_eq!(shown("postgres://x:hunter2@db:port/x"), REDACTED);
        assert_eq!(shown("sqlite:./data/xtrem.db"), "sqlite:./data/xtrem.db");
        assert_eq!(shown("postgres://x@db/x"), "postgres://x@db/x");
    }
}
