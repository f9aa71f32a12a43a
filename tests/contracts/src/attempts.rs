//! Failed attempts.

use crate::people::{NOW, digest, settled, somebody, user_id};
use crate::{Database, on_both_engines};
use application::store::{AttemptDirectory, Store};
use domain::sessions::Attempts;
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    a_count_is_kept_and_replaced,
    looking_at_a_count_makes_none,
    the_counts_of_one_owner_are_cleared_together_and_no_others,
    of_many_failures_at_once_each_is_counted,
    a_count_goes_with_its_owner,
    a_count_for_somebody_who_is_gone_belongs_to_nobody,
    sweeping_forgets_old_counts_of_nobody_and_no_more_than_asked,
}

async fn count(store: &SqlStore, key: u8) -> Option<Attempts> {
    AttemptDirectory::find(store, &digest(key)).await.unwrap()
}

async fn put(store: &SqlStore, key: u8, owner: Option<u8>, attempts: Attempts) {
    let mut work = store.begin().await.unwrap();
    work.attempts().put(&digest(key), owner.map(user_id), &attempts).await.unwrap();
    work.commit().await.unwrap();
}

const ONE: Attempts = Attempts { failures: 1, last_failed_at: NOW };

async fn a_count_is_kept_and_replaced(database: &Database) {
    let store = database.store().await.unwrap();
    assert_eq!(count(&store, 1).await, None);
    let most = Attempts { failures: u32::MAX, last_failed_at: NOW.plus(Duration::from_micros(1)) };
    for attempts in [ONE, most] {
        put(&store, 1, None, attempts).await;
        assert_eq!(count(&store, 1).await, Some(attempts));
        assert_eq!(store.begin().await.unwrap().attempts().find(&digest(1)).await.unwrap(), Some(attempts));
    }
    assert_eq!(count(&store, 2).await, None);
}

async fn looking_at_a_count_makes_none(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.attempts().find(&digest(1)).await.unwrap(), None);
    assert_eq!(work.attempts().find(&digest(1)).await.unwrap(), None);
    work.commit().await.unwrap();
    assert_eq!(count(&store, 1).await, None);
}

async fn the_counts_of_one_owner_are_cleared_together_and_no_others(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    for (key, owner) in [(1, Some(1)), (2, Some(1)), (3, Some(2)), (4, None)] {
        put(&store, key, owner, ONE).await;
    }
    let mut work = store.begin().await.unwrap();
    assert!(work.attempts().clear_of(user_id(1)).await.unwrap());
    assert!(!work.attempts().clear_of(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    let left =
        [count(&store, 1).await, count(&store, 2).await, count(&store, 3).await, count(&store, 4).await];
    assert_eq!(left, [None, None, Some(ONE), Some(ONE)]);
}

async fn of_many_failures_at_once_each_is_counted(database: &Database) {
    let store = database.store().await.unwrap();
    let failures: Vec<_> = (0..20)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                let before = work.attempts().find(&digest(1)).await.unwrap();
                work.attempts().put(&digest(1), None, &Attempts::failed(before, NOW)).await.unwrap();
                work.commit().await.unwrap();
            })
        })
        .collect();
    for failure in failures {
        failure.await.unwrap();
    }
    assert_eq!(count(&store, 1).await.map(|attempts| attempts.failures), Some(20));
}

async fn a_count_goes_with_its_owner(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    put(&store, 1, Some(1), ONE).await;
    put(&store, 2, None, ONE).await;
    let mut work = store.begin().await.unwrap();
    work.users().delete(user_id(1)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((count(&store, 1).await, count(&store, 2).await), (None, Some(ONE)));
}

async fn a_count_for_somebody_who_is_gone_belongs_to_nobody(database: &Database) {
    let store = database.store().await.unwrap();
    put(&store, 1, Some(9), ONE).await;
    assert_eq!(count(&store, 1).await, Some(ONE));
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.attempts().sweep(NOW.plus(Duration::from_secs(1)), 500).await.unwrap(), 1);
}

async fn sweeping_forgets_old_counts_of_nobody_and_no_more_than_asked(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    put(&store, 1, Some(1), ONE).await;
    for key in 2..=4 {
        put(&store, key, None, ONE).await;
    }
    let late = Attempts { last_failed_at: NOW.plus(Duration::from_secs(9)), ..ONE };
    put(&store, 5, None, late).await;
    let mut work = store.begin().await.unwrap();
    let before = NOW.plus(Duration::from_secs(9));
    assert_eq!(work.attempts().sweep(before, 2).await.unwrap(), 2);
    assert_eq!(work.attempts().sweep(before, 500).await.unwrap(), 1);
    work.commit().await.unwrap();
    assert_eq!((count(&store, 1).await, count(&store, 5).await), (Some(ONE), Some(late)));
}
