//! Uses of many sessions, noted at once.

use crate::people::{NOW, begun, session, session_id, settled, somebody, still_waits, user_id};
use crate::{Database, on_both_engines};
use application::store::{SessionDirectory, Store, StoreError};
use domain::Timestamp;
use domain::ids::SessionId;
use domain::sessions::Session;
use persistence::SqlStore;

on_both_engines! {
    any_number_of_uses_is_noted_and_none_runs_backwards,
    what_is_noted_for_nobody_changes_nothing,
    whoever_met_somebody_crosswise_is_told_and_does_it_again,
}

const LATER: Timestamp = Timestamp::from_micros(NOW.as_micros() + 60_000_000);
const LATEST: Timestamp = Timestamp::from_micros(NOW.as_micros() + 120_000_000);

/// Ann with so many sessions, of which every seventh was used just now.
async fn used(database: &Database, sessions: u8) -> SqlStore {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    for number in 1..=sessions {
        let last_used_at = if number % 7 == 0 { LATEST } else { NOW };
        let session = Session { last_used_at, ..session(number, user_id(1)) };
        work.sessions().insert(&begun(session)).await.unwrap();
    }
    work.commit().await.unwrap();
    store
}

async fn last_use(store: &SqlStore, number: u8) -> Timestamp {
    let live = SessionDirectory::find(store, session_id(number)).await.unwrap();
    live.expect("a session").session.last_used_at
}

fn later(number: u8) -> (SessionId, Timestamp) {
    (session_id(number), LATER)
}

async fn any_number_of_uses_is_noted_and_none_runs_backwards(database: &Database) {
    let store = used(database, 210).await;
    // One, as many as one statement has room for, and more: each time as many as are named, and no others.
    for named in [1..=1, 2..=65, 66..=200] {
        // Whoever has read them before sees it, too.
        assert_eq!(last_use(&store, *named.start()).await, NOW);
        let mut work = store.begin_shared().await.unwrap();
        work.sessions().record_uses(&named.clone().map(later).collect::<Vec<_>>()).await.unwrap();
        work.commit().await.unwrap();
        for number in 1..=210 {
            let expected = match number {
                _ if number % 7 == 0 => LATEST,
                _ if number <= *named.end() => LATER,
                _ => NOW,
            };
            assert_eq!(last_use(&store, number).await, expected, "{number} after {named:?}");
        }
    }
}

async fn what_is_noted_for_nobody_changes_nothing(database: &Database) {
    let store = used(database, 3).await;
    let mut work = store.begin_shared().await.unwrap();
    work.sessions().record_uses(&[]).await.unwrap();
    work.sessions().record_uses(&[later(1), later(9)]).await.unwrap();
    work.commit().await.unwrap();
    let uses = [last_use(&store, 1).await, last_use(&store, 2).await, last_use(&store, 3).await];
    assert_eq!(uses, [LATER, NOW, NOW]);
    assert_eq!(SessionDirectory::find(&store, session_id(9)).await.unwrap(), None);
}

/// On SQLite nobody meets anybody: one writes at a time.
async fn whoever_met_somebody_crosswise_is_told_and_does_it_again(database: &Database) {
    let store = used(database, 5).await;
    let mut holder = store.begin().await.unwrap();
    holder.sessions().record_use(session_id(5), LATEST).await.unwrap();
    let mut others = {
        let store = store.clone();
        tokio::spawn(async move {
            let mut work = store.begin_shared().await?;
            work.sessions().record_uses(&[1, 2, 3, 4, 5].map(later)).await?;
            work.commit().await
        })
    };
    still_waits(&mut others).await;
    let held = holder.sessions().record_use(session_id(1), LATEST).await;
    let held = if held.is_ok() { holder.commit().await } else { held };
    // One of the two was undone, wholly; which one is the database's to say.
    let outcomes = [held, others.await.unwrap()];
    let is_told = |outcome: &Result<(), StoreError>| matches!(outcome, Ok(()) | Err(StoreError::Conflict));
    assert!(outcomes.iter().all(is_told) && outcomes.iter().any(Result::is_ok), "{outcomes:?}");
    let mut work = store.begin_shared().await.unwrap();
    if outcomes[0].is_err() {
        work.sessions().record_uses(&[1, 5].map(|number| (session_id(number), LATEST))).await.unwrap();
    }
    work.sessions().record_uses(&[1, 2, 3, 4, 5].map(later)).await.unwrap();
    work.commit().await.unwrap();
    for (number, expected) in (1..).zip([LATEST, LATER, LATER, LATER, LATEST]) {
        assert_eq!(last_use(&store, number).await, expected, "{number}");
    }
}
