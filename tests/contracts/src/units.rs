//! Units of work: altogether or not at all.

use crate::health::ready;
use crate::people::{
    NOW, begun, family, hash, logged_in, session, session_id, settle, settled, somebody, user_id,
};
use crate::{Database, on_both_engines};
use application::store::{Store, StoreError, UserDirectory};
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::{EventId, RequestId};
use domain::users::Profile;
use std::task::{Context, Waker};

on_both_engines! {
    what_was_committed_stands,
    what_was_dropped_never_was,
    a_unit_of_work_sees_its_own_changes,
    nobody_else_sees_a_change_before_it_is_committed,
    a_failed_statement_poisons_the_unit_of_work,
    an_abandoned_statement_poisons_the_unit_of_work,
    the_store_goes_on_after_a_poisoned_unit_of_work,
    an_event_stands_if_and_only_if_its_change_does,
    an_event_outlives_whom_it_tells_of,
    a_detail_of_an_event_is_kept_as_it_was_said,
    a_closed_store_refuses_and_does_not_hang,
}

fn ann() -> Profile {
    somebody(1, "ann")
}

async fn what_was_committed_stands(database: &Database) {
    settled(&database.store().await.unwrap(), &ann()).await;
    let again = database.store().await.unwrap();
    assert_eq!(again.profile(user_id(1)).await.unwrap(), Some(ann()));
}

async fn what_was_dropped_never_was(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &ann()).await;
    drop(work);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    // The connection was given back clean: the same name is free for the next one.
    settled(&store, &ann()).await;
}

async fn a_unit_of_work_sees_its_own_changes(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &ann()).await;
    assert_eq!(work.users().find(user_id(1)).await.unwrap().map(|account| account.user), Some(ann().user));
}

async fn nobody_else_sees_a_change_before_it_is_committed(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &ann()).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    work.commit().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(ann()));
}

async fn a_failed_statement_poisons_the_unit_of_work(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &ann()).await;
    // Tokens of no session.
    let failed = work.refresh_tokens().insert(&family(session_id(9))).await;
    assert!(matches!(failed, Err(StoreError::Conflict)), "{failed:?}");
    assert!(work.users().find(user_id(1)).await.is_err());
    assert!(matches!(work.commit().await, Err(StoreError::Broken(_))));
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
}

async fn an_abandoned_statement_poisons_the_unit_of_work(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &ann()).await;
    // Asked once and then dropped. An answer that is there at once abandons nothing, so it is asked again.
    let mut abandoned = false;
    for _ in 0..1000 {
        let hash = hash("new");
        let mut change = work.users().set_password(user_id(1), &hash, NOW);
        abandoned |= change.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending();
        if abandoned {
            break;
        }
    }
    assert!(abandoned);
    assert!(matches!(work.commit().await, Err(StoreError::Broken(_))));
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
}

async fn the_store_goes_on_after_a_poisoned_unit_of_work(database: &Database) {
    let store = database.store().await.unwrap();
    for _ in 0..20 {
        let mut work = store.begin().await.unwrap();
        assert!(work.sessions().insert(&begun(session(1, user_id(9)))).await.is_err());
        drop(work);
        let mut work = store.begin().await.unwrap();
        assert!(work.refresh_tokens().insert(&family(session_id(9))).await.is_err());
        assert!(work.commit().await.is_err());
    }
    settled(&store, &ann()).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(ann()));
}

fn event(number: u8) -> Event {
    Event {
        id: EventId::new(NOW, &[number; 10]),
        sequence: None,
        kind: EventKind::UserSignedUp,
        actor: ActorRef::User(user_id(1)),
        subject: Some(user_id(1)),
        at: NOW,
        address: Some([192, 0, 2, 7].into()),
        request_id: Some(RequestId::new(NOW, &[3; 10])),
        detail: Vec::new(),
        private: Vec::new(),
    }
}

async fn an_event_stands_if_and_only_if_its_change_does(database: &Database) {
    let store = database.store().await.unwrap();
    for (number, commit) in [(1, false), (2, true)] {
        let mut work = store.begin().await.unwrap();
        settle(work.as_mut(), &ann()).await;
        work.audit().record(&event(number)).await.unwrap();
        if commit {
            work.commit().await.unwrap();
        }
    }
    let mut raw = database.raw().await.unwrap();
    assert_eq!(raw.number("SELECT count(*) FROM events").await.unwrap(), 1);
    assert_eq!(raw.number("SELECT at FROM events").await.unwrap(), NOW.as_micros());
}

async fn an_event_outlives_whom_it_tells_of(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &ann(), 1).await;
    let mut work = store.begin().await.unwrap();
    work.audit().record(&event(1)).await.unwrap();
    assert!(work.users().delete(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    let mut raw = database.raw().await.unwrap();
    assert_eq!(raw.texts("SELECT kind FROM events").await.unwrap(), ["user_signed_up"]);
}

async fn a_detail_of_an_event_is_kept_as_it_was_said(database: &Database) {
    let store = database.store().await.unwrap();
    let odd = "a\0b \"quoted\" \\ \u{1f600} \u{ffff} \u{202e} {\"kid\": 1}";
    let mut work = store.begin().await.unwrap();
    work.audit().record(&Event { detail: vec![("kid".into(), odd.to_owned())], ..event(1) }).await.unwrap();
    work.audit().record(&Event { actor: ActorRef::System, subject: None, ..event(2) }).await.unwrap();
    work.commit().await.unwrap();
    let mut raw = database.raw().await.unwrap();
    let kept = raw.texts("SELECT detail FROM events ORDER BY id").await.unwrap();
    let expected = "{\"kid\":\"a\\u0000b \\\"quoted\\\" \\\\ \u{1f600} \u{ffff} \u{202e} {\\\"kid\\\": 1}\"}";
    assert_eq!(kept, [expected, "{}"]);
}

async fn a_closed_store_refuses_and_does_not_hang(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &ann()).await;
    store.close().await;
    assert!(matches!(store.begin().await, Err(StoreError::Unavailable(_))));
    assert!(matches!(store.profile(user_id(1)).await, Err(StoreError::Unavailable(_))));
    assert!(matches!(ready(&store).await, Err(StoreError::Unavailable(_))));
    let again = database.store().await.unwrap();
    assert_eq!(again.profile(user_id(1)).await.unwrap(), Some(ann()));
}
