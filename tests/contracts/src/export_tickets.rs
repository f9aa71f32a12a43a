//! Tickets by which people fetch what is held about them.

use crate::people::{NOW, digest, settled, somebody, user_id};
use crate::{Database, on_both_engines};
use application::store::{ExportTicket, PasswordLink, Store, StoreError, UserDirectory};
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    a_ticket_takes_the_place_of_the_one_before_it,
    of_fifty_uses_of_one_ticket_one_gets_it,
    only_the_ticket_itself_is_taken_and_only_for_good_with_the_unit_of_work,
    sweeping_removes_tickets_that_stopped_working_and_no_more_than_asked,
    a_ticket_of_nobody_is_a_conflict,
    a_ticket_goes_with_its_person,
    a_ticket_and_a_link_of_one_person_do_not_know_of_each_other,
}

fn ticket(user: u8, secret: u8, seconds: u64) -> ExportTicket {
    let expires_at = NOW.plus(Duration::from_secs(seconds));
    ExportTicket { user_id: user_id(user), digest: digest(secret), expires_at }
}

async fn put(store: &SqlStore, ticket: &ExportTicket) {
    let mut work = store.begin().await.unwrap();
    work.export_tickets().put(ticket).await.unwrap();
    work.commit().await.unwrap();
}

async fn take(store: &SqlStore, user: u8, secret: u8) -> Option<ExportTicket> {
    let mut work = store.begin().await.unwrap();
    let taken = work.export_tickets().take(user_id(user), &digest(secret)).await.unwrap();
    work.commit().await.unwrap();
    taken
}

async fn with_ann_and_bob(database: &Database) -> SqlStore {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    store
}

async fn a_ticket_takes_the_place_of_the_one_before_it(database: &Database) {
    let store = with_ann_and_bob(database).await;
    put(&store, &ticket(1, 7, 60)).await;
    put(&store, &ticket(1, 8, 90)).await;
    assert_eq!(take(&store, 1, 7).await, None);
    assert_eq!(take(&store, 1, 8).await, Some(ticket(1, 8, 90)));
    assert_eq!(take(&store, 1, 8).await, None);
}

async fn of_fifty_uses_of_one_ticket_one_gets_it(database: &Database) {
    let store = with_ann_and_bob(database).await;
    put(&store, &ticket(1, 7, 60)).await;
    let uses: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { take(&store, 1, 7).await })
        })
        .collect();
    let mut got = Vec::new();
    for attempt in uses {
        got.extend(attempt.await.unwrap());
    }
    assert_eq!(got, [ticket(1, 7, 60)]);
}

async fn only_the_ticket_itself_is_taken_and_only_for_good_with_the_unit_of_work(database: &Database) {
    let store = with_ann_and_bob(database).await;
    put(&store, &ticket(1, 7, 60)).await;
    for (user, secret) in [(1, 8), (2, 7), (9, 7)] {
        assert_eq!(take(&store, user, secret).await, None);
    }
    let mut work = store.begin().await.unwrap();
    assert!(work.export_tickets().take(user_id(1), &digest(7)).await.unwrap().is_some());
    drop(work);
    assert!(take(&store, 1, 7).await.is_some(), "it was not committed");
}

async fn sweeping_removes_tickets_that_stopped_working_and_no_more_than_asked(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=4 {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
        put(&store, &ticket(number, number, u64::from(number))).await;
    }
    let mut work = store.begin().await.unwrap();
    let moment = NOW.plus(Duration::from_secs(4));
    assert_eq!(work.export_tickets().sweep(moment, 2).await.unwrap(), 2);
    assert_eq!(work.export_tickets().sweep(moment, 500).await.unwrap(), 1);
    assert_eq!(work.export_tickets().sweep(moment, 500).await.unwrap(), 0);
    work.commit().await.unwrap();
    assert!(take(&store, 4, 4).await.is_some());
}

async fn a_ticket_of_nobody_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let put = store.begin().await.unwrap().export_tickets().put(&ticket(9, 7, 60)).await;
    assert!(matches!(put, Err(StoreError::Conflict)), "{put:?}");
}

async fn a_ticket_goes_with_its_person(database: &Database) {
    let store = with_ann_and_bob(database).await;
    put(&store, &ticket(1, 7, 60)).await;
    put(&store, &ticket(2, 8, 60)).await;
    let mut work = store.begin().await.unwrap();
    assert!(work.users().delete(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(take(&store, 1, 7).await, None);
    assert!(take(&store, 2, 8).await.is_some());
}

async fn a_ticket_and_a_link_of_one_person_do_not_know_of_each_other(database: &Database) {
    let store = with_ann_and_bob(database).await;
    let link = PasswordLink { user_id: user_id(1), digest: digest(7), expires_at: NOW };
    let mut work = store.begin().await.unwrap();
    work.password_links().put(&link).await.unwrap();
    work.export_tickets().put(&ticket(1, 8, 60)).await.unwrap();
    assert!(!work.password_links().take(user_id(1), &digest(8)).await.unwrap());
    assert!(work.export_tickets().take(user_id(1), &digest(7)).await.unwrap().is_none());
    work.commit().await.unwrap();
    assert_eq!(store.password_link(user_id(1)).await.unwrap(), Some(link));
    assert!(take(&store, 1, 8).await.is_some());
}
