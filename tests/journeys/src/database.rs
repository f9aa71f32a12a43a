//! The two databases, and the hand of somebody who reaches into them past the service.

use crate::{Failure, Outcome, wait};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

static CREATED: AtomicU32 = AtomicU32::new(1);

/// Which database a journey runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// The embedded one.
    Sqlite,
    /// The server that `tests/run` starts.
    Postgres,
}

/// The database of one service.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file.
    Sqlite(PathBuf),
    /// A URL.
    Postgres(String),
}

impl Database {
    /// A database that nobody has used yet.
    pub async fn create(engine: Engine, folder: &Path) -> Outcome<Self> {
        match engine {
            Engine::Sqlite => Ok(Self::Sqlite(folder.join("journey.db"))),
            Engine::Postgres => Self::create_on(&server_url()?).await,
        }
    }

    /// A database that nobody has used yet, on the PostgreSQL server with that URL.
    pub async fn create_on(server: &str) -> Outcome<Self> {
        let name = format!("journey_{}_{}", std::process::id(), CREATED.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(server).await?;
        connection.execute(AssertSqlSafe(format!("CREATE DATABASE {name}"))).await?;
        connection.close().await?;
        let (host, _) = server.rsplit_once('/').ok_or("the URL names no database")?;
        Ok(Self::Postgres(format!("{host}/{name}")))
    }

    /// A vault that nobody has used yet, beside this one: in the file that the product would choose in that folder, or on
    /// the same server.
    pub async fn vault_beside(&self, data: &Path) -> Outcome<Self> {
        match self {
            Self::Sqlite(_) => Ok(Self::Sqlite(data.join("vault.db"))),
            Self::Postgres(url) => Self::create_on(url).await,
        }
    }

    /// A copy of the database of a server with that URL, beside it and with that at the end of its name. Nobody may be
    /// connected to the original, and the server may notice a moment late that the last one has gone.
    pub async fn copied_on_server(url: &str, ending: &str) -> Outcome<Self> {
        const IN_USE: &str = "55006";
        let (host, name) = url.rsplit_once('/').ok_or("the URL names no database")?;
        let (desk, copy) = (format!("{host}/postgres"), format!("{name}{ending}"));
        let create = format!("CREATE DATABASE {copy} TEMPLATE {name}");
        wait::until(&copy, async || {
            let mut desk = PgConnection::connect(&desk).await?;
            match desk.execute(AssertSqlSafe(create.clone())).await {
                Ok(_) => Ok(Some(())),
                Err(error)
                    if error.as_database_error().is_some_and(|e| e.code().as_deref() == Some(IN_USE)) =>
                {
                    Ok(None)
                }
                Err(error) => Err(error.into()),
            }
        })
        .await?;
        Ok(Self::Postgres(format!("{host}/{copy}")))
    }

    /// How the service is told.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(url) => url.clone(),
        }
    }

    /// Runs one statement past the service.
    pub async fn execute(&self, statement: &str) -> Outcome {
        let statement = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(path) => sqlite(path).await?.execute(statement).await.map(|_| ())?,
            Self::Postgres(url) => PgConnection::connect(url).await?.execute(statement).await.map(|_| ())?,
        }
        Ok(())
    }

    /// The one number that a question answers with.
    pub async fn number(&self, question: &str) -> Outcome<i64> {
        let question = AssertSqlSafe(question.to_owned());
        Ok(match self {
            Self::Sqlite(path) => sqlite(path).await?.fetch_one(question).await?.try_get(0)?,
            Self::Postgres(url) => PgConnection::connect(url).await?.fetch_one(question).await?.try_get(0)?,
        })
    }

    /// Every text that a question answers with.
    pub async fn texts(&self, question: &str) -> Outcome<Vec<String>> {
        let question = AssertSqlSafe(question.to_owned());
        Ok(match self {
            Self::Sqlite(path) => {
                let rows = sqlite(path).await?.fetch_all(question).await?;
                rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?
            }
            Self::Postgres(url) => {
                let rows = PgConnection::connect(url).await?.fetch_all(question).await?;
                rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?
            }
        })
    }

    /// Takes the database for itself, as another program might: nobody else writes until the lock is dropped.
    pub async fn lock(&self) -> Outcome<SqliteConnection> {
        let Self::Sqlite(path) = self else { return Err("only a file can be locked as a whole".into()) };
        let mut connection = sqlite(path).await?;
        connection.execute("BEGIN EXCLUSIVE").await?;
        Ok(connection)
    }
}

async fn sqlite(path: &Path) -> Result<SqliteConnection, Failure> {
    Ok(SqliteConnectOptions::new().filename(path).connect().await?)
}

#[allow(clippy::disallowed_methods, reason = "tests/run says here where its PostgreSQL listens")]
fn server_url() -> Outcome<String> {
    std::env::var("XTREM_TEST_POSTGRES_URL")
        .map_err(|_| "XTREM_TEST_POSTGRES_URL is not set: run the journeys with tests/run".into())
}
