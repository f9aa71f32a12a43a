//! What is particular to SQLite: its file.

use crate::people::{family, session_id, settled, somebody, still_waits, user_id};
use crate::{Database, Engine};
use application::store::{Store, StoreError, UserDirectory};
use persistence::{OpenError, Settings, SqlStore};
use std::path::{Path, PathBuf};

async fn database() -> Database {
    Database::create(Engine::Sqlite).await.unwrap()
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", file.display()))
}

async fn refusal(database: &Database) -> OpenError {
    let refused = database.open(&database.settings()).await.map(drop).unwrap_err();
    let told = refused.to_string();
    assert!(told.contains(&database.file().display().to_string()), "{told}");
    refused
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_reads_the_file_and_what_lies_beside_it() {
    use std::os::unix::fs::PermissionsExt;
    let database = database().await;
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    for suffix in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(beside(&database.file(), suffix)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix:?}");
    }
}

/// What `.cargo/config.toml` asks for: a build that is told something else is slower, and larger at rest.
#[tokio::test]
async fn sqlite_is_compiled_with_what_is_needed_and_without_the_rest() {
    let database = database().await;
    drop(database.store().await.unwrap());
    let options = "SELECT compile_options FROM pragma_compile_options";
    let options = database.raw().await.unwrap().texts(options).await.unwrap();
    for needed in ["DEFAULT_MEMSTATUS=0", "ENABLE_QPSG", "OMIT_SHARED_CACHE"] {
        assert!(options.iter().any(|option| option == needed), "{needed}: {options:?}");
    }
    let unused = ["MEMORY_MANAGEMENT", "FTS3", "FTS5", "RTREE", "DBSTAT_VTAB", "STAT4"];
    for unused in unused.map(|name| format!("ENABLE_{name}")).into_iter().chain(["SOUNDEX".to_owned()]) {
        assert!(!options.contains(&unused), "{unused}: {options:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_as_it_is() {
    let database = database().await;
    let text = b"this is not a database, however long it may be; ".repeat(100);
    std::fs::write(database.file(), &text).unwrap();
    let refused = refusal(&database).await;
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
    assert_eq!(std::fs::read(database.file()).unwrap(), text);
}

/// Overwrites a page of a database that was closed in good order.
async fn damage(database: &Database, at: usize) {
    let store = database.store().await.unwrap();
    for number in 1..=50 {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
    }
    store.close().await;
    let mut bytes = std::fs::read(database.file()).unwrap();
    bytes[at..at + 2000].fill(0x5a);
    std::fs::write(database.file(), bytes).unwrap();
}

#[tokio::test]
async fn a_damaged_head_is_refused() {
    let database = database().await;
    damage(&database, 0).await;
    let refused = refusal(&database).await;
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_damaged_page_is_refused() {
    let database = database().await;
    damage(&database, 3 * 4096).await;
    let refused = refusal(&database).await;
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
}

#[tokio::test]
async fn damage_that_shows_while_running_is_told_as_unavailable_and_never_as_absence() {
    let database = database().await;
    damage(&database, 0).await;
    let whole = Database::create(Engine::Sqlite).await.unwrap();
    let store = whole.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    store.close().await;
    let store = whole.store().await.unwrap();
    // The disk goes bad under a store that is open.
    std::fs::write(whole.file(), std::fs::read(database.file()).unwrap()).unwrap();
    let answer = store.profile(user_id(1)).await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_and_left_as_it_is() {
    let database = database().await;
    database.raw_new().await.unwrap().run("CREATE TABLE songs (title TEXT)").await.unwrap();
    let refused = refusal(&database).await;
    assert!(matches!(refused, OpenError::Foreign { .. }), "{refused:?}");
    let tables = database.raw().await.unwrap().texts("SELECT name FROM sqlite_schema").await.unwrap();
    assert_eq!(tables, ["songs"]);
}

#[tokio::test]
async fn whoever_is_refused_has_closed_what_was_opened() {
    let database = database().await;
    database.store().await.unwrap().close().await;
    let settings = database.settings();
    let twice = SqlStore::open(&settings, &settings, database.sealing()).await.map(drop).unwrap_err();
    assert!(matches!(twice, OpenError::Mistaken { .. }), "{twice:?}");
    std::fs::remove_file(database.vault_file()).unwrap();
    std::fs::write(database.vault_file(), b"no database").unwrap();
    let damaged = database.open(&settings).await.map(drop).unwrap_err();
    assert!(matches!(damaged, OpenError::Damaged { .. }), "{damaged:?}");
    // Whoever closes a file as the last one takes away what lies beside it.
    assert!(!beside(&database.file(), "-wal").exists());
}

#[tokio::test]
async fn a_lost_file_is_not_made_anew_while_its_log_is_there() {
    let database = database().await;
    drop(database.store().await.unwrap());
    std::fs::remove_file(database.file()).unwrap();
    std::fs::write(beside(&database.file(), "-wal"), b"the last changes").unwrap();
    let refused = refusal(&database).await;
    assert!(matches!(refused, OpenError::Lost { .. }), "{refused:?}");
    assert!(!database.file().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_in_somebody_elses_hands_is_waited_for() {
    let database = database().await;
    let mut other = database.raw_new().await.unwrap();
    other.run("BEGIN EXCLUSIVE").await.unwrap();
    let opening = database.open(&database.settings());
    let mut opening = tokio::spawn(async move { opening.await.map(drop) });
    still_waits(&mut opening).await;
    other.run("ROLLBACK").await.unwrap();
    opening.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn any_number_that_open_an_empty_place_at_once_all_open_it() {
    // Turning the write-ahead log on fails about once in a hundred such rounds, unless it is tried again.
    for _ in 0..100 {
        let database = database().await;
        let opening: Vec<_> = (0..8).map(|_| tokio::spawn(database.open(&database.settings()))).collect();
        for store in opening {
            store.await.unwrap().unwrap().close().await;
        }
    }
}

#[tokio::test]
async fn a_file_in_no_directory_is_refused() {
    let database = database().await;
    let nowhere = database.file().with_file_name("no/such/place.db");
    let refused = database.open(&Settings::new(nowhere.display().to_string())).await.map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::File { .. }), "{refused:?}");
    assert!(refused.to_string().contains("place.db"));
}

#[tokio::test]
async fn changes_reach_the_disk_before_they_are_acknowledged() {
    let database = database().await;
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    // A copy of what lies on the disk at this moment is a database with the change in it.
    let copy = Database::create(Engine::Sqlite).await.unwrap();
    for suffix in ["", "-wal"] {
        for (file, copy) in [(database.file(), copy.file()), (database.vault_file(), copy.vault_file())] {
            std::fs::copy(beside(&file, suffix), beside(&copy, suffix)).unwrap();
        }
    }
    assert!(copy.store().await.unwrap().profile(user_id(1)).await.unwrap().is_some());
}

#[tokio::test]
async fn what_was_deleted_is_overwritten() {
    let database = database().await;
    let store = database.store().await.unwrap();
    let mut person = somebody(1, "ann");
    person.personal.bio = domain::users::Bio::parse(&"MARKER-4711 ".repeat(40)).ok();
    settled(&store, &person).await;
    let mut work = store.begin().await.unwrap();
    work.personal_data().remove(user_id(1)).await.unwrap();
    work.commit().await.unwrap();
    store.close().await;
    let bytes = std::fs::read(database.file()).unwrap();
    assert!(!bytes.windows(11).any(|window| window == b"MARKER-4711"));
    assert!(!beside(&database.file(), "-wal").exists());
}

#[tokio::test]
async fn every_connection_is_as_safe_as_the_first() {
    let database = database().await;
    let store = database.store().await.unwrap();
    // Whatever the file says by default, a connection of the store writes through and checks its references.
    for _ in 0..2 {
        let mut work = store.begin().await.unwrap();
        assert!(work.refresh_tokens().insert(&family(session_id(1))).await.is_err());
    }
    let mode =
        database.raw().await.unwrap().texts("SELECT journal_mode FROM pragma_journal_mode").await.unwrap();
    assert_eq!(mode, ["wal"]);
}
