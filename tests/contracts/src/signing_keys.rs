//! Signing keys.

use crate::people::{NOW, digest, signing_key, still_waits};
use crate::{Database, on_both_engines};
use application::store::{Instance, SigningKeyDirectory, Store, StoreError};
use domain::Timestamp;
use domain::ids::InstanceId;
use domain::keys::{Algorithm, SigningKey};
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    keys_come_back_as_they_were_put_in_the_order_in_which_they_sign,
    a_key_is_stored_once,
    a_key_is_let_sign_from_another_moment_on,
    a_removed_key_is_gone,
    whoever_changes_keys_waits_for_the_one_before,
    of_twenty_that_make_the_next_key_at_once_one_does,
    nobody_changes_keys_of_an_installation_that_is_not_there,
}

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

async fn kept(store: &SqlStore) -> Vec<SigningKey> {
    let kept = SigningKeyDirectory::all(store).await.unwrap();
    assert_eq!(store.begin().await.unwrap().signing_keys().all().await.unwrap(), kept);
    kept
}

async fn keep(store: &SqlStore, keys: &[&SigningKey]) {
    let mut work = store.begin().await.unwrap();
    for key in keys {
        work.signing_keys().insert(key).await.unwrap();
    }
    work.commit().await.unwrap();
}

/// A store of an installation that was established.
async fn established(database: &Database) -> SqlStore {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    let id = InstanceId::new(NOW, &[1; 10]);
    let fresh = Instance { id, key_check: digest(1), created_at: NOW, administered_at: None };
    work.instance().establish(&fresh).await.unwrap();
    work.commit().await.unwrap();
    store
}

async fn keys_come_back_as_they_were_put_in_the_order_in_which_they_sign(database: &Database) {
    let store = database.store().await.unwrap();
    assert!(kept(&store).await.is_empty());
    let last = SigningKey { created_at: at(0), algorithm: Algorithm::Rs256, ..signing_key("a", at(2)) };
    let first = SigningKey { created_at: at(1), algorithm: Algorithm::Es256, ..signing_key("c", at(0)) };
    let same = signing_key("d", at(0));
    keep(&store, &[&last, &same, &first]).await;
    assert_eq!(kept(&store).await, [first, same, last]);
}

async fn a_key_is_stored_once(database: &Database) {
    let store = database.store().await.unwrap();
    keep(&store, &[&signing_key("a", at(0))]).await;
    let mut work = store.begin().await.unwrap();
    let again = work.signing_keys().insert(&signing_key("a", at(1))).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

async fn a_key_is_let_sign_from_another_moment_on(database: &Database) {
    let store = database.store().await.unwrap();
    keep(&store, &[&signing_key("a", at(0)), &signing_key("b", at(9))]).await;
    let mut work = store.begin().await.unwrap();
    work.signing_keys().reschedule("b", at(3)).await.unwrap();
    let nobodys = work.signing_keys().reschedule("c", at(3)).await;
    assert!(matches!(nobodys, Err(StoreError::Conflict)), "{nobodys:?}");
    work.commit().await.unwrap();
    assert_eq!(kept(&store).await, [signing_key("a", at(0)), signing_key("b", at(3))]);
}

async fn a_removed_key_is_gone(database: &Database) {
    let store = database.store().await.unwrap();
    keep(&store, &[&signing_key("a", at(0)), &signing_key("b", at(1))]).await;
    let mut work = store.begin().await.unwrap();
    assert!(work.signing_keys().remove("a").await.unwrap());
    assert!(!work.signing_keys().remove("a").await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(kept(&store).await, [signing_key("b", at(1))]);
}

async fn whoever_changes_keys_waits_for_the_one_before(database: &Database) {
    let store = established(database).await;
    let mut one = store.begin().await.unwrap();
    one.signing_keys().lock().await.unwrap();
    one.signing_keys().insert(&signing_key("a", at(0))).await.unwrap();
    let mut other = tokio::spawn(async move {
        let mut work = store.begin().await.unwrap();
        work.signing_keys().lock().await.unwrap();
        work.signing_keys().all().await.unwrap().len()
    });
    still_waits(&mut other).await;
    one.commit().await.unwrap();
    assert_eq!(other.await.unwrap(), 1);
}

async fn of_twenty_that_make_the_next_key_at_once_one_does(database: &Database) {
    let store = established(database).await;
    let tries: Vec<_> = (0..20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                work.signing_keys().lock().await.unwrap();
                if work.signing_keys().all().await.unwrap().is_empty() {
                    let key = signing_key(&format!("key-{number}"), at(0));
                    work.signing_keys().insert(&key).await.unwrap();
                }
                work.commit().await.unwrap();
            })
        })
        .collect();
    for attempt in tries {
        attempt.await.unwrap();
    }
    assert_eq!(kept(&store).await.len(), 1);
}

async fn nobody_changes_keys_of_an_installation_that_is_not_there(database: &Database) {
    let store = database.store().await.unwrap();
    let locked = store.begin().await.unwrap().signing_keys().lock().await;
    assert!(matches!(locked, Err(StoreError::Broken(_))), "{locked:?}");
}
