//! Somebody who looks into both databases past the service, also while it stands still.

use journeys::database::Database;
use journeys::{Outcome, Server, wait};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, Row};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The number that no version has.
const NIL: &str = "00000000000000000000000000000000";

/// One connection to each database.
pub struct Eye {
    main: Look,
    vault: Look,
}

enum Look {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// What is seen at one moment. People and versions are told by their identifiers, in digits.
#[derive(Debug, Default)]
pub struct Sight {
    /// Who has a key, and which version the main database points to.
    pub pointers: BTreeMap<String, String>,
    /// Who stands in the vault, in which versions.
    pub people: BTreeSet<(String, String)>,
    /// What is noted as pending there.
    pub pending: BTreeSet<(String, String)>,
    /// How many erasures are finished and not written down outside.
    pub unlisted: usize,
    /// How the service stands to the main database.
    pub main: Grip,
    /// How it stands to the vault.
    pub vault: Grip,
}

/// How the service stands to a database.
#[derive(Clone, Copy, Debug, Default)]
pub struct Grip {
    /// Whether it has changed something that is not committed.
    pub is_held: bool,
    /// Whether it waits for a lock. On SQLite that can't be seen.
    pub is_awaited: bool,
}

impl Eye {
    pub async fn open(server: &Server) -> Outcome<Self> {
        Ok(Self { main: Look::open(server.database()).await?, vault: Look::open(server.vault()).await? })
    }

    /// Looks at everything. Nothing where a database can't be looked into just now.
    pub async fn look(&mut self) -> Outcome<Option<Sight>> {
        let Some(pointers) = self.main.pairs("data_keys", "vault_version").await? else { return Ok(None) };
        let Some(people) = self.vault.pairs("people", "version").await? else { return Ok(None) };
        let Some(pending) = self.vault.pairs("pending", "version").await? else { return Ok(None) };
        let Some(unlisted) =
            self.main.texts("SELECT 'x' FROM erasures WHERE finished AND NOT listed").await?
        else {
            return Ok(None);
        };
        Ok(Some(Sight {
            pointers: pointers.into_iter().collect(),
            people: people.into_iter().collect(),
            pending: pending.into_iter().collect(),
            unlisted: unlisted.len(),
            main: self.main.grip().await?,
            vault: self.vault.grip().await?,
        }))
    }

    /// What is seen at the first moment at which both databases can be looked into.
    pub async fn sight(&mut self) -> Outcome<Sight> {
        let begun = Instant::now();
        while begun.elapsed() < wait::PATIENCE {
            if let Some(sight) = self.look().await? {
                return Ok(sight);
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        Err("a database can't be looked into".into())
    }

    /// Every text that the main database answers with.
    pub async fn read(&mut self, question: &str) -> Outcome<Vec<String>> {
        self.main.texts(question).await?.ok_or_else(|| "the main database can't be read".into())
    }

    /// An identifier of the main database as digits, whichever engine it is on.
    pub fn digits(&self, column: &str) -> String {
        self.main.digits(column)
    }

    /// Ends every connection of the service to either database, where a server has them.
    pub async fn sever(&mut self) -> Outcome {
        for look in [&mut self.main, &mut self.vault] {
            if let Look::Postgres(connection) = look {
                connection.execute(SEVER).await?;
            }
        }
        Ok(())
    }
}

const SEVER: &str = "
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'xtrem'";

const HELD: &str = "
    SELECT 'x' FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'xtrem' AND backend_xid IS NOT NULL";

const AWAITED: &str = "
    SELECT 'x' FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'xtrem' AND wait_event_type = 'Lock'";

impl Look {
    async fn open(database: &Database) -> Outcome<Self> {
        Ok(match database {
            Database::Sqlite(path) => Self::Sqlite(
                SqliteConnectOptions::new().filename(path).busy_timeout(Duration::ZERO).connect().await?,
            ),
            Database::Postgres(url) => Self::Postgres(PgConnection::connect(url).await?),
        })
    }

    fn digits(&self, column: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("lower(hex({column}))"),
            Self::Postgres(_) => format!("replace({column}::text, '-', '')"),
        }
    }

    /// Every text that a question answers with; nothing where somebody stands in the way of whoever looks.
    async fn texts(&mut self, question: &str) -> Outcome<Option<Vec<String>>> {
        let question = AssertSqlSafe(question.to_owned());
        Ok(Some(match self {
            Self::Sqlite(connection) => match connection.fetch_all(question).await {
                Err(error) if is_busy(&error) => return Ok(None),
                rows => rows?.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?,
            },
            Self::Postgres(connection) => {
                let rows = connection.fetch_all(question).await?;
                rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?
            }
        }))
    }

    /// Who stands in a table, with which version.
    async fn pairs(&mut self, table: &str, version: &str) -> Outcome<Option<Vec<(String, String)>>> {
        let (owner, version) = (self.digits("user_id"), self.digits(version));
        let rows =
            self.texts(&format!("SELECT {owner} || ':' || coalesce({version}, '') FROM {table}")).await?;
        let pair =
            |row: &String| row.split_once(':').map(|(owner, version)| (owner.to_owned(), version.to_owned()));
        Ok(rows.map(|rows| rows.iter().filter_map(pair).collect()))
    }

    async fn grip(&mut self) -> Outcome<Grip> {
        Ok(Grip { is_held: self.is_held().await?, is_awaited: self.is_awaited().await? })
    }

    /// Whether the service has begun to change something.
    async fn is_held(&mut self) -> Outcome<bool> {
        match self {
            Self::Sqlite(connection) => match connection.execute("BEGIN IMMEDIATE").await {
                Err(error) if is_busy(&error) => Ok(true),
                begun => {
                    begun?;
                    connection.execute("ROLLBACK").await?;
                    Ok(false)
                }
            },
            Self::Postgres(connection) => Ok(!connection.fetch_all(HELD).await?.is_empty()),
        }
    }

    async fn is_awaited(&mut self) -> Outcome<bool> {
        match self {
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(connection) => Ok(!connection.fetch_all(AWAITED).await?.is_empty()),
        }
    }
}

fn is_busy(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default();
    code.parse::<i64>().is_ok_and(|code| matches!(code & 0xff, 5 | 6))
}

impl Sight {
    /// Those of whom the vault has a version that the main database does not know yet: it points to none that is pending.
    pub fn between(&self) -> impl Iterator<Item = &String> {
        self.pending.iter().filter(|(_, version)| version != NIL).map(|(owner, _)| owner).filter(|owner| {
            let is_pointed_to =
                |(of, version): &(String, String)| of == *owner && self.pointers.get(*owner) == Some(version);
            let goes = self.pending.contains(&((*owner).clone(), NIL.to_owned()));
            !goes && !self.pending.iter().any(is_pointed_to)
        })
    }

    /// Whether of those somebody is only just signing up.
    pub fn somebody_comes(&self) -> bool {
        self.between().any(|owner| !self.pointers.contains_key(owner))
    }

    /// Whether of those somebody has an account already.
    pub fn somebody_changes(&self) -> bool {
        self.between().any(|owner| self.pointers.contains_key(owner))
    }

    /// Whether a version of somebody stands in the vault that was followed by another.
    pub fn something_is_superseded(&self) -> bool {
        let is_old = |(owner, version): &(String, String)| {
            let points = self.pointers.get(owner);
            points.is_some_and(|now| now != version && self.pending.contains(&(owner.clone(), now.clone())))
        };
        self.people.iter().any(is_old)
    }

    /// Whether somebody has no account any more and stands in the vault all the same.
    pub fn somebody_is_left_behind(&self) -> bool {
        let goes = |owner: &String| self.pending.contains(&(owner.clone(), NIL.to_owned()));
        self.people.iter().any(|(owner, _)| !self.pointers.contains_key(owner) && goes(owner))
    }

    /// Whether the vault holds exactly what the main database points to, and nothing is pending.
    pub fn is_whole(&self) -> bool {
        let pointed_to: BTreeSet<_> = self.pointers.clone().into_iter().collect();
        self.pending.is_empty() && self.people == pointed_to
    }
}

/// What somebody holds in whose way the service comes, until it is dropped.
pub enum Hold {
    Sqlite { _connection: SqliteConnection },
    Postgres { _connection: PgConnection },
    File { _file: std::fs::File },
}

impl Hold {
    /// A table, so that nobody else changes it; on SQLite the whole database.
    pub async fn table(database: &Database, table: &str) -> Outcome<Self> {
        Ok(match database {
            Database::Sqlite(_) => Self::Sqlite { _connection: database.lock().await? },
            Database::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await?;
                connection.execute("BEGIN").await?;
                connection.execute(AssertSqlSafe(format!("LOCK TABLE {table} IN EXCLUSIVE MODE"))).await?;
                Self::Postgres { _connection: connection }
            }
        })
    }

    /// A file that exists.
    pub fn file(path: &PathBuf) -> Outcome<Self> {
        let file = std::fs::File::open(path)?;
        file.lock()?;
        Ok(Self::File { _file: file })
    }
}
