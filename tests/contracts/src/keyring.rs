//! The keys of the installation, and under which of them the keys of people are.

use crate::database::ROOT_KEY;
use crate::people::{NOW, begun, digest, session, settle, settled, somebody, still_waits, user_id};
use crate::{Database, on_both_engines};
use application::sealing::Sealing;
use application::store::{
    Instance, InstanceDirectory, KeyringDirectory, SessionDirectory, Store, StoreError, UserDirectory,
    Wrapped,
};
use domain::ids::InstanceId;
use domain::users::UserQuery;
use domain::vault::{KeyName, KeyringEntry};
use persistence::SqlStore;
use security::{Keyring, RootKey};
use std::sync::Arc;

on_both_engines! {
    keys_come_back_as_they_were_stored,
    a_key_is_stored_once_and_resealed_only_where_it_is,
    whoever_changes_the_keyring_waits_for_whoever_does,
    everybody_comes_under_the_new_key_a_few_at_a_time,
    two_that_wrap_keys_anew_at_once_come_to_the_same_end,
    a_wrapping_key_is_removed_only_when_nobodys_key_is_under_it,
    a_wrapping_key_is_not_removed_under_somebody_who_is_just_being_added,
    what_another_process_has_sealed_under_a_new_key_is_read,
    whoever_signs_up_where_the_old_key_has_just_gone_gets_the_new_one,
    the_check_of_the_root_key_is_replaced,
}

fn entry(name: KeyName, id: u32, byte: u8) -> KeyringEntry {
    KeyringEntry { name, id, sealed: vec![byte; 80], created_at: NOW }
}

async fn insert(store: &SqlStore, entry: &KeyringEntry) -> Result<(), StoreError> {
    let mut work = store.begin().await?;
    work.keyring().insert(entry).await?;
    work.commit().await
}

async fn remove(store: &SqlStore, wrapping: u32) -> Result<(), StoreError> {
    let mut work = store.begin().await?;
    work.keyring().remove_wrapping(wrapping).await?;
    work.commit().await
}

/// Wraps some more keys under that one. Says how many there were.
async fn rewrap(store: &SqlStore, sealing: &dyn Sealing, wrapping: u32, limit: u32) -> usize {
    let mut work = store.begin().await.unwrap();
    let found = work.keyring().wrapped_otherwise(wrapping, limit).await.unwrap();
    assert!(found.is_sorted_by_key(|(owner, _)| *owner));
    for (owner, wrapped) in &found {
        assert_ne!(wrapped.wrapping, wrapping);
        let again = sealing.rewrap(*owner, wrapped).unwrap();
        work.keyring().rewrap(*owner, &again).await.unwrap();
    }
    work.commit().await.unwrap();
    found.len()
}

/// Another process with the same root key.
async fn elsewhere(database: &Database) -> (SqlStore, Arc<dyn Sealing>) {
    let sealing: Arc<dyn Sealing> = Arc::new(Keyring::new(&RootKey::parse(ROOT_KEY).unwrap()));
    let store = database.store_with(&database.settings(), Arc::clone(&sealing)).await.unwrap();
    (store, sealing)
}

/// Draws the second wrapping key in that process, and takes it into use there.
async fn second_key(store: &SqlStore, sealing: &dyn Sealing) {
    insert(store, &sealing.entry(KeyName::Wrapping, 2, NOW)).await.unwrap();
    sealing.install(&store.keyring().await.unwrap()).unwrap();
}

async fn keys_come_back_as_they_were_stored(database: &Database) {
    let store = database.store().await.unwrap();
    let mut names: Vec<_> = store.keyring().await.unwrap().iter().map(|entry| entry.name).collect();
    names.sort();
    assert_eq!(names, KeyName::ALL);
    let second = entry(KeyName::Wrapping, u32::MAX, 7);
    insert(&store, &second).await.unwrap();
    let all = store.keyring().await.unwrap();
    assert_eq!(all.last(), Some(&second));
    assert_eq!(store.begin().await.unwrap().keyring().all().await.unwrap(), all);
}

async fn a_key_is_stored_once_and_resealed_only_where_it_is(database: &Database) {
    let store = database.store().await.unwrap();
    for name in [KeyName::Wrapping, KeyName::Audit] {
        let again = insert(&store, &entry(name, 1, 7)).await;
        assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
    }
    let mut work = store.begin().await.unwrap();
    work.keyring().reseal(&entry(KeyName::Audit, 1, 8)).await.unwrap();
    let nowhere = work.keyring().reseal(&entry(KeyName::Audit, 2, 8)).await;
    assert!(matches!(nowhere, Err(StoreError::Conflict)), "{nowhere:?}");
    work.commit().await.unwrap();
    let all = store.keyring().await.unwrap();
    let resealed: Vec<_> =
        all.iter().filter(|entry| entry.sealed == [8; 80]).map(|entry| entry.name).collect();
    assert_eq!(resealed, [KeyName::Audit]);
}

async fn whoever_changes_the_keyring_waits_for_whoever_does(database: &Database) {
    let store = database.store().await.unwrap();
    let mut one = store.begin().await.unwrap();
    one.keyring().lock().await.unwrap();
    let mut other = tokio::spawn(async move {
        let mut work = store.begin().await.unwrap();
        work.keyring().lock().await.unwrap();
        work.keyring().all().await.unwrap().len()
    });
    still_waits(&mut other).await;
    one.keyring().insert(&entry(KeyName::Wrapping, 2, 7)).await.unwrap();
    one.commit().await.unwrap();
    assert_eq!(other.await.unwrap(), KeyName::ALL.len() + 1);
}

async fn everybody_comes_under_the_new_key_a_few_at_a_time(database: &Database) {
    let (store, sealing) = elsewhere(database).await;
    for number in 1..=5 {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
    }
    assert_eq!(store.wrapped(1).await.unwrap(), Wrapped { all: 5, otherwise: 0 });
    assert_eq!(rewrap(&store, &*sealing, 1, 10).await, 0);
    second_key(&store, &*sealing).await;
    settled(&store, &somebody(6, "user-6")).await;
    assert_eq!(store.wrapped(2).await.unwrap(), Wrapped { all: 6, otherwise: 5 });
    assert_eq!(store.wrapped(1).await.unwrap(), Wrapped { all: 6, otherwise: 1 });
    let mut steps = Vec::new();
    while steps.last() != Some(&0) {
        steps.push(rewrap(&store, &*sealing, 2, 2).await);
    }
    assert_eq!(steps, [2, 2, 1, 0]);
    assert_eq!(store.wrapped(2).await.unwrap(), Wrapped { all: 6, otherwise: 0 });
    for number in 1..=6 {
        let expected = somebody(number, &format!("user-{number}"));
        assert_eq!(store.profile(user_id(number)).await.unwrap(), Some(expected));
    }
}

async fn two_that_wrap_keys_anew_at_once_come_to_the_same_end(database: &Database) {
    let (store, sealing) = elsewhere(database).await;
    settled(&store, &somebody(1, "ann")).await;
    second_key(&store, &*sealing).await;
    let mut one = store.begin().await.unwrap();
    let found = one.keyring().wrapped_otherwise(2, 5).await.unwrap();
    assert_eq!(found.len(), 1);
    drop(one);
    // Whoever has read the key before writes it once more.
    for _ in 0..2 {
        let mut work = store.begin().await.unwrap();
        let again = sealing.rewrap(found[0].0, &found[0].1).unwrap();
        work.keyring().rewrap(found[0].0, &again).await.unwrap();
        work.commit().await.unwrap();
    }
    assert_eq!(rewrap(&store, &*sealing, 2, 5).await, 0);
    let person = store.profile(user_id(1)).await.unwrap().unwrap().personal;
    assert!(person.unreadable.is_empty());
}

async fn a_wrapping_key_is_removed_only_when_nobodys_key_is_under_it(database: &Database) {
    let (store, sealing) = elsewhere(database).await;
    settled(&store, &somebody(1, "ann")).await;
    second_key(&store, &*sealing).await;
    let refused = remove(&store, 1).await;
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    assert_eq!(rewrap(&store, &*sealing, 2, 10).await, 1);
    remove(&store, 1).await.unwrap();
    assert_eq!(store.keyring().await.unwrap().len(), KeyName::ALL.len());
    // Whoever starts now has never had the first one.
    let (other, _) = elsewhere(database).await;
    assert_eq!(other.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}

async fn a_wrapping_key_is_not_removed_under_somebody_who_is_just_being_added(database: &Database) {
    let (store, sealing) = elsewhere(database).await;
    let mut adding = store.begin().await.unwrap();
    settle(adding.as_mut(), &somebody(1, "ann")).await;
    let mut removing = tokio::spawn({
        let (store, _) = elsewhere(database).await;
        async move { remove(&store, 1).await }
    });
    still_waits(&mut removing).await;
    adding.commit().await.unwrap();
    let refused = removing.await.unwrap();
    assert!(matches!(refused, Err(StoreError::Conflict)), "{refused:?}");
    drop(sealing);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}

async fn what_another_process_has_sealed_under_a_new_key_is_read(database: &Database) {
    let (one, sealing) = elsewhere(database).await;
    settled(&one, &somebody(1, "ann")).await;
    let mut work = one.begin().await.unwrap();
    work.sessions().insert(&begun(session(1, user_id(1)))).await.unwrap();
    work.commit().await.unwrap();
    // Each asks in another way, and none has heard of the second key before.
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(elsewhere(database).await.0);
    }
    second_key(&one, &*sealing).await;
    assert_eq!(rewrap(&one, &*sealing, 2, 10).await, 1);
    remove(&one, 1).await.unwrap();
    let ann = somebody(1, "ann");
    assert_eq!(others[0].profile(user_id(1)).await.unwrap(), Some(ann.clone()));
    let page = UserDirectory::page(&others[1], &UserQuery::default(), 5).await.unwrap();
    assert_eq!(page, std::slice::from_ref(&ann));
    assert_eq!(others[2].of(user_id(1), None, 5).await.unwrap(), [begun(session(1, user_id(1)))]);
    let mut work = others[3].begin().await.unwrap();
    assert_eq!(work.personal_data().find(user_id(1)).await.unwrap(), Some(ann.personal));
}

async fn whoever_signs_up_where_the_old_key_has_just_gone_gets_the_new_one(database: &Database) {
    let (one, sealing) = elsewhere(database).await;
    let (other, _) = elsewhere(database).await;
    second_key(&one, &*sealing).await;
    remove(&one, 1).await.unwrap();
    settled(&other, &somebody(1, "ann")).await;
    assert_eq!(one.wrapped(2).await.unwrap(), Wrapped { all: 1, otherwise: 0 });
    assert_eq!(one.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}

async fn the_check_of_the_root_key_is_replaced(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    let nowhere = work.instance().replace_key_check(&digest(2)).await;
    assert!(matches!(nowhere, Err(StoreError::Broken(_))), "{nowhere:?}");
    let fresh = Instance {
        id: InstanceId::new(NOW, &[1; 10]),
        key_check: digest(1),
        created_at: NOW,
        administered_at: None,
    };
    work.instance().establish(&fresh).await.unwrap();
    work.instance().replace_key_check(&digest(2)).await.unwrap();
    work.commit().await.unwrap();
    let known = InstanceDirectory::find(&store).await.unwrap();
    assert_eq!(known, Some(Instance { key_check: digest(2), ..fresh }));
}
