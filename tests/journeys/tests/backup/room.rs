//! Where there is no room for a backup, there is none, and no half one either.

use crate::elsewhere::service;
use journeys::database::Database;
use journeys::{Engine, Outcome, Resident, on_both_engines};

on_both_engines! {
    a_backup_for_which_there_is_no_room_leaves_nothing_behind,
}

/// How large files may become, which is less than what is to be copied.
const LIMIT: u64 = 2 << 20;

/// Puts more into a database than there is to be room for, in a form that can't be made smaller.
async fn fill(database: &Database) -> Outcome {
    match database {
        Database::Sqlite(_) => {
            database.execute("CREATE TABLE ballast AS SELECT randomblob(8000000) AS bytes").await?;
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").await
        }
        Database::Postgres(_) => {
            let rows = "SELECT md5(random()::text) AS digits FROM generate_series(1, 300000)";
            database.execute(&format!("CREATE TABLE ballast AS {rows}")).await
        }
    }
}

async fn a_backup_for_which_there_is_no_room_leaves_nothing_behind(engine: Engine) -> Outcome {
    let server = service(engine).await?;
    let ann = Resident::user(&server).await?;
    fill(server.database()).await?;
    let folder = server.home().path().join("backups");
    let place = folder.join("one").display().to_string();
    let full = server.program()?.with_files_up_to(LIMIT).run(&["backup", &place]).await?;
    full.clone().expect(1)?;
    assert!(full.aside.contains("room") || full.aside.contains("File too large"), "{}", full.aside);
    assert_eq!(std::fs::read_dir(&folder)?.count(), 0, "{}", full.aside);
    assert_eq!(server.vault().number("SELECT COUNT(*) FROM holds").await?, 0);
    assert_eq!(ann.knocks().await?, 200);
    server.command(&["backup", &place]).await?;
    server.command(&["backup", "--verify", &place]).await.map(drop)
}
