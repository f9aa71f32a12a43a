//! Signing keys.

use crate::people::{NOW, signing_key};
use crate::{Database, on_both_engines};
use application::store::Store;
use domain::keys::{KeyState, SigningKey};
use std::time::Duration;

on_both_engines! {
    keys_come_back_the_current_one_first,
    a_second_current_key_is_refused_and_the_unit_of_work_goes_on,
    of_twenty_current_keys_at_once_one_is_stored,
}

async fn keys_come_back_the_current_one_first(database: &Database) {
    let store = database.store().await.unwrap();
    let old = signing_key("old", KeyState::Retired);
    let current = signing_key("current", KeyState::Current);
    let young = SigningKey {
        created_at: NOW.plus(Duration::from_secs(1)),
        ..signing_key("young", KeyState::Retired)
    };
    let mut work = store.begin().await.unwrap();
    assert!(work.signing_keys().all().await.unwrap().is_empty());
    for key in [&old, &current, &young] {
        assert!(work.signing_keys().insert(key).await.unwrap());
    }
    work.commit().await.unwrap();
    assert_eq!(store.begin().await.unwrap().signing_keys().all().await.unwrap(), [current, young, old]);
}

async fn a_second_current_key_is_refused_and_the_unit_of_work_goes_on(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    assert!(work.signing_keys().insert(&signing_key("first", KeyState::Current)).await.unwrap());
    assert!(!work.signing_keys().insert(&signing_key("second", KeyState::Current)).await.unwrap());
    assert!(work.signing_keys().insert(&signing_key("third", KeyState::Retired)).await.unwrap());
    work.commit().await.unwrap();
    let kept = store.begin().await.unwrap().signing_keys().all().await.unwrap();
    assert_eq!(kept.into_iter().map(|key| key.kid).collect::<Vec<_>>(), ["first", "third"]);
}

async fn of_twenty_current_keys_at_once_one_is_stored(database: &Database) {
    let store = database.store().await.unwrap();
    let inserts: Vec<_> = (0..20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let key = signing_key(&format!("key-{number}"), KeyState::Current);
                let mut work = store.begin().await.unwrap();
                let stored = work.signing_keys().insert(&key).await.unwrap();
                work.commit().await.unwrap();
                stored.then_some(key.kid)
            })
        })
        .collect();
    let mut stored = Vec::new();
    for insert in inserts {
        stored.extend(insert.await.unwrap());
    }
    let kept = store.begin().await.unwrap().signing_keys().all().await.unwrap();
    assert_eq!(kept.into_iter().map(|key| key.kid).collect::<Vec<_>>(), stored);
    assert_eq!(stored.len(), 1);
}
