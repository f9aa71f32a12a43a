//! A trail with a past, of which copies are made that somebody then has their way with.

use crate::tables::{TRAIL, dump};
use journeys::database::Database;
use journeys::server::Program;
use journeys::{Engine, Failure, Outcome, Resident, Server, Settings, trail};
use reqwest::Method;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, Executor};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

static COPIED: AtomicU32 = AtomicU32::new(1);

/// How often the service was started while it came to be; each end leaves a signed head.
const DAYS: usize = 3;

/// The trail of a service that has ended.
pub struct Trail {
    pub engine: Engine,
    pub server: Server,
    pub program: Program,
    /// The number of the last event.
    pub last: i64,
    /// A suspension in its midst: an event with everything that an event can have.
    pub middle: i64,
    /// The numbers of which signed heads tell, each once.
    pub heads: Vec<i64>,
}

impl Trail {
    /// Some hundreds of events: of people who work, are suspended with a reason and reinstated, fail to log in, and go.
    pub async fn make(engine: Engine) -> Outcome<Self> {
        let mut server = Server::start(Settings::on(engine).unthrottled()).await?;
        let administrator = Resident::administrator(&server).await?;
        let someone = Resident::user(&server).await?;
        for day in 0..DAYS {
            let leaver = Resident::user(&server).await?;
            for number in 0..25 {
                for resident in [&administrator, &leaver] {
                    let patch = json!({"bio": format!("Day {day}, {number}.")});
                    resident.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
                }
            }
            administrator.suspend(&someone).await?.expect(200)?;
            administrator.reinstate(&someone).await?.expect(204)?;
            let wrong = json!({"login": "nobody", "password": "nothing"});
            server.client()?.post("/api/v1/sessions", &wrong).await?.expect(401)?;
            // All but the last ones: those the service has to join at its end.
            trail::joined(server.database()).await?;
            let proof = json!({"password": leaver.person.password});
            leaver.client.post("/api/v1/me/deletion", &proof).await?.expect(204)?;
            server.terminate()?;
            server.ended().await?;
            if day + 1 < DAYS {
                server.start_again().await?;
            }
        }
        let database = server.database();
        let last = database.number("SELECT MAX(sequence) FROM events").await?;
        assert_eq!(last, database.number("SELECT COUNT(*) FROM events").await?, "all of them are joined");
        let suspensions = "SELECT MIN(sequence) FROM events
            WHERE kind = 'user_suspended' AND sequence > (SELECT MAX(sequence) / 3 FROM events)";
        let middle = database.number(suspensions).await?;
        let program = server.program()?;
        let mut trail = Self { engine, server, program, last, middle, heads: Vec::new() };
        trail.heads = trail.signed()?;
        assert!(trail.heads.len() >= DAYS && trail.heads.ends_with(&[last]), "{:?}", trail.heads);
        Ok(trail)
    }

    /// Where the heads stand.
    pub fn heads_file(&self) -> PathBuf {
        self.server.data().join("audit-heads.ndjson")
    }

    fn signed(&self) -> Outcome<Vec<i64>> {
        let number = |line: &str| -> Outcome<i64> {
            let line: Value = serde_json::from_str(line)?;
            line["data"]["sequence"].as_i64().ok_or_else(|| Failure::from("a head has a number"))
        };
        let mut heads: Vec<i64> =
            std::fs::read_to_string(self.heads_file())?.lines().map(number).collect::<Outcome<_>>()?;
        heads.dedup();
        Ok(heads)
    }

    /// A file in the folder of the service.
    pub fn write(&self, name: &str, text: &str) -> Outcome<String> {
        let path = self.server.home().path().join(name);
        std::fs::write(&path, text)?;
        Ok(path.display().to_string())
    }

    /// The digits of a value of an event.
    pub async fn digits(&self, column: &str, number: i64) -> Outcome<String> {
        let digits = match self.engine {
            Engine::Sqlite => format!("lower(hex({column}))"),
            Engine::Postgres if is_identifier(column) => format!("replace({column}::text, '-', '')"),
            Engine::Postgres => format!("encode({column}, 'hex')"),
        };
        let question = format!("SELECT {digits} FROM events WHERE sequence = {number}");
        let mut found = self.server.database().texts(&question).await?;
        found.pop().ok_or_else(|| format!("number {number} has no {column}").into())
    }

    /// Those digits as a value of that column.
    pub fn literal(&self, column: &str, digits: &str) -> String {
        match self.engine {
            Engine::Sqlite => format!("x'{digits}'"),
            Engine::Postgres if is_identifier(column) => format!("'{digits}'::uuid"),
            Engine::Postgres => format!("decode('{digits}', 'hex')"),
        }
    }

    /// What lets statements break the rules of the tables, as somebody could who has the database to themselves.
    fn lawless(&self) -> &'static str {
        match self.engine {
            Engine::Sqlite => {
                "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET sql = replace(sql, 'CHECK (', 'CHECK (1 OR ') WHERE name = 'events';
                 PRAGMA writable_schema = RESET;"
            }
            Engine::Postgres => {
                "DO $$ DECLARE law record; BEGIN
                     FOR law IN SELECT conname FROM pg_constraint WHERE conrelid = 'events'::regclass AND contype = 'c'
                     LOOP EXECUTE format('ALTER TABLE events DROP CONSTRAINT %I', law.conname); END LOOP;
                 END $$;"
            }
        }
    }

    /// A copy of the database after somebody has run these statements on it.
    pub async fn copy(&self, statements: &str) -> Outcome<Copy> {
        let number = COPIED.fetch_add(1, Ordering::Relaxed);
        let database = match self.server.database() {
            Database::Sqlite(path) => {
                let copy = path.with_file_name(format!("copy{number}.db"));
                std::fs::copy(path, &copy)?;
                Database::Sqlite(copy)
            }
            Database::Postgres(url) => Database::copied_on_server(url, &format!("_copy{number}")).await?,
        };
        if !statements.is_empty() {
            database.execute(&format!("{}{statements}", self.lawless())).await?;
        }
        let program = self.program.clone().with("DATABASE__URL", &database.url());
        Ok(Copy { database, program })
    }
}

fn is_identifier(column: &str) -> bool {
    matches!(column, "id" | "actor_id" | "subject" | "request_id")
}

/// A copy, and the binary on it.
pub struct Copy {
    pub database: Database,
    pub program: Program,
}

impl Copy {
    /// What a check of it shows, which changes nothing.
    pub async fn verified(&self, options: &[&str]) -> Outcome<Finding> {
        let before = dump(&self.database, &TRAIL).await?;
        let finding = verified(&self.program, options).await?;
        if dump(&self.database, &TRAIL).await? != before {
            return Err(format!("the check has found {finding:?} and changed something").into());
        }
        Ok(finding)
    }

    /// Removes it.
    pub async fn remove(self) -> Outcome {
        match &self.database {
            Database::Sqlite(path) => Ok(std::fs::remove_file(path)?),
            Database::Postgres(url) => {
                let (host, name) = url.rsplit_once('/').ok_or("the URL names no database")?;
                let mut server = PgConnection::connect(&format!("{host}/postgres")).await?;
                let statement = format!("DROP DATABASE {name} WITH (FORCE)");
                Ok(server.execute(AssertSqlSafe(statement)).await.map(drop)?)
            }
        }
    }
}

/// What a check shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Nothing is wrong.
    Holds,
    /// The first number at which something is, and what.
    Flaw(i64, String),
    /// It could not even be followed.
    Problem(String),
}

impl Finding {
    /// A flaw.
    pub fn at(number: i64, trouble: &str) -> Self {
        Self::Flaw(number, trouble.to_owned())
    }

    /// Whether it is what was expected. Of a problem it is enough that it names what is expected of it.
    pub fn is_meant_by(&self, expected: &Self) -> bool {
        match (self, expected) {
            (Self::Problem(told), Self::Problem(expected)) => told.contains(expected.as_str()),
            _ => self == expected,
        }
    }
}

/// Checks, and reads what is printed: one JSON object, and 1 as the exit code where anything is wrong.
pub async fn verified(program: &Program, options: &[&str]) -> Outcome<Finding> {
    let arguments = [&["audit", "verify", "--json"], options].concat();
    let ended = program.run(&arguments).await?;
    assert!(!ended.aside.contains("panicked"), "{ended:?}");
    // What can't even be opened is not followed either.
    if ended.code == Some(1) && ended.output.is_empty() {
        return Ok(Finding::Problem(ended.aside));
    }
    let told: Value = serde_json::from_str(&ended.output).map_err(|error| format!("{error}: {ended:?}"))?;
    let finding = match (told["holds"].as_bool(), told["sequence"].as_i64()) {
        (Some(true), None) => Finding::Holds,
        (Some(false), Some(number)) => Finding::at(number, told["trouble"].as_str().unwrap_or_default()),
        (Some(false), None) => Finding::Problem(told["problem"].as_str().unwrap_or_default().to_owned()),
        _ => return Err(format!("{ended:?}").into()),
    };
    assert_eq!(ended.code, Some(i32::from(finding != Finding::Holds)), "{ended:?}");
    Ok(finding)
}

/// The digits of some bytes with one of the bytes changed.
pub fn flipped(digits: &str, byte: usize) -> String {
    let mut digits: Vec<char> = digits.chars().collect();
    let place = (2 * byte + 1).min(digits.len().saturating_sub(1));
    if let Some(digit) = digits.get_mut(place) {
        *digit = if *digit == '0' { '1' } else { '0' };
    }
    digits.into_iter().collect()
}
