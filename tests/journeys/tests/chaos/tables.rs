//! Tables, row by row and word by word, as they stand past the service.

use journeys::Outcome;
use journeys::database::Database;

/// What keeps accounts, beside the events that tell of them.
pub const ACCOUNTS: [&str; 5] = ["users", "passwords", "sessions", "refresh_tokens", "data_keys"];

/// What keeps the trail.
pub const TRAIL: [&str; 3] = ["events", "audit_chain", "audit_anchor"];

/// The names of the columns of a table, in a fixed order.
pub async fn columns(database: &Database, table: &str) -> Outcome<Vec<String>> {
    let question = match database {
        Database::Sqlite(_) => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY name"),
        Database::Postgres(_) => {
            format!(
                "SELECT column_name::text FROM information_schema.columns WHERE table_name = '{table}' ORDER BY 1"
            )
        }
    };
    database.texts(&question).await
}

/// Every row of some tables, in a fixed order.
pub async fn dump(database: &Database, tables: &[&str]) -> Outcome<Vec<String>> {
    let mut all = Vec::new();
    for table in tables {
        let cells: Vec<String> =
            columns(database, table).await?.iter().map(|name| cell(database, name)).collect();
        let row = cells.join(" || ' ' || ");
        let mut rows = database.texts(&format!("SELECT '{table} ' || {row} FROM {table}")).await?;
        rows.sort_unstable();
        all.append(&mut rows);
    }
    Ok(all)
}

fn cell(database: &Database, column: &str) -> String {
    match database {
        Database::Sqlite(_) => format!("quote({column})"),
        Database::Postgres(_) => format!("coalesce({column}::text, 'NULL')"),
    }
}
