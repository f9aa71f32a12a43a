use crate::error::OpenError;
use sqlx::postgres::PgConnectOptions;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// Which database to use, and how patiently.
///
/// The URL may hold a password: it goes in and never comes out again, not by `Debug` and not in an error.
#[derive(Clone)]
pub struct Settings {
    url: String,
    /// How long one waits for a turn: for a free connection, for a lock that another holds.
    pub busy_timeout: Duration,
    /// How many questions SQLite answers at the same time (1 to 32; each takes a thread while it lives).
    pub readers: u32,
    /// How many connections to PostgreSQL are held at most (1 to 200).
    pub connections: u32,
    /// For how long a session that was read is not read again. What this store changes is seen at once all the same;
    /// what another process changes is seen this much later.
    pub sessions_known_for: Duration,
}

/// What a URL names.
pub(crate) enum Address {
    /// A file on this machine.
    Sqlite(PathBuf),
    /// A server.
    Postgres(Box<PgConnectOptions>),
}

impl Settings {
    /// The database of that URL: `sqlite:PATH` or a plain path, or `postgres://…` (or `postgresql://…`).
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            busy_timeout: Duration::from_secs(5),
            readers: 4,
            connections: 10,
            sessions_known_for: Duration::from_secs(1),
        }
    }

    /// The same for another database.
    pub(crate) fn with_url(&self, url: String) -> Self {
        Self { url, ..self.clone() }
    }

    /// The URL, which may hold a password.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The file of the database, where it is one.
    #[must_use]
    pub fn file(&self) -> Option<PathBuf> {
        match self.address() {
            Ok(Address::Sqlite(file)) => Some(file),
            _ => None,
        }
    }

    pub(crate) fn readers(&self) -> u32 {
        self.readers.clamp(1, 32)
    }

    pub(crate) fn connections(&self) -> u32 {
        self.connections.clamp(1, 200)
    }

    pub(crate) fn address(&self) -> Result<Address, OpenError> {
        if self.url.starts_with("postgres://") || self.url.starts_with("postgresql://") {
            return PgConnectOptions::from_str(&self.url)
                .map(|options| Address::Postgres(Box::new(options)))
                .map_err(|error| OpenError::Address(error.to_string()));
        }
        let path = match self.url.strip_prefix("sqlite:") {
            Some(path) => path.strip_prefix("//").unwrap_or(path),
            None => &self.url,
        };
        if let Some((scheme, _)) = path.split_once("://") {
            return Err(OpenError::Address(format!("{scheme} is neither sqlite nor postgres")));
        }
        if path.is_empty() || path.starts_with(":memory:") {
            return Err(OpenError::Address("it names no file".to_owned()));
        }
        // An absolute path can't be taken for one of SQLite's own `file:` addresses.
        std::path::absolute(path).map(Address::Sqlite).map_err(|error| OpenError::Address(error.to_string()))
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &"[redacted]")
            .field("busy_timeout", &self.busy_timeout)
            .field("readers", &self.readers)
            .field("connections", &self.connections)
            .field("sessions_known_for", &self.sessions_known_for)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn file(url: &str) -> PathBuf {
        Settings::new(url).file().unwrap_or_default()
    }

    #[test]
    fn a_path_is_a_file_with_and_without_its_scheme() {
        for url in ["/data/x.db", "sqlite:/data/x.db", "sqlite:///data/x.db"] {
            assert_eq!(file(url), Path::new("/data/x.db"), "{url}");
        }
        assert!(file("sqlite:data/x.db").is_absolute());
        assert!(file("file:x?mode=memory").is_absolute());
    }

    #[test]
    fn what_names_no_database_is_refused() {
        for url in
            ["", "sqlite:", "sqlite::memory:", "mysql://root:hunter2@localhost/x", "postgres://host:port/x"]
        {
            let refused = Settings::new(url).address().err();
            let told = refused.map(|error| error.to_string()).unwrap_or_default();
            assert!(!told.is_empty() && !told.contains("hunter2"), "{url}: {told}");
        }
    }

    #[test]
    fn debugging_settings_does_not_show_a_password() {
        let printed = format!("{:?}", Settings::new("postgres://xtrem:hunter2@localhost/xtrem"));
        assert!(printed.contains("busy_timeout") && !printed.contains("hunter2"), "{printed}");
    }

    #[test]
    fn a_change_made_elsewhere_is_seen_within_a_second() {
        assert!(Settings::new("x.db").sessions_known_for <= Duration::from_secs(1));
    }

    #[test]
    fn no_setting_asks_for_no_connections_or_for_thousands() {
        let none = Settings { readers: 0, connections: 0, ..Settings::new("x.db") };
        let many = Settings { readers: 9_999, connections: 9_999, ..Settings::new("x.db") };
        assert_eq!((none.readers(), none.connections()), (1, 1));
        assert_eq!((many.readers(), many.connections()), (32, 200));
    }
}
