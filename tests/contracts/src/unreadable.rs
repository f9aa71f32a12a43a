//! A row that is not what the domain allows is a fault that names the row, never its content.

use crate::people::{NOW, digest, family, hash, logged_in, session_id, signing_key, somebody, user_id};
use crate::{Database, Engine, on_both_engines};
use application::store::{SessionDirectory, Store, StoreError, UserDirectory};
use domain::users::{Profile, Status, UserQuery};
use persistence::SqlStore;
use std::fmt::{Debug, Display};

on_both_engines! {
    an_account_that_does_not_read_back_is_named_and_not_shown,
    a_session_that_does_not_read_back_is_named_and_not_shown,
    whoever_has_lost_their_key_can_still_be_removed,
    a_closed_list_is_closed_in_the_database_too,
    a_digest_of_another_length_is_refused_by_the_database,
    half_of_a_standing_is_refused_by_the_database,
}

fn ann() -> Profile {
    somebody(1, "ann")
}

async fn spoil(database: &Database, sql: &str) {
    database.raw().await.unwrap().run(sql).await.unwrap();
}

fn names<T: Debug>(answer: Result<T, StoreError>, table: &str, id: impl Display, secret: &str) {
    let id = format!("{id}");
    match answer {
        Err(StoreError::Broken(told)) => {
            assert!(told.contains(table) && told.contains(&id), "{told}");
            assert!(!told.contains(secret), "{told}");
        }
        other => panic!("{other:?}"),
    }
}

async fn an_account_that_does_not_read_back_is_named_and_not_shown(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &ann(), 1).await;
    spoil(database, "UPDATE users SET username = 'not a name'").await;
    names(store.profile(user_id(1)).await, "users", user_id(1), "not a name");
    names(store.account_of(user_id(1)).await, "users", user_id(1), "not a name");
    names(store.page(&UserQuery::default(), 5).await, "users", user_id(1), "not a name");
    spoil(database, "UPDATE users SET username = 'ann', avatar_url = 'nowhere'").await;
    names(store.begin().await.unwrap().users().find(user_id(1)).await, "users", user_id(1), "nowhere");
}

async fn a_session_that_does_not_read_back_is_named_and_not_shown(database: &Database) {
    let store: SqlStore = database.store().await.unwrap();
    logged_in(&store, &ann(), 1).await;
    spoil(database, "UPDATE sessions SET scopes = 'all:of-it'").await;
    names(SessionDirectory::find(&store, session_id(1)).await, "sessions", session_id(1), "all:of");
}

async fn whoever_has_lost_their_key_can_still_be_removed(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = ann();
    logged_in(&store, &ann, 1).await;
    spoil(database, "DELETE FROM data_keys").await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    let mut work = store.begin().await.unwrap();
    let found = work.users().find(user_id(1)).await.unwrap().unwrap();
    assert_eq!((found.user, found.password_hash), (ann.user, Some(hash("old"))));
    work.personal_data().remove(user_id(1)).await.unwrap();
    assert!(work.users().delete(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(database.raw().await.unwrap().number("SELECT count(*) FROM users").await.unwrap(), 0);
    assert_eq!(store.begin().await.unwrap().users().find(user_id(1)).await.unwrap(), None);
}

async fn a_closed_list_is_closed_in_the_database_too(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &ann(), 1).await;
    let mut work = store.begin().await.unwrap();
    work.signing_keys().insert(&signing_key("kid", NOW)).await.unwrap();
    work.commit().await.unwrap();
    let mut raw = database.raw().await.unwrap();
    for (table, column) in [
        ("users", "role"),
        ("users", "status"),
        ("users", "locale"),
        ("users", "theme"),
        ("users", "role_after"),
        ("sessions", "channel"),
        ("sessions", "method"),
        ("signing_keys", "algorithm"),
    ] {
        assert!(
            raw.run(&format!("UPDATE {table} SET {column} = 'other'")).await.is_err(),
            "{table}.{column}"
        );
    }
}

async fn a_digest_of_another_length_is_refused_by_the_database(database: &Database) {
    let store = database.store().await.unwrap();
    let session = logged_in(&store, &ann(), 1).await;
    let mut raw = database.raw().await.unwrap();
    let short = if database.engine() == Engine::Sqlite { "x'0102'" } else { "'\\x0102'" };
    for (table, column) in [
        ("refresh_tokens", "digest"),
        ("refresh_tokens", "predecessor"),
        ("refresh_tokens", "client"),
        ("sessions", "cookie_digest"),
    ] {
        assert!(
            raw.run(&format!("UPDATE {table} SET {column} = {short}")).await.is_err(),
            "{table}.{column}"
        );
    }
    let stored = store.begin().await.unwrap().refresh_tokens().find(session.id).await.unwrap();
    assert_eq!(stored, Some(family(session.id)));
    assert_eq!(family(session.id).digest, digest(1));
}

async fn half_of_a_standing_is_refused_by_the_database(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &ann(), 1).await;
    let mut raw = database.raw().await.unwrap();
    for half in [
        "role_until = 1",
        "role_after = 'user'",
        "status = 'suspended'",
        "suspended_at = 1, suspension_reason = 'spam'",
        "status = 'suspended', suspended_at = 1",
        "suspended_until = 1",
        "status = 'suspended', suspended_at = 1, suspension_reason = ''",
    ] {
        assert!(raw.run(&format!("UPDATE users SET {half}")).await.is_err(), "{half}");
    }
    raw.run("UPDATE users SET status = 'suspended', suspended_at = 1, suspension_reason = 'spam'")
        .await
        .unwrap();
    raw.run("UPDATE users SET role_until = 1, role_after = 'user', suspended_until = 1").await.unwrap();
    assert_eq!(store.account_of(user_id(1)).await.unwrap().unwrap().user.status(), Status::Suspended);
}
