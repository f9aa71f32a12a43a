//! The programs that PostgreSQL brings along, and how they are told which database is meant.

use crate::settings::Settings;
use application::backup::SnapshotError;
use sqlx::postgres::{PgConnectOptions, PgSslMode};
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;
use url::Url;

/// Where `pg_dump` and `pg_restore` are.
#[derive(Clone, Debug)]
pub struct PostgresTools {
    dump: PathBuf,
    restore: PathBuf,
}

impl PostgresTools {
    /// That `pg_dump`, and the `pg_restore` beside it; without a path, those that are found by their names.
    #[must_use]
    pub fn new(dump: Option<PathBuf>) -> Self {
        let dump = dump.unwrap_or_else(|| PathBuf::from("pg_dump"));
        Self { restore: dump.with_file_name("pg_restore"), dump }
    }

    pub(super) fn dump(&self) -> &Path {
        &self.dump
    }

    pub(super) fn restore(&self) -> &Path {
        &self.restore
    }
}

/// A database of a server, as libpq is told by its environment: the process list shows a command to everybody, and its
/// environment to its owner only.
pub(super) struct Server {
    environment: Vec<(&'static str, OsString)>,
    pub(super) database: String,
}

impl Server {
    pub(super) fn new(options: &PgConnectOptions, settings: &Settings) -> Result<Self, SnapshotError> {
        let url = understood(settings)?;
        let asked = |names: &[&str]| {
            let mut pairs = url.query_pairs();
            pairs.find(|(name, _)| names.contains(&name.as_ref())).map(|(_, value)| value.into_owned())
        };
        let host = options.get_socket().map_or_else(
            || options.get_host().trim_matches(['[', ']']).into(),
            |socket| socket.clone().into_os_string(),
        );
        let database = options.get_database().unwrap_or_else(|| options.get_username()).to_owned();
        let password = asked(&["password"]).or_else(|| url.password().and_then(decoded));
        let mut environment: Vec<(&'static str, OsString)> = vec![
            ("PGHOST", host),
            ("PGPORT", options.get_port().to_string().into()),
            ("PGUSER", options.get_username().into()),
            ("PGDATABASE", database.clone().into()),
            ("PGSSLMODE", ssl_mode(options.get_ssl_mode()).into()),
            ("PGAPPNAME", "xtrem backup".into()),
            ("PGCONNECT_TIMEOUT", "10".into()),
        ];
        let optional = [
            ("PGPASSWORD", password),
            ("PGOPTIONS", options.get_options().map(str::to_owned)),
            ("PGSSLROOTCERT", asked(&["sslrootcert", "ssl-root-cert", "ssl-ca"])),
            ("PGSSLCERT", asked(&["sslcert", "ssl-cert"])),
            ("PGSSLKEY", asked(&["sslkey", "ssl-key"])),
        ];
        environment.extend(optional.into_iter().filter_map(|(name, value)| Some((name, value?.into()))));
        Ok(Self { environment, database })
    }

    /// Runs one of the programs to its end.
    pub(super) async fn run(
        &self,
        program: &Path,
        arguments: &[&str],
        file: &Path,
    ) -> Result<(), SnapshotError> {
        let mut command = Command::new(program);
        command.args(arguments).arg(file).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).env("LC_MESSAGES", "C");
        let output = command.kill_on_drop(true).output().await.map_err(|error| missing(program, &error))?;
        if output.status.success() {
            return Ok(());
        }
        let program = program.display();
        Err(SnapshotError::Failed(format!("{program} has failed: {}", complaint(&output.stderr))))
    }
}

/// Settings for another database of the same server.
pub(super) fn with_database(settings: &Settings, name: &str) -> Result<Settings, SnapshotError> {
    let mut url = understood(settings)?;
    let others: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(key, _)| key != "dbname")
        .map(|(key, value)| (key.into_owned(), value.into_owned()))
        .collect();
    url.set_path(name);
    url.set_query(None);
    if !others.is_empty() {
        url.query_pairs_mut().extend_pairs(others);
    }
    Ok(settings.with_url(url.to_string()))
}

/// Parsed before, or there would be no connection.
fn understood(settings: &Settings) -> Result<Url, SnapshotError> {
    Url::parse(settings.url())
        .map_err(|_| SnapshotError::Refused("the database URL can't be understood".to_owned()))
}

fn missing(program: &Path, error: &std::io::Error) -> SnapshotError {
    let shown = program.display();
    SnapshotError::Refused(match error.kind() {
        ErrorKind::NotFound => format!(
            "{shown} is needed to copy a PostgreSQL database and to put it back, and it was not found: install the client \
             programs of PostgreSQL, or say with backup.pg_dump where it is"
        ),
        _ => format!("{shown} can't be run: {error}"),
    })
}

/// The end of what a program complained of, on one line.
fn complaint(errors: &[u8]) -> String {
    const LINES: usize = 6;
    let text = String::from_utf8_lossy(errors);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.len() {
        0 => "it did not say why".to_owned(),
        many => lines[many.saturating_sub(LINES)..].join("; "),
    }
}

fn decoded(text: &str) -> Option<String> {
    percent_encoding::percent_decode_str(text).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

const fn ssl_mode(mode: PgSslMode) -> &'static str {
    match mode {
        PgSslMode::Disable => "disable",
        PgSslMode::Allow => "allow",
        PgSslMode::Prefer => "prefer",
        PgSslMode::Require => "require",
        PgSslMode::VerifyCa => "verify-ca",
        PgSslMode::VerifyFull => "verify-full",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn environment(url: &str) -> Vec<(&'static str, String)> {
        let server = Server::new(&PgConnectOptions::from_str(url).unwrap(), &Settings::new(url)).unwrap();
        let text = |(name, value): (&'static str, OsString)| (name, value.into_string().unwrap());
        server.environment.into_iter().map(text).collect()
    }

    fn value(url: &str, name: &str) -> Option<String> {
        environment(url).into_iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    #[test]
    fn everything_in_a_url_is_told_by_the_environment() {
        let url = "postgres://ann:p%40ss@[::1]:6543/main?sslmode=verify-full&sslrootcert=/etc/ca.pem";
        for (name, told) in [
            ("PGHOST", "::1"),
            ("PGPORT", "6543"),
            ("PGUSER", "ann"),
            ("PGPASSWORD", "p@ss"),
            ("PGDATABASE", "main"),
            ("PGSSLMODE", "verify-full"),
            ("PGSSLROOTCERT", "/etc/ca.pem"),
        ] {
            assert_eq!(value(url, name).as_deref(), Some(told), "{name}");
        }
        let socket = "postgres:///main?host=/run/postgresql&user=ann&password=secret";
        assert_eq!(value(socket, "PGHOST").as_deref(), Some("/run/postgresql"));
        assert_eq!(value(socket, "PGPASSWORD").as_deref(), Some("secret"));
        assert_eq!(value("postgres://ann@db/main", "PGPASSWORD"), None);
    }

    #[test]
    fn another_database_of_the_same_server_is_reached_in_the_same_way() {
        let other = |url: &str| with_database(&Settings::new(url), "other").unwrap().url().to_owned();
        assert_eq!(
            other("postgres://a:b@host:1/main?sslmode=disable"),
            "postgres://a:b@host:1/other?sslmode=disable"
        );
        assert_eq!(other("postgres://host/?dbname=main"), "postgres://host/other");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named_with_what_to_do() {
        let tools = PostgresTools::new(Some(PathBuf::from("/nowhere/pg_dump")));
        assert_eq!(tools.restore(), Path::new("/nowhere/pg_restore"));
        let url = "postgres://ann:secret@db/main";
        let server = Server::new(&PgConnectOptions::from_str(url).unwrap(), &Settings::new(url)).unwrap();
        let refused = server.run(tools.dump(), &[], Path::new("x")).await.unwrap_err().to_string();
        assert!(refused.contains("backup.pg_dump") && !refused.contains("secret"), "{refused}");
    }

    #[test]
    fn only_the_end_of_a_long_complaint_is_told() {
        let long: String = (1..=20).fold(String::new(), |text, line| text + &format!("line {line}\n"));
        assert_eq!(complaint(long.as_bytes()), "line 15; line 16; line 17; line 18; line 19; line 20");
        assert_eq!(complaint(b" \n"), "it did not say why");
    }
}
