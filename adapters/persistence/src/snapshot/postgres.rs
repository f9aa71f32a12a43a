use super::server::{PostgresTools, Server};
use application::backup::SnapshotError;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Error, Executor};
use std::path::Path;
use std::time::{Duration, Instant};
use tokio::time::{sleep, timeout};

/// How long a server may take to answer somebody who has come to put something back.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long others may take to go: a server notices a moment late that whoever has worked with a database has ended.
const FAREWELL: Duration = Duration::from_secs(5);

const SCHEMA: &str = "SELECT coalesce(current_schema()::text, '')";
const RELATIONS: &str = "
    SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')";
const USERS: &str = "
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name = 'xtrem'";
const NAME_ASIDE: &str = "SELECT set_config('xtrem.aside', $1, TRUE)";
const MOVE_ASIDE: &str = "
    DO $$
    DECLARE moved record;
    BEGIN
        EXECUTE format('CREATE SCHEMA %I', current_setting('xtrem.aside'));
        FOR moved IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        LOOP
            EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', current_schema(), moved.relname, current_setting('xtrem.aside'));
        END LOOP;
    END $$";
const DROP_LOADED: &str = "
    DO $$
    DECLARE loaded record;
    BEGIN
        FOR loaded IN SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p')
        LOOP
            EXECUTE format('DROP TABLE %I.%I CASCADE', current_schema(), loaded.relname);
        END LOOP;
    END $$";
const MOVE_BACK: &str = "
    DO $$
    DECLARE moved record;
    BEGIN
        FOR moved IN
            SELECT relname FROM pg_class
            WHERE relnamespace = current_setting('xtrem.aside')::regnamespace AND relkind IN ('r', 'p')
        LOOP
            EXECUTE format('ALTER TABLE %I.%I SET SCHEMA %I', current_setting('xtrem.aside'), moved.relname, current_schema());
        END LOOP;
        EXECUTE format('DROP SCHEMA %I', current_setting('xtrem.aside'));
    END $$";

/// Dumps what is in the schema that Xtrem works in, as one moment shows it.
pub(super) async fn dump(
    tools: &PostgresTools,
    ground: &Ground,
    server: &Server,
    to: &Path,
) -> Result<(), SnapshotError> {
    // A pattern: in quotes it stands for itself.
    let schema = format!("--schema=\"{}\"", ground.schema().await?.replace('"', "\"\""));
    let arguments = ["--format=custom", "--no-owner", "--no-privileges", "--no-password", &schema, "--file"];
    server.run(tools.dump(), &arguments, to).await
}

/// Loads a dump: all of it or nothing.
pub(super) async fn load(
    tools: &PostgresTools,
    schema: &str,
    server: &Server,
    from: &Path,
) -> Result<(), SnapshotError> {
    let (schema, database) = (format!("--schema={schema}"), format!("--dbname={}", server.database));
    let arguments = [
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        &schema,
        &database,
    ];
    server.run(tools.restore(), &arguments, from).await
}

/// A database into which something is put back.
pub(super) struct Ground {
    options: PgConnectOptions,
    place: String,
}

impl Ground {
    pub(super) fn new(options: &PgConnectOptions) -> Self {
        Self {
            place: crate::postgres::place(options),
            options: options.clone().application_name("xtrem restore"),
        }
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The schema that Xtrem works in.
    pub(super) async fn schema(&self) -> Result<String, SnapshotError> {
        let mut connection = self.connect().await?;
        let schema: String = self.answer(&mut connection, SCHEMA).await?;
        if schema.is_empty() {
            let text = format!("{}: there is no schema to work in; make one, or set search_path", self.place);
            return Err(SnapshotError::Refused(text));
        }
        Ok(schema)
    }

    /// Makes sure that nothing is there, or nobody works with what is there.
    pub(super) async fn require_room(&self, may_move: bool) -> Result<(), SnapshotError> {
        self.schema().await?;
        let mut connection = self.connect().await?;
        if self.answer::<i64>(&mut connection, RELATIONS).await? == 0 {
            return Ok(());
        }
        if !may_move {
            return Err(SnapshotError::Refused(format!(
                "there are tables in {} already, and nothing was touched: name an empty database, or say --replace to \
                 have them moved aside",
                self.place
            )));
        }
        let begun = Instant::now();
        while self.answer::<i64>(&mut connection, USERS).await? > 0 {
            if begun.elapsed() > FAREWELL {
                let text =
                    format!("{} is in use, and nothing was touched: stop the service first", self.place);
                return Err(SnapshotError::Refused(text));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Moves every table into a schema of that name. Says whether there was any.
    pub(super) async fn move_aside(&self, aside: &str) -> Result<bool, SnapshotError> {
        let mut connection = self.connect().await?;
        if self.answer::<i64>(&mut connection, RELATIONS).await? == 0 {
            return Ok(false);
        }
        self.within(&mut connection, aside, &[MOVE_ASIDE]).await?;
        Ok(true)
    }

    /// Drops what was loaded; what was moved aside comes back.
    pub(super) async fn undo(&self, loaded: bool, aside: Option<&str>) -> Result<(), SnapshotError> {
        let mut connection = self.connect().await?;
        let texts: Vec<&'static str> =
            [loaded.then_some(DROP_LOADED), aside.map(|_| MOVE_BACK)].into_iter().flatten().collect();
        self.within(&mut connection, aside.unwrap_or_default(), &texts).await
    }

    /// Gives the schema that was moved aside its lasting name.
    pub(super) async fn name_aside(&self, aside: &str, lasting: &str) -> Result<(), SnapshotError> {
        let mut connection = self.connect().await?;
        let rename = AssertSqlSafe(format!("ALTER SCHEMA \"{aside}\" RENAME TO \"{lasting}\""));
        connection.execute(sqlx::raw_sql(rename)).await.map(drop).map_err(|error| self.failed(&error))
    }

    /// Makes a database for a trial on the same server.
    pub(super) async fn make(&self, name: &str) -> Result<(), SnapshotError> {
        let mut connection = self.connect().await?;
        let create = AssertSqlSafe(format!(
            "CREATE DATABASE \"{name}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'"
        ));
        connection.execute(sqlx::raw_sql(create)).await.map(drop).map_err(|error| {
            let is_forbidden = error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501");
            if is_forbidden {
                return SnapshotError::Refused(format!(
                    "{}: to try a backup takes a database of its own for a while, and this user may make none: ALTER ROLE \
                     ... CREATEDB, or try it against another server",
                    self.place
                ));
            }
            self.failed(&error)
        })
    }

    /// Makes a schema where there is none by that name.
    pub(super) async fn make_schema(&self, schema: &str) -> Result<(), SnapshotError> {
        let mut connection = self.connect().await?;
        let create =
            AssertSqlSafe(format!("CREATE SCHEMA IF NOT EXISTS \"{}\"", schema.replace('"', "\"\"")));
        connection.execute(sqlx::raw_sql(create)).await.map(drop).map_err(|error| self.failed(&error))
    }

    /// Removes such a database.
    pub(super) async fn remove(&self, name: &str) -> Result<(), SnapshotError> {
        let mut connection = self.connect().await?;
        let drop_it = AssertSqlSafe(format!("DROP DATABASE IF EXISTS \"{name}\" WITH (FORCE)"));
        connection.execute(sqlx::raw_sql(drop_it)).await.map(drop).map_err(|error| self.failed(&error))
    }

    async fn within(
        &self,
        connection: &mut PgConnection,
        aside: &str,
        texts: &[&'static str],
    ) -> Result<(), SnapshotError> {
        let done = async {
            let mut work = connection.begin().await?;
            sqlx::query(NAME_ASIDE).bind(aside).execute(&mut *work).await?;
            for text in texts {
                work.execute(sqlx::raw_sql(*text)).await?;
            }
            work.commit().await
        };
        done.await.map_err(|error| self.failed(&error))
    }

    async fn connect(&self) -> Result<PgConnection, SnapshotError> {
        let unreachable =
            |reason: String| SnapshotError::Failed(format!("{} can't be reached: {reason}", self.place));
        let connected = timeout(PATIENCE, PgConnection::connect_with(&self.options)).await;
        connected
            .map_err(|_| unreachable("it did not answer in time".to_owned()))?
            .map_err(|error| unreachable(error.to_string()))
    }

    async fn answer<T>(&self, connection: &mut PgConnection, sql: &'static str) -> Result<T, SnapshotError>
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        sqlx::query_scalar(sql).fetch_one(connection).await.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &Error) -> SnapshotError {
        SnapshotError::Failed(format!("{}: {error}", self.place))
    }
}
