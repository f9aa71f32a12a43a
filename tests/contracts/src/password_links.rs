//! Links by which people set their passwords, and what people have to be told.

use crate::people::{NOW, digest, notice, settled, somebody, user_id};
use crate::{Database, on_both_engines};
use application::store::{PasswordLink, Store, StoreError, UserDirectory};
use domain::ids::NoticeId;
use domain::notices::Notice;
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    a_link_takes_the_place_of_the_one_before_it,
    of_fifty_uses_of_one_link_one_succeeds,
    only_the_link_itself_is_taken,
    a_link_is_removed_whatever_its_secret_and_nobody_elses,
    sweeping_removes_links_that_stopped_working_and_no_more_than_asked,
    a_link_or_a_notice_of_nobody_is_a_conflict,
    notices_are_told_the_latest_first_and_no_more_than_asked,
    notices_are_dismissed_up_to_the_one_that_was_seen,
    a_notice_that_does_not_read_back_is_named,
}

fn link(user: u8, secret: u8, seconds: u64) -> PasswordLink {
    let expires_at = NOW.plus(Duration::from_secs(seconds));
    PasswordLink { user_id: user_id(user), digest: digest(secret), expires_at }
}

async fn put(store: &SqlStore, link: &PasswordLink) {
    let mut work = store.begin().await.unwrap();
    work.password_links().put(link).await.unwrap();
    work.commit().await.unwrap();
}

async fn a_link_takes_the_place_of_the_one_before_it(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    assert_eq!(store.password_link(user_id(1)).await.unwrap(), None);
    for link in [link(1, 7, 60), link(1, 8, 90)] {
        put(&store, &link).await;
        assert_eq!(store.password_link(user_id(1)).await.unwrap(), Some(link));
    }
    let mut work = store.begin().await.unwrap();
    assert!(!work.password_links().take(user_id(1), &digest(7)).await.unwrap());
}

async fn of_fifty_uses_of_one_link_one_succeeds(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    put(&store, &link(1, 7, 60)).await;
    let uses: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                let taken = work.password_links().take(user_id(1), &digest(7)).await.unwrap();
                work.commit().await.unwrap();
                u32::from(taken)
            })
        })
        .collect();
    let mut taken = 0;
    for attempt in uses {
        taken += attempt.await.unwrap();
    }
    assert_eq!(taken, 1);
    assert_eq!(store.password_link(user_id(1)).await.unwrap(), None);
}

async fn only_the_link_itself_is_taken(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    put(&store, &link(1, 7, 60)).await;
    let mut work = store.begin().await.unwrap();
    for (user, secret) in [(1, 8), (2, 7), (9, 7)] {
        assert!(!work.password_links().take(user_id(user), &digest(secret)).await.unwrap());
    }
    assert!(work.password_links().take(user_id(1), &digest(7)).await.unwrap());
    drop(work);
    assert_eq!(store.password_link(user_id(1)).await.unwrap(), Some(link(1, 7, 60)), "it was not committed");
}

async fn a_link_is_removed_whatever_its_secret_and_nobody_elses(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    put(&store, &link(1, 7, 60)).await;
    put(&store, &link(2, 8, 60)).await;
    let mut work = store.begin().await.unwrap();
    assert!(work.password_links().remove(user_id(1)).await.unwrap());
    assert!(!work.password_links().remove(user_id(1)).await.unwrap(), "it is gone already");
    assert!(!work.password_links().remove(user_id(9)).await.unwrap());
    assert!(!work.password_links().take(user_id(1), &digest(7)).await.unwrap(), "it no longer works");
    drop(work);
    assert_eq!(store.password_link(user_id(1)).await.unwrap(), Some(link(1, 7, 60)), "it was not committed");
    let mut work = store.begin().await.unwrap();
    assert!(work.password_links().remove(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(store.password_link(user_id(1)).await.unwrap(), None);
    assert_eq!(store.password_link(user_id(2)).await.unwrap(), Some(link(2, 8, 60)));
}

async fn sweeping_removes_links_that_stopped_working_and_no_more_than_asked(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=4 {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
        put(&store, &link(number, number, u64::from(number))).await;
    }
    let mut work = store.begin().await.unwrap();
    let moment = NOW.plus(Duration::from_secs(4));
    assert_eq!(work.password_links().sweep(moment, 2).await.unwrap(), 2);
    assert_eq!(work.password_links().sweep(moment, 500).await.unwrap(), 1);
    assert_eq!(work.password_links().sweep(moment, 500).await.unwrap(), 0);
    work.commit().await.unwrap();
    assert!(store.password_link(user_id(4)).await.unwrap().is_some());
}

async fn a_link_or_a_notice_of_nobody_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let put = store.begin().await.unwrap().password_links().put(&link(9, 7, 60)).await;
    assert!(matches!(put, Err(StoreError::Conflict)), "{put:?}");
    let inserted = store.begin().await.unwrap().notices().insert(&notice(1, user_id(9))).await;
    assert!(matches!(inserted, Err(StoreError::Conflict)), "{inserted:?}");
}

/// A notice of Ann's, that many seconds later.
fn later(number: u8, seconds: u64) -> Notice {
    let at = NOW.plus(Duration::from_secs(seconds));
    Notice { id: NoticeId::new(at, &[number; 10]), at, ..notice(number, user_id(1)) }
}

/// Three notices of Ann's, two of them of the same moment, and one of Bob's.
async fn noticed(database: &Database) -> SqlStore {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    let mut work = store.begin().await.unwrap();
    for notice in [later(2, 5), later(1, 0), later(3, 5), notice(4, user_id(2))] {
        work.notices().insert(&notice).await.unwrap();
    }
    work.commit().await.unwrap();
    store
}

async fn notices_are_told_the_latest_first_and_no_more_than_asked(database: &Database) {
    let store = noticed(database).await;
    assert_eq!(store.notices(user_id(1), 50).await.unwrap(), [later(3, 5), later(2, 5), later(1, 0)]);
    assert_eq!(store.notices(user_id(1), 1).await.unwrap(), [later(3, 5)]);
    assert!(store.notices(user_id(9), 50).await.unwrap().is_empty());
}

async fn notices_are_dismissed_up_to_the_one_that_was_seen(database: &Database) {
    let store = noticed(database).await;
    for (seconds, dismissed, left) in [(4, 1, 2), (5, 2, 0), (9, 0, 0)] {
        let mut work = store.begin().await.unwrap();
        let until = NOW.plus(Duration::from_secs(seconds));
        assert_eq!(work.notices().dismiss(user_id(1), until).await.unwrap(), dismissed);
        work.commit().await.unwrap();
        assert_eq!(store.notices(user_id(1), 50).await.unwrap().len(), left);
    }
    assert_eq!(store.notices(user_id(2), 50).await.unwrap().len(), 1);
}

async fn a_notice_that_does_not_read_back_is_named(database: &Database) {
    let store = noticed(database).await;
    let mut raw = database.raw().await.unwrap();
    raw.run("UPDATE notices SET kind = 'of_a_newer_version'").await.unwrap();
    let notices = store.notices(user_id(2), 50).await;
    let Err(StoreError::Broken(told)) = notices else { panic!("{notices:?}") };
    assert!(told.contains("notices") && told.contains(&notice(4, user_id(2)).id.to_string()), "{told}");
}
