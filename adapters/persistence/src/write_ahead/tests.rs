use super::*;
use crate::engine::Pools;
use crate::settings::Settings;
use crate::sqlite;
use crate::turns::{Sharing, Writer};
use std::path::{Path, PathBuf};
use std::pin::pin;
use tempfile::TempDir;
use tokio::time::timeout;

static METER: Meter = Meter::at("write_ahead::tests");

const MIB: u64 = 1 << 20;
const TABLE: &str = "CREATE TABLE t (bytes BLOB)";
/// Twice as many pages as would make SQLite bring them home within the commit by itself.
const EIGHT_MIB: &str = "INSERT INTO t VALUES (zeroblob(8388608))";
/// On pages that nobody writes again.
const A_LITTLE: &str = "INSERT INTO t VALUES (zeroblob(100000))";
/// More than the log may hold.
const SEVENTY_MIB: &str = "INSERT INTO t VALUES (zeroblob(73400320))";

/// A file with a table, and who writes into it.
struct Desk {
    writer: Arc<Writer>,
    file: PathBuf,
    _folder: TempDir,
}

async fn desk() -> Desk {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("t.db");
    let settings = Settings::new(format!("sqlite:{}", file.display()));
    let Pools::Sqlite { writer, .. } = sqlite::open(Schema::Main, &file, &settings).await.unwrap() else {
        panic!("this is no SQLite");
    };
    let desk = Desk { writer, file, _folder: folder };
    desk.commit_unnoticed(TABLE).await;
    desk
}

impl Desk {
    async fn commit(&self, statement: &'static str) {
        let mut unit = self.writer.begin(Sharing::Shared).await.unwrap();
        unit.held().control(&METER, statement).await.unwrap();
        unit.commit(Box::new(|_| {})).await.unwrap();
    }

    /// Like SQLite by itself: nobody is told.
    async fn commit_unnoticed(&self, statement: &'static str) {
        let mut held = self.writer.connections().hold().await.unwrap();
        held.control(&METER, statement).await.unwrap();
    }

    fn size(&self) -> u64 {
        self.file.metadata().unwrap().len()
    }

    async fn grows_beyond(&self, size: u64) {
        while self.size() < size {
            sleep(Duration::from_millis(5)).await;
        }
    }

    fn has_log(&self) -> bool {
        Path::new(&format!("{}-wal", self.file.display())).exists()
    }
}

#[tokio::test]
async fn what_was_committed_is_brought_home_soon_and_not_by_the_commit() {
    let desk = desk().await;
    desk.commit_unnoticed(EIGHT_MIB).await;
    assert!(desk.size() < MIB, "{}", desk.size());
    desk.commit(EIGHT_MIB).await;
    desk.grows_beyond(16 * MIB).await;
    // And what is committed after that, once more.
    desk.commit(EIGHT_MIB).await;
    desk.grows_beyond(24 * MIB).await;
}

#[tokio::test]
async fn a_log_that_has_become_long_all_the_same_is_brought_home_by_the_commit() {
    let desk = desk().await;
    desk.commit_unnoticed(SEVENTY_MIB).await;
    assert!(desk.size() > 70 * MIB, "{}", desk.size());
}

#[tokio::test]
async fn nobody_is_left_at_a_log_that_was_closed() {
    let desk = desk().await;
    desk.commit(EIGHT_MIB).await;
    desk.grows_beyond(8 * MIB).await;
    assert!(desk.has_log());
    desk.writer.close().await;
    assert!(!desk.has_log());
    let answer = desk.writer.truncate_log().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    assert!(!desk.has_log());
}

#[tokio::test]
async fn nobody_writes_while_the_rest_of_a_long_log_is_brought_home() {
    let desk = desk().await;
    let log = WriteAheadLog::new(Schema::Main, Arc::clone(desk.writer.connections()));
    desk.commit_unnoticed(A_LITTLE).await;
    let mut looking = desk.writer.connections().options().connect().await.unwrap();
    sqlx::raw_sql("BEGIN; SELECT count(*) FROM t").execute(&mut looking).await.unwrap();
    let before = desk.size();
    desk.commit_unnoticed(EIGHT_MIB).await;
    let writing = desk.writer.connections().hold().await.unwrap();
    let mut brought = pin!(log.bring_home());
    // What that one sees comes home at once; the rest can't, and waits for its turn.
    while desk.size() == before {
        let is_over = timeout(Duration::from_millis(5), &mut brought).await.is_ok();
        assert!(!is_over);
    }
    sqlx::raw_sql("ROLLBACK").execute(&mut looking).await.unwrap();
    assert!(desk.size() < MIB, "{}", desk.size());
    drop(writing);
    brought.await.unwrap();
    assert!(desk.size() > 8 * MIB, "{}", desk.size());
}

#[tokio::test]
async fn whoever_fails_once_does_not_fail_for_ever() {
    let desk = desk().await;
    // Nobody opens it where a folder stands in its place.
    let elsewhere = desk.file.with_file_name("elsewhere");
    std::fs::rename(&desk.file, &elsewhere).unwrap();
    std::fs::create_dir(&desk.file).unwrap();
    let answer = desk.writer.truncate_log().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "{answer:?}");
    std::fs::remove_dir(&desk.file).unwrap();
    std::fs::rename(&elsewhere, &desk.file).unwrap();
    assert!(desk.writer.truncate_log().await.unwrap());
}
