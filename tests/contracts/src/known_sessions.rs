//! Sessions that were read a moment ago: not read again, and never out of date where this store could know better.

use crate::people::{NOW, digest, logged_in, session_id, somebody, suspension, user_id};
use crate::{Database, on_both_engines};
use application::store::{LiveSession, SessionDirectory, Store, UnitOfWork};
use domain::access::Role;
use domain::sessions::Channel;
use domain::users::User;
use persistence::SqlStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

on_both_engines! {
    a_session_that_was_read_a_moment_ago_is_not_read_again,
    a_change_of_another_store_is_seen_when_the_answer_is_too_old,
    whatever_this_store_changes_is_seen_by_the_very_next_find,
    a_session_that_is_not_there_is_looked_for_again,
    whoever_changes_sees_their_change_however_many_are_reading,
}

/// A store for which an answer is good for so long.
async fn store(database: &Database, known_for: Duration) -> SqlStore {
    let mut settings = database.settings();
    settings.sessions_known_for = known_for;
    database.store_with(&settings, database.sealing()).await.unwrap()
}

const LONG: Duration = Duration::from_hours(1);

async fn find(store: &SqlStore) -> Option<LiveSession> {
    SessionDirectory::find(store, session_id(1)).await.unwrap()
}

async fn end(store: &SqlStore) {
    let mut work = store.begin().await.unwrap();
    assert!(work.sessions().end(session_id(1)).await.unwrap());
    work.commit().await.unwrap();
}

async fn a_session_that_was_read_a_moment_ago_is_not_read_again(database: &Database) {
    let (store, other) = (store(database, LONG).await, database.store().await.unwrap());
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let before = find(&store).await;
    end(&other).await;
    assert!(before.is_some());
    assert_eq!(find(&store).await, before);
    // Another handle to the same store knows the same.
    assert_eq!(find(&store.clone()).await, before);
    assert_eq!(find(&other).await, None);
}

async fn a_change_of_another_store_is_seen_when_the_answer_is_too_old(database: &Database) {
    let (store, other) = (store(database, Duration::ZERO).await, database.store().await.unwrap());
    logged_in(&store, &somebody(1, "ann"), 1).await;
    assert!(find(&store).await.is_some());
    end(&other).await;
    assert_eq!(find(&store).await, None);
}

/// Does one thing that changes Ann's first session, or ends it.
async fn change(work: &mut dyn UnitOfWork, number: u8) {
    let ann = somebody(1, "ann");
    let later = NOW.plus(Duration::from_mins(2));
    let closed = User { suspension: Some(suspension(None)), ..ann.user };
    match number {
        0 => work.sessions().record_use(session_id(1), later).await.unwrap(),
        1 => work.sessions().replace_cookie(session_id(1), &digest(9)).await.unwrap(),
        2 => drop(work.users().update(&closed, Some(&ann.personal.email)).await.unwrap()),
        3 => drop(work.sessions().end(session_id(1)).await.unwrap()),
        4 => drop(work.sessions().end_all_of(user_id(1), Some(session_id(2))).await.unwrap()),
        5 => drop(work.sessions().sweep(Channel::Api, later, NOW, 1).await.unwrap()),
        6 => {
            let uses = [1, 2].map(|number| (session_id(number), later));
            work.sessions().record_uses(&uses).await.unwrap();
        }
        _ => drop(work.users().delete(user_id(1)).await.unwrap()),
    }
}

async fn whatever_this_store_changes_is_seen_by_the_very_next_find(database: &Database) {
    let store = store(database, LONG).await;
    for number in 0..=7 {
        logged_in(&store, &somebody(1, "ann"), 1).await;
        let before = find(&store).await.unwrap();
        let mut work = store.begin().await.unwrap();
        change(work.as_mut(), number).await;
        let after = work.sessions().find(session_id(1)).await.unwrap();
        work.commit().await.unwrap();
        assert_ne!(after.as_ref(), Some(&before), "{number}");
        assert_eq!(find(&store).await, after, "{number}");
        let mut work = store.begin().await.unwrap();
        work.users().delete(user_id(1)).await.unwrap();
        work.commit().await.unwrap();
    }
}

async fn a_session_that_is_not_there_is_looked_for_again(database: &Database) {
    let (store, other) = (store(database, LONG).await, database.store().await.unwrap());
    assert_eq!(find(&store).await, None);
    logged_in(&other, &somebody(1, "ann"), 1).await;
    assert!(find(&store).await.is_some());
}

async fn whoever_changes_sees_their_change_however_many_are_reading(database: &Database) {
    let store = store(database, LONG).await;
    let ann = somebody(1, "ann");
    logged_in(&store, &ann, 1).await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, done) = (store.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    find(&store).await;
                    // What is known is answered without waiting; the others are to have their turn too.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for version in 1..=100 {
        let role = Role::ALL[usize::try_from(version).unwrap() % 3];
        let mut work = store.begin().await.unwrap();
        let changed = User { role, version, ..ann.user.clone() };
        work.users().update(&changed, Some(&ann.personal.email)).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(find(&store).await.unwrap().standing.role, role, "{version}");
    }
    end(&store).await;
    assert_eq!(find(&store).await, None);
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}
