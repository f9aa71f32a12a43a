//! The tables, and how they come to be.

use crate::health::{answered, ready};
use crate::people::{settled, somebody, still_waits, user_id};
use crate::{Database, Raw, on_both_engines};
use application::store::{StoreHealth, UserDirectory};
use domain::users::UserQuery;
use persistence::{MigrationError, SqlStore};

on_both_engines! {
    an_empty_database_says_how_much_is_missing,
    migrating_twice_is_migrating_once,
    eight_that_start_at_once_migrate_once,
    a_database_of_a_newer_version_is_refused,
    a_running_store_goes_on_when_a_newer_version_has_migrated,
    a_database_whose_past_differs_is_refused,
    a_migration_that_is_being_done_elsewhere_is_waited_for,
}

async fn unmigrated(database: &Database) -> SqlStore {
    database.open(&database.settings()).await.unwrap()
}

async fn applied(database: &Database) -> i64 {
    let mut applied = 0;
    for mut raw in [database.raw().await.unwrap(), database.raw_vault().await.unwrap()] {
        applied += raw.number("SELECT count(*) FROM _sqlx_migrations").await.unwrap();
    }
    applied
}

async fn an_empty_database_says_how_much_is_missing(database: &Database) {
    let store = unmigrated(database).await;
    let missing = store.pending_migrations().await.unwrap();
    assert!(missing > 0);
    assert_eq!(answered(|| store.missing_migrations()).await, missing);
    assert!(store.is_new().await.unwrap());
    store.migrate().await.unwrap();
    assert_eq!(store.pending_migrations().await.unwrap(), 0);
    assert_eq!(answered(|| store.missing_migrations()).await, 0);
    assert!(!store.is_new().await.unwrap());
    assert_eq!(i64::try_from(missing).unwrap(), applied(database).await);
    answered(|| ready(&store)).await;
}

async fn migrating_twice_is_migrating_once(database: &Database) {
    settled(&database.store().await.unwrap(), &somebody(1, "ann")).await;
    let before = applied(database).await;
    let again = database.store().await.unwrap();
    assert_eq!(applied(database).await, before);
    assert!(again.profile(user_id(1)).await.unwrap().is_some());
}

async fn eight_that_start_at_once_migrate_once(database: &Database) {
    let starts: Vec<_> = (1..=8)
        .map(|number| {
            let starting = database.store();
            tokio::spawn(async move {
                let store = starting.await.unwrap();
                settled(&store, &somebody(number, &format!("user-{number}"))).await;
                store
            })
        })
        .collect();
    for start in starts {
        let store = start.await.unwrap();
        assert_eq!(store.pending_migrations().await.unwrap(), 0);
    }
    assert_eq!(database.store().await.unwrap().page(&UserQuery::default(), 50).await.unwrap().len(), 8);
}

async fn add_a_migration_of_the_future(database: &Database) {
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9999, 'future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    database.raw().await.unwrap().run(sql).await.unwrap();
}

async fn a_database_of_a_newer_version_is_refused(database: &Database) {
    drop(database.store().await.unwrap());
    add_a_migration_of_the_future(database).await;
    let store = unmigrated(database).await;
    let refused = store.migrate().await;
    assert!(matches!(refused, Err(MigrationError::Newer(9999))), "{refused:?}");
    assert!(refused.unwrap_err().to_string().contains("newer version"));
    assert!(matches!(store.pending_migrations().await, Err(MigrationError::Newer(9999))));
}

async fn a_running_store_goes_on_when_a_newer_version_has_migrated(database: &Database) {
    let store = database.store().await.unwrap();
    add_a_migration_of_the_future(database).await;
    answered(|| ready(&store)).await;
    assert_eq!(answered(|| store.missing_migrations()).await, 0);
    settled(&store, &somebody(1, "ann")).await;
}

async fn a_database_whose_past_differs_is_refused(database: &Database) {
    drop(database.store().await.unwrap());
    let mut raw = database.raw().await.unwrap();
    let sql =
        "UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 1)
        WHERE version = 2";
    raw.run(sql).await.unwrap();
    assert!(matches!(unmigrated(database).await.migrate().await, Err(MigrationError::Altered(2))));
}

async fn a_migration_that_is_being_done_elsewhere_is_waited_for(database: &Database) {
    let store = unmigrated(database).await;
    let mut other = database.raw().await.unwrap();
    let (begin, end) = match other {
        Raw::Sqlite(_) => ("BEGIN IMMEDIATE", "ROLLBACK"),
        Raw::Postgres(_) => ("BEGIN; SELECT pg_advisory_xact_lock(6303384217716846695)", "ROLLBACK"),
    };
    other.run(begin).await.unwrap();
    let mut migrating = tokio::spawn(async move { store.migrate().await });
    still_waits(&mut migrating).await;
    other.run(end).await.unwrap();
    migrating.await.unwrap().unwrap();
}
