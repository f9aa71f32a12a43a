//! Databases that are locked, busy or gone: bounded answers, and no restart needed afterwards.

use crate::health::{answered, ready};
use crate::people::{NOW, hash, settled, somebody, user_id};
use crate::{Database, Engine, Raw, on_both_engines};
use application::store::{Store, StoreError, UserDirectory};
use persistence::SqlStore;
use std::fmt::Debug;
use std::time::Duration;

on_both_engines! {
    a_locked_database_answers_unavailable_and_heals_by_itself,
    whoever_waits_too_long_for_a_turn_is_told_so,
    looking_waits_for_nobody_who_changes,
    readiness_follows_the_database,
    a_unit_of_work_that_was_given_up_leaves_nothing_locked,
}

fn unavailable<T: Debug>(answer: Result<T, StoreError>) {
    let error = answer.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
}

async fn impatient(database: &Database) -> SqlStore {
    drop(database.store().await.unwrap());
    database.open(&database.impatient()).await.unwrap()
}

/// Somebody else takes the whole database in hand.
async fn locked(database: &Database) -> Raw {
    let mut other = database.raw().await.unwrap();
    let lock = match other {
        Raw::Sqlite(_) => "BEGIN EXCLUSIVE",
        Raw::Postgres(_) => "BEGIN; LOCK TABLE users, passwords, sessions IN ACCESS EXCLUSIVE MODE",
    };
    other.run(lock).await.unwrap();
    other
}

async fn change(store: &SqlStore) -> Result<(), StoreError> {
    let mut work = store.begin().await?;
    work.users().set_password(user_id(1), &hash("new"), NOW).await?;
    work.commit().await
}

async fn a_locked_database_answers_unavailable_and_heals_by_itself(database: &Database) {
    let store = impatient(database).await;
    settled(&store, &somebody(1, "ann")).await;
    let mut other = locked(database).await;
    let patience = Duration::from_secs(10);
    let tries: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { tokio::time::timeout(patience, change(&store)).await })
        })
        .collect();
    for attempt in tries {
        unavailable(attempt.await.unwrap().expect("the answer came within its bound"));
    }
    other.run("ROLLBACK").await.unwrap();
    answered(|| change(&store)).await;
    let password = store.account_of(user_id(1)).await.unwrap().unwrap().password_hash;
    assert_eq!(password, Some(hash("new")));
}

async fn whoever_waits_too_long_for_a_turn_is_told_so(database: &Database) {
    drop(database.store().await.unwrap());
    let mut settings = database.impatient();
    settings.connections = 1;
    let store = database.open(&settings).await.unwrap();
    let work = store.begin().await.unwrap();
    unavailable(store.begin().await.map(drop));
    drop(work);
    // Giving a connection back clean takes a moment.
    answered(async || store.begin().await.map(drop)).await;
}

async fn looking_waits_for_nobody_who_changes(database: &Database) {
    let store = impatient(database).await;
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    work.users().set_password(user_id(1), &hash("new"), NOW).await.unwrap();
    for _ in 0..20 {
        let seen = store.account_of(user_id(1)).await.unwrap().unwrap().password_hash;
        assert_eq!(seen, Some(hash("old")));
    }
    work.commit().await.unwrap();
}

async fn readiness_follows_the_database(database: &Database) {
    let store = impatient(database).await;
    answered(|| ready(&store)).await;
    if database.engine() == Engine::Sqlite {
        let mut other = locked(database).await;
        unavailable(ready(&store).await);
        other.run("ROLLBACK").await.unwrap();
    } else {
        let mut other = database.raw().await.unwrap();
        let name = database.file().display().to_string();
        other
            .run(&format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on"))
            .await
            .unwrap();
        let other_store = database.open(&database.impatient()).await.unwrap();
        unavailable(ready(&other_store).await);
        other
            .run(&format!("SET default_transaction_read_only = off; ALTER DATABASE \"{name}\" RESET ALL"))
            .await
            .unwrap();
    }
    answered(|| ready(&store)).await;
}

async fn a_unit_of_work_that_was_given_up_leaves_nothing_locked(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    for _ in 0..30 {
        let mut work = store.begin().await.unwrap();
        work.users().find(user_id(1)).await.unwrap();
        drop(work);
    }
    change(&store).await.unwrap();
}
