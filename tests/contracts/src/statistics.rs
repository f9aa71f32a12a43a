//! What was counted.

use crate::people::{NOW, email, hash, settle, settled, somebody, suspension, user_id, username};
use crate::{Database, on_both_engines};
use application::store::{HourlyCount, Saved, StatisticsDirectory, Store, StoreError, UserCount};
use domain::Timestamp;
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::EventId;
use domain::users::{Status, User};
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    accounts_are_counted_as_they_come_and_change_and_go,
    what_did_not_happen_is_not_counted,
    of_many_changes_at_once_each_is_counted,
    the_count_of_an_hour_stands_once_it_is_stored,
    hours_are_told_the_earliest_first_and_swept_from_the_beginning,
    events_of_a_short_span_are_counted_one_by_one,
    a_count_of_a_newer_version_is_named,
}

/// What the directory says, without what there is none of.
async fn counts(store: &SqlStore) -> Vec<(Role, Status, u64)> {
    let mut counts = StatisticsDirectory::users(store).await.unwrap();
    counts.retain(|count| count.count > 0);
    counts.sort_by_key(|count| (count.role, count.status));
    counts.into_iter().map(|UserCount { role, status, count }| (role, status, count)).collect()
}

async fn accounts_are_counted_as_they_come_and_change_and_go(database: &Database) {
    use Status::{Active, Suspended};
    let store = database.store().await.unwrap();
    assert!(counts(&store).await.is_empty());
    let (ann, bob) = (somebody(1, "ann"), somebody(2, "bob"));
    settled(&store, &ann).await;
    settled(&store, &bob).await;
    assert_eq!(counts(&store).await, [(Role::User, Active, 2)]);
    let mut work = store.begin().await.unwrap();
    let raised = User { role: Role::Admin, ..ann.user.clone() };
    assert_eq!(work.users().update(&raised, Some(&ann.personal.email)).await.unwrap(), Saved::Yes);
    // And once more, on top of the first change.
    let closed = User { suspension: Some(suspension(None)), version: 2, ..raised };
    assert_eq!(work.users().update(&closed, Some(&ann.personal.email)).await.unwrap(), Saved::Yes);
    work.commit().await.unwrap();
    assert_eq!(counts(&store).await, [(Role::User, Active, 1), (Role::Admin, Suspended, 1)]);
    let mut work = store.begin().await.unwrap();
    assert!(work.users().delete(user_id(2)).await.unwrap());
    settle(work.as_mut(), &somebody(3, "cid")).await;
    assert!(work.users().delete(user_id(3)).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(counts(&store).await, [(Role::Admin, Suspended, 1)]);
}

async fn what_did_not_happen_is_not_counted(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    settled(&store, &somebody(2, "bob")).await;
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &somebody(3, "cid")).await;
    drop(work);
    let mut work = store.begin().await.unwrap();
    let dan = somebody(4, "ann").user;
    let saved = work.users().insert(&dan, &email("d@example.com"), Some(&hash("x"))).await.unwrap();
    assert_eq!(saved, Saved::UsernameTaken);
    let renamed = User { username: username("bob"), role: Role::Admin, ..ann.user.clone() };
    assert_eq!(work.users().update(&renamed, Some(&ann.personal.email)).await.unwrap(), Saved::UsernameTaken);
    let outrun = User { version: 7, role: Role::Admin, ..ann.user };
    let changed = work.users().update(&outrun, Some(&ann.personal.email)).await;
    assert!(matches!(changed, Err(StoreError::Conflict)), "{changed:?}");
    assert!(!work.users().delete(user_id(9)).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(counts(&store).await, [(Role::User, Status::Active, 2)]);
}

async fn of_many_changes_at_once_each_is_counted(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=20 {
        let mut person = somebody(number, &format!("user-{number}"));
        person.user.role = if number % 2 == 0 { Role::Admin } else { Role::User };
        settled(&store, &person).await;
    }
    // Half of them up and half of them down, so that each touches both counts, and one more comes with each.
    let changes: Vec<_> = (1..=20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                let user = work.users().find(user_id(number)).await.unwrap().unwrap().user;
                let role = if user.role == Role::Admin { Role::User } else { Role::Admin };
                let address = email(&format!("user-{number}@example.com"));
                work.users().update(&User { role, ..user }, Some(&address)).await.unwrap();
                settle(work.as_mut(), &somebody(number + 100, &format!("guest-{number}"))).await;
                work.commit().await.unwrap();
            })
        })
        .collect();
    for change in changes {
        change.await.unwrap();
    }
    assert_eq!(counts(&store).await, [(Role::User, Status::Active, 30), (Role::Admin, Status::Active, 10)]);
}

fn hour(number: u64) -> Timestamp {
    Timestamp::from_micros(1_700_002_800_000_000).plus(Duration::from_hours(number))
}

fn hourly(number: u64, kind: EventKind, count: u64) -> HourlyCount {
    HourlyCount { hour: hour(number), kind, count }
}

async fn put(store: &SqlStore, counts: &[HourlyCount]) {
    let mut work = store.begin().await.unwrap();
    for count in counts {
        work.statistics().put(count).await.unwrap();
    }
    work.commit().await.unwrap();
}

async fn the_count_of_an_hour_stands_once_it_is_stored(database: &Database) {
    let store = database.store().await.unwrap();
    assert_eq!(store.latest_hour().await.unwrap(), None);
    put(&store, &[hourly(1, EventKind::LoggedIn, 5)]).await;
    put(&store, &[hourly(1, EventKind::LoggedIn, 9), hourly(1, EventKind::UserSignedUp, 0)]).await;
    let stored = store.hours(hour(0)).await.unwrap();
    assert_eq!(stored, [hourly(1, EventKind::LoggedIn, 5), hourly(1, EventKind::UserSignedUp, 0)]);
    assert_eq!(store.latest_hour().await.unwrap(), Some(hour(1)));
}

async fn hours_are_told_the_earliest_first_and_swept_from_the_beginning(database: &Database) {
    let store = database.store().await.unwrap();
    let counts: Vec<_> = (0..5).map(|number| hourly(number, EventKind::LoggedIn, number)).collect();
    put(&store, &counts.iter().rev().copied().collect::<Vec<_>>()).await;
    assert_eq!(store.hours(hour(2)).await.unwrap(), counts[2..]);
    assert_eq!(store.latest_hour().await.unwrap(), Some(hour(4)));
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.statistics().sweep(hour(3)).await.unwrap(), 3);
    work.commit().await.unwrap();
    assert_eq!(store.hours(hour(0)).await.unwrap(), counts[3..]);
}

async fn events_of_a_short_span_are_counted_one_by_one(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    for number in 0..10 {
        let at = NOW.plus(Duration::from_secs(u64::from(number)));
        let event = Event {
            id: EventId::new(at, &[number; 10]),
            sequence: None,
            kind: if number % 2 == 0 { EventKind::LoggedIn } else { EventKind::LoggedOut },
            actor: ActorRef::System,
            subject: None,
            at,
            address: None,
            request_id: None,
            detail: Vec::new(),
            private: Vec::new(),
        };
        work.audit().record(&event).await.unwrap();
    }
    work.commit().await.unwrap();
    let count = async |from, until| {
        let at = |seconds| NOW.plus(Duration::from_secs(seconds));
        store.count(EventKind::LoggedIn, at(from), at(until)).await.unwrap()
    };
    assert_eq!((count(0, 10).await, count(2, 8).await, count(2, 9).await), (5, 3, 4));
    assert_eq!(count(3, 3).await, 0);
}

async fn a_count_of_a_newer_version_is_named(database: &Database) {
    let store = database.store().await.unwrap();
    put(&store, &[hourly(1, EventKind::LoggedIn, 5)]).await;
    let mut raw = database.raw().await.unwrap();
    raw.run("UPDATE hourly_counts SET kind = 'of_a_newer_version'").await.unwrap();
    let hours = store.hours(hour(0)).await;
    let Err(StoreError::Broken(told)) = hours else { panic!("{hours:?}") };
    assert!(told.contains("hourly_counts") && told.contains(&hour(1).as_micros().to_string()), "{told}");
}
