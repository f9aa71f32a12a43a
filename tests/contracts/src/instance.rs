//! The installation, and the turn of those who change administrators.

use crate::people::{NOW, administrator, digest, settled, still_waits, user_id};
use crate::{Database, on_both_engines};
use application::store::{Instance, InstanceDirectory, Store, StoreError, UnitOfWork};
use domain::access::Role;
use domain::ids::InstanceId;
use domain::users::User;
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    nothing_is_known_of_an_installation_before_it_is_established,
    of_many_that_establish_at_once_all_get_the_same,
    administration_is_settled_once_however_many_try,
    two_administrators_who_demote_each_other_leave_one,
    nobody_queues_at_an_installation_that_is_not_there,
}

fn instance(number: u8) -> Instance {
    Instance {
        id: InstanceId::new(NOW, &[number; 10]),
        key_check: digest(number),
        created_at: NOW,
        administered_at: None,
    }
}

async fn established(store: &SqlStore, fresh: &Instance) -> Instance {
    let mut work = store.begin().await.unwrap();
    let known = work.instance().establish(fresh).await.unwrap();
    work.commit().await.unwrap();
    known
}

async fn nothing_is_known_of_an_installation_before_it_is_established(database: &Database) {
    let store = database.store().await.unwrap();
    assert_eq!(InstanceDirectory::find(&store).await.unwrap(), None);
    assert_eq!(established(&store, &instance(1)).await, instance(1));
    assert_eq!(InstanceDirectory::find(&store).await.unwrap(), Some(instance(1)));
}

async fn of_many_that_establish_at_once_all_get_the_same(database: &Database) {
    let store = database.store().await.unwrap();
    let tries: Vec<_> = (1..=20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move { established(&store, &instance(number)).await })
        })
        .collect();
    let mut answers = Vec::new();
    for attempt in tries {
        answers.push(attempt.await.unwrap());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(InstanceDirectory::find(&store).await.unwrap(), answers.pop());
}

async fn administration_is_settled_once_however_many_try(database: &Database) {
    let store = database.store().await.unwrap();
    established(&store, &instance(1)).await;
    let tries: Vec<_> = (0..50)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                let first = work
                    .instance()
                    .settle_administration(NOW.plus(Duration::from_secs(number)))
                    .await
                    .unwrap();
                work.commit().await.unwrap();
                u32::from(first)
            })
        })
        .collect();
    let mut firsts = 0;
    for attempt in tries {
        firsts += attempt.await.unwrap();
    }
    assert_eq!(firsts, 1);
    assert!(InstanceDirectory::find(&store).await.unwrap().unwrap().administered_at.is_some());
}

/// Takes the administrator's role away, unless nobody would be left.
async fn demote(work: &mut dyn UnitOfWork, id: u8) -> bool {
    work.instance().lock_administrators().await.unwrap();
    if !work.users().has_administrator_besides(user_id(id)).await.unwrap() {
        return false;
    }
    let user = work.users().find(user_id(id)).await.unwrap().unwrap().user;
    let email = work.personal_data().find(user_id(id)).await.unwrap().unwrap().email;
    work.users().update(&User { role: Role::User, ..user }, Some(&email)).await.unwrap();
    true
}

async fn two_administrators_who_demote_each_other_leave_one(database: &Database) {
    let store = database.store().await.unwrap();
    established(&store, &instance(1)).await;
    settled(&store, &administrator(1, "ann")).await;
    settled(&store, &administrator(2, "bob")).await;
    let mut one = store.begin().await.unwrap();
    assert!(demote(one.as_mut(), 1).await);
    let mut other = tokio::spawn(async move {
        let mut other = store.begin().await.unwrap();
        demote(other.as_mut(), 2).await
    });
    still_waits(&mut other).await;
    one.commit().await.unwrap();
    assert!(!other.await.unwrap());
}

async fn nobody_queues_at_an_installation_that_is_not_there(database: &Database) {
    let store = database.store().await.unwrap();
    let locked = store.begin().await.unwrap().instance().lock_administrators().await;
    assert!(matches!(locked, Err(StoreError::Broken(_))), "{locked:?}");
}
