//! An installation as the version before the vault has left it: its tables made by its own migrations, and in them what it
//! had written of three people itself; and a crowd beside them, so that bringing all of it here takes a while.

use crate::copies::digits;
use aws_lc_rs::digest::{SHA384, digest};
use journeys::database::Database;
use journeys::traces::Traces;
use journeys::{Engine, Outcome, Settings, moment};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;

/// The last migration of that version.
const LAST: i64 = 14;
const ROWS: &str = include_str!("previous.sql");
const ROOT_KEY: &str = "a32920915da82b11db56fbcaf3ab171ca453746fa29a452cc07a678b64902d5b";
/// When it was used last, in seconds since 1970: a service whose clock begins then finds its sessions alive.
const LAST_USED: i64 = 1_795_390_458;

/// What wren logs in with, then as now.
pub const PASSWORD: &str = "umbrella-corsair-plinth";
pub const ADMINISTRATORS_PASSWORD: &str = "corsair-lantern-plinth";
/// What wren's program had been given, and wren's browser.
pub const REFRESH_TOKEN: &str = "xrt_AaIFnEjzfSKSuDwsDudE1AAAAAGVAEoeRcUpw2nOJpyG9MAGTVDBO_ybXtRbP7frcJYhEg";
pub const COOKIE: &str = "session=xsc_AaIFnEo6euGznwO0eXgK6fVOyWIa1ZGD38CRtnMFYzB37dOBGgKHRJ9nxTo3nZhe";

/// How many people, sessions and events there are beside those three.
pub const CROWD: i64 = 700;
pub const EVENTS: i64 = 3_000;

/// All that stood in clear, apart from the reason for which an account is closed: that is still shown to its owner.
pub fn traces() -> Traces {
    Traces::of([
        "upgrade.example",
        "Wren Beforehand",
        "bees beforehand",
        "Kept-Lyon",
        "kept-bees.example",
        "Kept-reason of a role",
        "Kept-reason of a look",
        "kept laptop",
        "kept-device",
        "kept desk",
        "2001:db8:77::",
        "198.51.100.77",
        "wader of the crowd",
    ])
}

/// Makes it. What is answered starts it as this version, with the clock of that day.
pub async fn installation(engine: Engine) -> Outcome<(Settings, Database)> {
    let home = Arc::new(tempfile::Builder::new().prefix("xtrem-previous-").tempdir()?);
    let database = Database::create(engine, home.path()).await?;
    if let Database::Sqlite(path) = &database {
        // An empty file is an empty database.
        std::fs::write(path, "")?;
    }
    migrate(engine, &database).await?;
    for statement in ROWS.split(";\n").filter(|statement| !statement.trim().is_empty()) {
        database.execute(&spelled(&database, statement)).await?;
    }
    for statement in crowd() {
        database.execute(&spelled(&database, &statement)).await?;
    }
    if engine == Engine::Sqlite {
        database.execute("PRAGMA journal_mode = WAL").await?;
    }
    put_key(&home)?;
    let back = moment::since(LAST_USED + 60)?;
    let settings = Settings::on(engine).living_in(&home).database(database.clone()).with_clock_set_back(back);
    Ok((settings.unthrottled(), database))
}

fn put_key(home: &TempDir) -> Outcome {
    let folder = home.path().join("data");
    std::fs::create_dir(&folder)?;
    std::fs::write(folder.join("root.key"), ROOT_KEY)?;
    let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
    Ok(std::fs::set_permissions(folder.join("root.key"), private)?)
}

/// Makes the tables as that version did, and notes it as sqlx did for it.
async fn migrate(engine: Engine, database: &Database) -> Outcome {
    let name = if engine == Engine::Sqlite { "sqlite" } else { "postgres" };
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters/persistence/migrations").join(name);
    let mut files: Vec<_> =
        std::fs::read_dir(folder)?.map_while(Result::ok).map(|file| file.path()).collect();
    files.sort();
    let (instant, bytes) =
        if engine == Engine::Sqlite { ("TIMESTAMP", "BLOB") } else { ("TIMESTAMPTZ", "BYTEA") };
    let table = format!(
        "CREATE TABLE _sqlx_migrations (version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on {instant} NOT \
         NULL DEFAULT CURRENT_TIMESTAMP, success BOOLEAN NOT NULL, checksum {bytes} NOT NULL, execution_time BIGINT NOT \
         NULL)"
    );
    database.execute(&table).await?;
    for (version, file) in (1..=LAST).zip(files) {
        let text = std::fs::read_to_string(&file)?;
        database.execute(&text).await?;
        let room = file.file_stem().map(|name| name.to_string_lossy()[5..].to_owned()).unwrap_or_default();
        let checksum = database.bytes(&digits(digest(&SHA384, text.as_bytes()).as_ref()));
        let note = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)";
        database.execute(&format!("{note} VALUES ({version}, '{room}', TRUE, {checksum}, 1)")).await?;
    }
    Ok(())
}

/// The statement with its identifiers and bytes as that engine reads them.
fn spelled(database: &Database, statement: &str) -> String {
    let mut spelled = String::new();
    let mut rest = statement;
    while let Some(at) = rest.find(['u', 'b']) {
        let (before, after) = rest.split_at(at);
        spelled.push_str(before);
        let is_whole = before.ends_with([' ', '(']) && after[1..].starts_with('\'');
        let literal = after.get(2..).and_then(|text| text.split_once('\'')).filter(|_| is_whole);
        if let Some((digits, left)) = literal {
            spelled.push_str(&if after.starts_with('u') {
                database.id(digits)
            } else {
                database.bytes(digits)
            });
            rest = left;
        } else {
            spelled.push_str(&after[..1]);
            rest = &after[1..];
        }
    }
    spelled + rest
}

/// People, each with a session, and what happened to them.
fn crowd() -> Vec<String> {
    let id = |kind: u8, number: i64| format!("01a20000{kind:02x}00700080000000{number:08x}");
    let at = |number: i64| LAST_USED * 1_000_000 - 9_000_000_000 + number;
    let (mut users, mut people, mut sessions, mut events) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..CROWD {
        let (user, session, at) = (id(1, number), id(2, number), at(number));
        let email = format!("wader{number}@upgrade.example");
        users.push(format!(
            "(u'{user}', 'wader{number}', 'wader{number}', '{email}', 'user', 'active', 'en', 'system', TRUE, {at}, {at}, 1)"
        ));
        people.push(format!("(u'{user}', '{email}', 'A wader of the crowd')"));
        sessions.push(format!(
            "(u'{session}', u'{user}', 'api', 'kept laptop {number}', '2001:db8:77::{number:x}', 'profile:read', {at}, {at})"
        ));
    }
    for number in 0..EVENTS {
        let (event, user, at) = (id(3, number), id(1, number % CROWD), at(number));
        events.push(format!(
            "(u'{event}', 'profile_edited', 'user', u'{user}', u'{user}', {at}, '2001:db8:77::{number:x}', '{{}}')"
        ));
    }
    let mut statements = Vec::new();
    for (table, rows) in [
        (
            "users (id, username, username_key, email_key, role, status, locale, theme, email_notifications, created_at, \
             updated_at, version)",
            users,
        ),
        ("personal_data (user_id, email, full_name)", people),
        ("sessions (id, user_id, channel, device_name, address, scopes, created_at, last_used_at)", sessions),
        ("events (id, kind, actor, actor_id, subject, at, address, detail)", events),
    ] {
        statements
            .extend(rows.chunks(500).map(|rows| format!("INSERT INTO {table} VALUES {}", rows.join(", "))));
    }
    statements.push(format!(
        "UPDATE user_counts SET count = count + {CROWD} WHERE role = 'user' AND status = 'active'"
    ));
    statements
}

/// How much of it stands in clear still.
pub async fn in_clear(database: &Database) -> Outcome<(i64, i64, i64)> {
    Ok((
        database.number("SELECT COUNT(*) FROM personal_data").await?,
        database
            .number("SELECT COUNT(*) FROM sessions WHERE address IS NOT NULL OR device_name IS NOT NULL")
            .await?,
        // The column comes with the migration.
        database.number("SELECT COUNT(*) FROM events WHERE address IS NOT NULL").await?,
    ))
}
