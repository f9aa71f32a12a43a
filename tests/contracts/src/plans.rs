//! No list is sorted or searched through as a whole: both engines are asked how they would go about it.

use crate::{Database, Engine, Raw, on_both_engines};
use persistence::SqlStore;

on_both_engines! {
    no_list_looks_at_more_rows_than_it_tells,
}

/// How many rows a list tells, of forty thousand.
const LIMIT: usize = 50;

const USERS: &str = "
    INSERT INTO users (id, username, username_key, email_key, role, role_until, role_after, status, suspended_at,
        suspended_until, suspension_reason, locale, theme, email_notifications, created_at, updated_at, version)
    SELECT $n, 'user-' || n, 'user-' || n, 'user-' || n || '@example.com',
        CASE n % 50 WHEN 0 THEN 'admin' WHEN 1 THEN 'moderator' ELSE 'user' END,
        CASE n % 50 WHEN 0 THEN n END, CASE n % 50 WHEN 0 THEN 'user' END,
        CASE n % 10 WHEN 0 THEN 'suspended' ELSE 'active' END, CASE n % 10 WHEN 0 THEN n END,
        CASE n % 10 WHEN 0 THEN n END, CASE n % 10 WHEN 0 THEN 'spam' END, 'en', 'dark', $yes, n, n, 1
    FROM numbers";

const DATA_KEYS: &str = "
    INSERT INTO data_keys (user_id, wrapping, sealed, vault_version) SELECT $n, 1, $sealed, $n FROM numbers";

const EVENTS: &str = "
    INSERT INTO events (id, kind, actor, actor_id, subject, at, in_clear, address_index, sequence, link, detail)
    SELECT $n, CASE n % 3 WHEN 0 THEN 'logged_in' ELSE 'logged_out' END, 'user', $m, $m, n, $no,
        CASE n % 2 WHEN 1 THEN $digest END, CASE WHEN n <= 39000 THEN n END, CASE WHEN n <= 39000 THEN $digest END, '{}'
    FROM numbers";

const SESSIONS: &str = "
    INSERT INTO sessions (id, user_id, channel, method, scopes, created_at, last_used_at)
    SELECT $n, $n, 'api', 'password', '', n, n FROM numbers";

const REFRESH_TOKENS: &str = "
    INSERT INTO refresh_tokens (session_id, generation, digest, client, scopes, issued_at)
    SELECT $n, 1, $digest, $digest, '', n FROM numbers";

/// Fills the tables past the store, with people, their sessions and events of all kinds.
async fn fill(raw: &mut Raw) {
    let (numbers, id, bytes, [yes, no]) = match raw {
        Raw::Sqlite(_) => (
            "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 40000)
             SELECT n FROM numbers",
            "unhex(printf('%032x', $))",
            "zeroblob($)",
            ["1", "0"],
        ),
        Raw::Postgres(_) => (
            "SELECT generate_series(1, 40000) AS n",
            "CAST(lpad(to_hex($), 32, '0') AS UUID)",
            "decode(repeat('00', $), 'hex')",
            ["TRUE", "FALSE"],
        ),
    };
    raw.run(&format!("CREATE TABLE numbers AS {numbers}")).await.unwrap();
    for fill in [USERS, DATA_KEYS, SESSIONS, REFRESH_TOKENS, EVENTS] {
        let fill =
            fill.replace("$sealed", &bytes.replace('$', "73")).replace("$digest", &bytes.replace('$', "32"));
        let fill = fill.replace("$yes", yes).replace("$no", no);
        let fill = fill.replace("$n", &id.replace('$', "n")).replace("$m", &id.replace('$', "n % 2"));
        raw.run(&fill).await.unwrap();
    }
    // PostgreSQL does so by itself; on SQLite nobody does, so that its plans stay as they are.
    if matches!(raw, Raw::Postgres(_)) {
        raw.run("ANALYZE").await.unwrap();
    }
}

/// Values with which a statement tells as much as it may, beginning far down the list.
fn values(sql: &str) -> Vec<(&'static str, String)> {
    let id = |number: usize| ("UUID", format!("'{number:032x}'"));
    let text = |text: &str| ("TEXT", format!("'{text}'"));
    let number = |number: usize| ("BIGINT", number.to_string());
    let given = |passed: &str, (kind, value): (&'static str, String)| {
        let is_given = !sql.contains(&format!("{passed} IS NULL"));
        (kind, if is_given { value } else { "NULL".to_owned() })
    };
    let digest = || ("BYTEA", format!("'{}'", "00".repeat(32)));
    let rows = 0..sql.matches("($").count();
    match sql.split_whitespace().take(2).collect::<Vec<_>>()[..] {
        ["UPDATE", "events"] => {
            let joined = |row| [id(39_001 + row), number(39_001 + row), digest()];
            return rows.flat_map(joined).collect();
        }
        ["UPDATE", "sessions"] => {
            return rows.flat_map(|row| [id(39_001 + row), number(99_999)]).collect();
        }
        ["UPDATE", "refresh_tokens"] => {
            let rotated = |row| {
                let after = [number(2), digest(), digest(), digest(), text(""), number(99_999)];
                [id(39_001 + row), number(1), digest()].into_iter().chain(after)
            };
            return rows.flat_map(rotated).collect();
        }
        _ => {}
    }
    if sql.contains("at, id) >") {
        return vec![
            number(15_000),
            id(0),
            number(35_000),
            id(0),
            number(LIMIT),
            given("$6", id(1)),
            given("$7", text("logged_in")),
            given("$8", id(1)),
            given("$9", digest()),
        ];
    }
    if sql.contains("sequence > $1") {
        return vec![number(15_000), number(LIMIT)];
    }
    if sql.contains("sequence IS NULL") || sql.contains("LIKE") {
        return if sql.contains("$1") { vec![number(LIMIT)] } else { Vec::new() };
    }
    if sql.contains("FROM events") {
        return vec![text("logged_in"), number(30_000), number(30_150)];
    }
    if sql.contains("role_until <= $1") {
        return vec![number(99_999), number(LIMIT)];
    }
    if sql.contains("email_key = $1") {
        return vec![text("user-4711@example.com")];
    }
    let mut values = if sql.contains("ORDER BY u.id") {
        vec![id(15_000), id(35_000), number(LIMIT)]
    } else {
        vec![text("user-2"), text("user-35"), number(LIMIT)]
    };
    if sql.contains("UNION ALL") {
        for pair in [["user", "active"], ["moderator", "active"], ["admin", "suspended"]] {
            values.extend(pair.map(text));
        }
    }
    values
}

/// The numbers that stand behind `word` in a step: how many rows it has given, or passed over.
fn rows(step: &str, word: &str) -> usize {
    let number = |text: &str| {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().unwrap()
    };
    step.split(word).skip(1).map(number).sum()
}

fn wastes(engine: Engine, sql: &str, step: &str) -> bool {
    match engine {
        // Rows are found by a key, or from one end of a range to the other; only the few that were found in several
        // stretches may be walked through and put in order once more.
        Engine::Sqlite => {
            let table = |kind| {
                let name = step.strip_prefix(kind)?.split(' ').next()?;
                ["u", "k", "s", "users", "data_keys", "sessions", "refresh_tokens", "events"]
                    .into_iter()
                    .find(|table| *table == name)
            };
            let end = step.rsplit(" AND ").next().unwrap_or_default();
            // The chain is told to its end, and nothing in between is passed over.
            let is_bounded = end.contains('<') || end.contains("=?") || end.contains("(sequence>?)");
            let is_sorted = step.starts_with("USE TEMP B-TREE") && !sql.contains("UNION ALL");
            // What waits to be joined to the chain, or to be sealed, is all that its index has; a list may begin there, and
            // whoever joins some of them may not.
            let is_few = !sql.trim_start().starts_with("UPDATE")
                && ["events_waiting", "events_in_clear", "users_in_clear"]
                    .iter()
                    .any(|index| step.contains(index));
            let is_whole = table("SCAN ").is_some() && !is_few;
            is_whole || (table("SEARCH ").is_some() && !is_bounded) || is_sorted
        }
        Engine::Postgres => {
            let seen = rows(step, "(actual rows=") * rows(step, " loops=").max(1);
            // One row has no index that would be shorter.
            let is_whole = step.contains("Seq Scan") && !step.contains("audit_anchor");
            is_whole || seen > 4 * LIMIT || rows(step, "Removed by Filter: ") > 4 * LIMIT
        }
    }
}

async fn no_list_looks_at_more_rows_than_it_tells(database: &Database) {
    drop(database.store().await.unwrap());
    let mut raw = database.raw().await.unwrap();
    fill(&mut raw).await;
    let statements = SqlStore::list_statements();
    assert!(statements.len() > 20);
    for sql in statements {
        let plan = raw.plan(sql, &values(sql)).await.unwrap();
        let wasteful: Vec<_> = plan.iter().filter(|step| wastes(database.engine(), sql, step)).collect();
        assert!(wasteful.is_empty(), "{wasteful:?}\nin {sql}\n{}", plan.join("\n"));
    }
}
