use application::sealing::Sealing;
use application::store::{KeyringDirectory, Store};
use domain::Timestamp;
use persistence::{OpenError, Settings, SqlStore};
use security::{Keyring, RootKey};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, Row, SqliteConnection};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// Whatever went wrong while a database was made ready.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// The two engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// A database of one test, its vault, and the root key that both are made with.
pub struct Database {
    place: Place,
    keyring: Arc<Keyring>,
}

enum Place {
    Sqlite { directory: TempDir },
    Postgres { server: String, name: String },
}

/// A connection to a test's database that goes past the store.
pub enum Raw {
    /// To the file.
    Sqlite(SqliteConnection),
    /// To the server.
    Postgres(PgConnection),
}

/// Some root key.
pub const ROOT_KEY: &str = "4f1c6a8e0b7d3952c1a05e9f8d2746b3e6f0a1928374655c4b3d2e1f00ff5a77";

impl Database {
    /// Makes an empty database, and an empty vault.
    pub async fn create(engine: Engine) -> Result<Self, Failure> {
        let place = match engine {
            Engine::Sqlite => Place::Sqlite { directory: tempfile::tempdir()? },
            Engine::Postgres => {
                let server = server()?;
                let name = unused_name()?;
                let mut connection = PgConnection::connect(&server).await?;
                for name in [name.clone(), vault_of(&name)] {
                    // Ordered as a language orders words, so that whoever relies on the order of bytes has to say so.
                    let create = AssertSqlSafe(format!(
                        "CREATE DATABASE \"{name}\" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
                    ));
                    sqlx::raw_sql(create).execute(&mut connection).await?;
                }
                connection.close().await?;
                Place::Postgres { server, name }
            }
        };
        Ok(Self { place, keyring: Arc::new(Keyring::new(&RootKey::parse(ROOT_KEY)?)) })
    }

    /// The engine it is on.
    #[must_use]
    pub const fn engine(&self) -> Engine {
        match self.place {
            Place::Sqlite { .. } => Engine::Sqlite,
            Place::Postgres { .. } => Engine::Postgres,
        }
    }

    /// The URL by which a store opens it.
    #[must_use]
    pub fn url(&self) -> String {
        match &self.place {
            Place::Sqlite { .. } => format!("sqlite:{}", self.file().display()),
            Place::Postgres { server, name } => with_database(server, name),
        }
    }

    /// The URL by which a store opens its vault.
    #[must_use]
    pub fn vault_url(&self) -> String {
        match &self.place {
            Place::Sqlite { .. } => format!("sqlite:{}", self.vault_file().display()),
            Place::Postgres { server, name } => with_database(server, &vault_of(name)),
        }
    }

    /// The file, on SQLite; a name in an empty directory stands in for it on PostgreSQL.
    #[must_use]
    pub fn file(&self) -> PathBuf {
        match &self.place {
            Place::Sqlite { directory } => directory.path().join("xtrem.db"),
            Place::Postgres { name, .. } => PathBuf::from(name),
        }
    }

    /// The file of the vault, in the same way.
    #[must_use]
    pub fn vault_file(&self) -> PathBuf {
        match &self.place {
            Place::Sqlite { directory } => directory.path().join("vault.db"),
            Place::Postgres { name, .. } => PathBuf::from(vault_of(name)),
        }
    }

    /// Settings for it, with enough patience for a busy machine.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let mut settings = Settings::new(self.url());
        settings.busy_timeout = Duration::from_secs(20);
        settings
    }

    /// Settings that soon give up waiting.
    #[must_use]
    pub fn impatient(&self) -> Settings {
        let mut settings = self.settings();
        settings.busy_timeout = Duration::from_secs(2);
        settings
    }

    /// Settings for its vault, as patient as those are.
    #[must_use]
    pub fn vault_settings(&self, main: &Settings) -> Settings {
        let mut settings = Settings::new(self.vault_url());
        settings.busy_timeout = main.busy_timeout;
        settings
    }

    /// Its keys.
    #[must_use]
    pub fn keyring(&self) -> Arc<Keyring> {
        Arc::clone(&self.keyring)
    }

    /// What its keys are kept with; nothing opens before there is a [store](Self::store).
    #[must_use]
    pub fn sealing(&self) -> Arc<dyn Sealing> {
        self.keyring()
    }

    /// Opens a store on it with these settings, and leaves the tables as they are.
    pub fn open(
        &self,
        main: &Settings,
    ) -> impl Future<Output = Result<SqlStore, OpenError>> + Send + 'static + use<> {
        let (vault, main, sealing) = (self.vault_settings(main), main.clone(), self.sealing());
        async move { SqlStore::open(&main, &vault, sealing).await }
    }

    /// A store on it, with its tables made and its keyring in use.
    pub fn store(&self) -> impl Future<Output = Result<SqlStore, Failure>> + Send + 'static + use<> {
        self.store_with(&self.settings(), self.sealing())
    }

    /// The same with other settings, and with keys that are kept by somebody else.
    pub fn store_with(
        &self,
        main: &Settings,
        sealing: Arc<dyn Sealing>,
    ) -> impl Future<Output = Result<SqlStore, Failure>> + Send + 'static + use<> {
        let (vault, main) = (self.vault_settings(main), main.clone());
        async move {
            let store = SqlStore::open(&main, &vault, Arc::clone(&sealing)).await?;
            store.migrate().await?;
            open_keyring(&store, &*sealing).await?;
            Ok(store)
        }
    }

    /// A connection that goes past the store.
    pub async fn raw(&self) -> Result<Raw, Failure> {
        Ok(match self.place {
            Place::Sqlite { .. } => {
                Raw::Sqlite(SqliteConnectOptions::new().filename(self.file()).connect().await?)
            }
            Place::Postgres { .. } => Raw::Postgres(PgConnection::connect(&self.url()).await?),
        })
    }

    /// The same, to its vault.
    pub async fn raw_vault(&self) -> Result<Raw, Failure> {
        Ok(match self.place {
            Place::Sqlite { .. } => {
                Raw::Sqlite(SqliteConnectOptions::new().filename(self.vault_file()).connect().await?)
            }
            Place::Postgres { .. } => Raw::Postgres(PgConnection::connect(&self.vault_url()).await?),
        })
    }

    /// The same as [`Self::raw`], where there is no file yet.
    pub async fn raw_new(&self) -> Result<Raw, Failure> {
        let options = SqliteConnectOptions::new().filename(self.file()).create_if_missing(true);
        Ok(Raw::Sqlite(options.connect().await?))
    }

    /// Removes it. A test that fails leaves it behind, to be looked at.
    pub async fn remove(self) -> Result<(), Failure> {
        match self.place {
            Place::Sqlite { directory } => directory.close()?,
            Place::Postgres { server, name } => {
                let mut connection = PgConnection::connect(&server).await?;
                for name in [vault_of(&name), name] {
                    let drop = AssertSqlSafe(format!("DROP DATABASE \"{name}\" WITH (FORCE)"));
                    sqlx::raw_sql(drop).execute(&mut connection).await?;
                }
                connection.close().await?;
            }
        }
        Ok(())
    }
}

/// Takes the keyring into use; makes one where there is none.
async fn open_keyring(store: &SqlStore, sealing: &dyn Sealing) -> Result<(), Failure> {
    if store.keyring().await?.is_empty() {
        let mut work = store.begin().await?;
        work.keyring().lock().await?;
        if work.keyring().all().await?.is_empty() {
            for entry in sealing.first_keyring(true, Timestamp::from_micros(0)) {
                work.keyring().insert(&entry).await?;
            }
        }
        work.commit().await?;
    }
    Ok(sealing.install(&store.keyring().await?)?)
}

fn vault_of(name: &str) -> String {
    format!("{name}_vault")
}

impl Raw {
    /// Runs a text as it stands.
    pub async fn run(&mut self, sql: &str) -> Result<(), Failure> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ())?,
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(|_| ())?,
        }
        Ok(())
    }

    /// The first column of every row that a text gives, as text.
    pub async fn texts(&mut self, sql: &str) -> Result<Vec<String>, Failure> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_all(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_all(connection).await?,
        })
    }

    /// How the engine goes about a statement with these values, at most nine, each with its type and written as it stands
    /// in a text: a line for each step. PostgreSQL does it, too, and says how many rows each step has seen.
    pub async fn plan(&mut self, sql: &str, values: &[(&str, String)]) -> Result<Vec<String>, Failure> {
        match self {
            Self::Sqlite(connection) => {
                // From the last one on: the first one's number stands in the tenth one's too.
                let given =
                    values.iter().enumerate().rev().fold(sql.to_owned(), |sql, (at, (kind, value))| {
                        let bytes =
                            if matches!(*kind, "UUID" | "BYTEA") && value != "NULL" { "x" } else { "" };
                        sql.replace(&format!("${}", at + 1), &format!("{bytes}{value}"))
                    });
                let explain = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {given}"));
                let steps = sqlx::query(explain).fetch_all(connection).await?;
                Ok(steps.iter().map(|step| step.try_get("detail")).collect::<Result<_, _>>()?)
            }
            Self::Postgres(_) => {
                let (types, values): (Vec<_>, Vec<_>) = values.iter().cloned().unzip();
                let in_brackets = |list: Vec<String>| {
                    if list.is_empty() { String::new() } else { format!("({})", list.join(", ")) }
                };
                let bytes = |(kind, value): (&&str, String)| match *kind {
                    "BYTEA" => value.replacen('\'', "'\\x", 1),
                    _ => value,
                };
                let values = types.iter().zip(values).map(bytes).collect();
                let types = in_brackets(types.into_iter().map(str::to_owned).collect());
                self.run(&format!("PREPARE looked_at {types} AS {sql}")).await?;
                let explain = "EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) EXECUTE looked_at";
                let steps = self.texts(&format!("{explain} {}", in_brackets(values))).await;
                self.run("DEALLOCATE looked_at").await?;
                steps
            }
        }
    }

    /// The number that a text gives.
    pub async fn number(&mut self, sql: &str) -> Result<i64, Failure> {
        let sql = AssertSqlSafe(sql.to_owned());
        Ok(match self {
            Self::Sqlite(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
            Self::Postgres(connection) => sqlx::query_scalar(sql).fetch_one(connection).await?,
        })
    }
}

#[allow(clippy::disallowed_methods, reason = "the one setting that a test run has, read in this one place")]
fn server() -> Result<String, Failure> {
    std::env::var("XTREM_TEST_POSTGRES_URL").map_err(|_| {
        "XTREM_TEST_POSTGRES_URL is not set: it names the PostgreSQL server whose half of the contracts is to be \
         tried, for example postgres://xtrem@127.0.0.1:5432/postgres; its user must be allowed to create databases"
            .into()
    })
}

/// A name that no other test has, nor one of an earlier run that failed and left its database behind.
fn unused_name() -> Result<String, Failure> {
    let directory = tempfile::Builder::new().prefix("xtrem_").rand_bytes(12).tempdir()?;
    let name = directory.path().file_name().and_then(|name| name.to_str()).ok_or("a name that is no text")?;
    Ok(name.to_owned())
}

/// The same server, another database: only the path of a URL changes.
fn with_database(server: &str, name: &str) -> String {
    let (address, query) =
        server.split_once('?').map_or((server, None), |(address, query)| (address, Some(query)));
    let begin = address.find("://").map_or(0, |at| at + 3);
    let end = address[begin..].find('/').map_or(address.len(), |at| begin + at);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    format!("{}/{name}{query}", &address[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_database_of_a_url_changes() {
        let url = with_database("postgres://a:b@host:1/postgres?sslmode=disable", "other");
        assert_eq!(url, "postgres://a:b@host:1/other?sslmode=disable");
        assert_eq!(with_database("postgres://host", "other"), "postgres://host/other");
    }
}
