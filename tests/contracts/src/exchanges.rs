//! Exchanges of refresh tokens, alone and many at once.

use crate::chain::join_all;
use crate::people::{NOW, digest, family, logged_in, rotated, session_id, somebody, user_id};
use crate::{Database, Engine, on_both_engines};
use application::store::{AuditDirectory, ChainDirectory, Exchange, SessionDirectory, Store, StoreError};
use domain::Timestamp;
use domain::audit::{ActorRef, Event, EventFilter, EventKind, Order, Sequence};
use domain::ids::{EventId, RequestId};
use domain::sessions::Family;
use persistence::SqlStore;
use std::task::{Context, Waker};
use std::time::Duration;

on_both_engines! {
    an_exchange_puts_the_family_notes_the_use_and_records_the_event,
    what_is_no_longer_as_it_was_is_a_conflict_and_nothing_is_recorded,
    many_at_once_all_stand_and_share_their_statements,
    of_many_at_once_each_hears_of_their_own_outcome,
    of_fifty_exchanges_of_one_token_at_once_one_succeeds,
    one_that_can_not_be_recorded_takes_nothing_from_the_others,
    a_token_that_another_one_holds_is_waited_for_in_vain_by_whoever_needs_it_alone,
    whoever_goes_away_takes_nothing_from_the_others,
    what_was_recorded_together_is_joined_and_proven,
    a_closed_store_exchanges_nothing,
}

/// Session and successor are of that number, and the event is by a person from an address.
fn exchange(number: u8) -> Exchange {
    let before = family(session_id(number));
    let after = rotated(&before, digest(150 + number));
    Exchange { before, after, used_at: None, event: event(number) }
}

fn event(number: u8) -> Event {
    Event {
        id: EventId::new(NOW, &[number; 10]),
        kind: EventKind::SessionRefreshed,
        actor: ActorRef::Visitor,
        subject: Some(user_id(number)),
        at: NOW,
        address: Some([192, 0, 2, number].into()),
        request_id: Some(RequestId::new(NOW, &[number; 10])),
        sequence: None,
        detail: vec![("session".into(), session_id(number).to_string())],
        private: Vec::new(),
    }
}

/// So many people, each with a session of their number.
async fn people(database: &Database, numbers: std::ops::RangeInclusive<u8>) -> SqlStore {
    let store = database.store().await.unwrap();
    for number in numbers {
        logged_in(&store, &somebody(number, &format!("user-{number}")), number).await;
    }
    store
}

/// All of them at the same moment: none is waited for before the last has come.
async fn at_once(store: &SqlStore, exchanges: Vec<Exchange>) -> Vec<Result<(), StoreError>> {
    let mut tasks = Vec::new();
    for exchange in exchanges {
        let store = store.clone();
        tasks.push(tokio::spawn(async move { store.exchange(exchange).await }));
    }
    let mut outcomes = Vec::new();
    for task in tasks {
        outcomes.push(task.await.unwrap());
    }
    outcomes
}

async fn stored(store: &SqlStore, number: u8) -> Option<Family> {
    SessionDirectory::family(store, session_id(number)).await.unwrap()
}

async fn recorded(store: &SqlStore) -> Vec<Event> {
    let filter = EventFilter { kind: Some(EventKind::SessionRefreshed), ..EventFilter::default() };
    store.page(&filter, Order::OldestFirst, None, 200).await.unwrap()
}

async fn used_at(store: &SqlStore, number: u8) -> Timestamp {
    SessionDirectory::find(store, session_id(number)).await.unwrap().unwrap().session.last_used_at
}

fn is_conflict(outcome: &Result<(), StoreError>) -> bool {
    matches!(outcome, Err(StoreError::Conflict))
}

async fn an_exchange_puts_the_family_notes_the_use_and_records_the_event(database: &Database) {
    let store = people(database, 1..=1).await;
    assert_eq!(used_at(&store, 1).await, NOW);
    let later = NOW.plus(Duration::from_mins(5));
    let exchange = Exchange { used_at: Some(later), ..exchange(1) };
    store.exchange(exchange.clone()).await.unwrap();
    assert_eq!(stored(&store, 1).await, Some(exchange.after));
    assert_eq!(recorded(&store).await, [exchange.event]);
    assert_eq!(used_at(&store, 1).await, later, "also where it had just been read");
}

async fn what_is_no_longer_as_it_was_is_a_conflict_and_nothing_is_recorded(database: &Database) {
    let store = people(database, 1..=2).await;
    store.exchange(exchange(1)).await.unwrap();
    let again = Exchange { event: event(9), ..exchange(1) };
    assert!(is_conflict(&store.exchange(again).await), "exchanged before");
    let mut work = store.begin().await.unwrap();
    work.users().delete(user_id(2)).await.unwrap();
    work.commit().await.unwrap();
    assert!(is_conflict(&store.exchange(exchange(2)).await), "its person is gone, and the key with them");
    assert!(is_conflict(&store.exchange(exchange(3)).await), "it was never there");
    assert_eq!(recorded(&store).await, [event(1)]);
}

async fn many_at_once_all_stand_and_share_their_statements(database: &Database) {
    let store = people(database, 1..=40).await;
    let before = store.statements_run();
    let later = NOW.plus(Duration::from_mins(5));
    let exchanges =
        (1..=40).map(|number| Exchange { used_at: (number % 2 == 0).then_some(later), ..exchange(number) });
    let outcomes = at_once(&store, exchanges.collect()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    let statements = store.statements_run() - before;
    assert!(statements < 40 * 4, "{statements}");
    for number in 1..=40 {
        assert_eq!(stored(&store, number).await, Some(exchange(number).after));
        assert_eq!(used_at(&store, number).await, if number % 2 == 0 { later } else { NOW });
    }
    let mut expected: Vec<Event> = (1..=40).map(event).collect();
    expected.sort_by_key(|event| event.id);
    assert_eq!(recorded(&store).await, expected);
}

async fn of_many_at_once_each_hears_of_their_own_outcome(database: &Database) {
    let store = people(database, 1..=20).await;
    for number in [3, 7] {
        store.exchange(exchange(number)).await.unwrap();
    }
    let again = (1..=21).map(|number| Exchange {
        event: Event { id: EventId::new(NOW, &[100 + number; 10]), ..event(number) },
        ..exchange(number)
    });
    let outcomes = at_once(&store, again.collect()).await;
    for (number, outcome) in (1..).zip(&outcomes) {
        assert_eq!(is_conflict(outcome), [3, 7, 21].contains(&number), "{number}: {outcome:?}");
        assert!(outcome.is_ok() || is_conflict(outcome), "{number}: {outcome:?}");
    }
    assert_eq!(recorded(&store).await.len(), 20);
}

async fn of_fifty_exchanges_of_one_token_at_once_one_succeeds(database: &Database) {
    let store = people(database, 1..=1).await;
    let exchanges: Vec<_> = (0..50)
        .map(|number| {
            let before = family(session_id(1));
            let after = rotated(&before, digest(150 + number));
            Exchange {
                before,
                after,
                used_at: None,
                event: Event { subject: Some(user_id(1)), ..event(number) },
            }
        })
        .collect();
    let outcomes = at_once(&store, exchanges.clone()).await;
    let winners: Vec<_> = exchanges
        .into_iter()
        .zip(&outcomes)
        .filter(|(_, outcome)| outcome.is_ok())
        .map(|(it, _)| it)
        .collect();
    assert!(outcomes.iter().all(|outcome| outcome.is_ok() || is_conflict(outcome)), "{outcomes:?}");
    let [winner] = &winners[..] else { panic!("{} have won", winners.len()) };
    assert_eq!(stored(&store, 1).await.as_ref(), Some(&winner.after));
    assert_eq!(recorded(&store).await, std::slice::from_ref(&winner.event));
}

async fn one_that_can_not_be_recorded_takes_nothing_from_the_others(database: &Database) {
    let store = people(database, 1..=12).await;
    store.exchange(exchange(1)).await.unwrap();
    // The identifier of its event is taken.
    let doubtful = |number| Event { id: event(1).id, ..event(number) };
    let exchanges = (2..=12).map(|number| Exchange {
        event: if number == 5 { doubtful(number) } else { event(number) },
        ..exchange(number)
    });
    let outcomes = at_once(&store, exchanges.collect()).await;
    for (number, outcome) in (2..).zip(&outcomes) {
        assert_eq!(outcome.is_ok(), number != 5, "{number}: {outcome:?}");
    }
    assert_eq!(stored(&store, 5).await, Some(family(session_id(5))), "it is as it was");
    assert_eq!(recorded(&store).await.len(), 11);
}

/// On SQLite, where one writes at a time, all of them need what that one holds.
async fn a_token_that_another_one_holds_is_waited_for_in_vain_by_whoever_needs_it_alone(database: &Database) {
    let (holder, mut settings) = (people(database, 1..=12).await, database.impatient());
    settings.busy_timeout = Duration::from_secs(5);
    let store = database.store_with(&settings, database.sealing()).await.unwrap();
    let (before, mut work) = (family(session_id(5)), holder.begin().await.unwrap());
    work.refresh_tokens().rotate(&before, &rotated(&before, digest(250))).await.unwrap();
    let outcomes = at_once(&store, (1..=12).map(exchange).collect()).await;
    for (number, outcome) in (1..).zip(&outcomes) {
        let is_held = number == 5 || matches!(database.engine(), Engine::Sqlite);
        assert_eq!(outcome.is_ok(), !is_held, "{number}: {outcome:?}");
        assert_eq!(matches!(outcome, Err(StoreError::Unavailable(_))), is_held, "{number}: {outcome:?}");
    }
}

async fn whoever_goes_away_takes_nothing_from_the_others(database: &Database) {
    let store = people(database, 1..=6).await;
    for number in [1, 3] {
        let mut gone = std::pin::pin!(store.exchange(exchange(number)));
        let _pending = gone.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    }
    let outcomes = at_once(&store, [2, 4, 5, 6].map(exchange).to_vec()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    // What the others left is wholly done or not at all.
    let events = recorded(&store).await;
    for number in 1..=6 {
        let is_recorded = events.contains(&event(number));
        assert_eq!(stored(&store, number).await == Some(exchange(number).after), is_recorded, "{number}");
    }
}

async fn what_was_recorded_together_is_joined_and_proven(database: &Database) {
    let store = people(database, 1..=20).await;
    let outcomes = at_once(&store, (1..=20).map(exchange).collect()).await;
    assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    join_all(&store, &*database.sealing()).await;
    let entries = store.entries(Sequence::NONE, 50).await.unwrap();
    assert_eq!(entries.len(), 20);
    for proven in entries {
        let event = proven.event.expect("an event");
        assert!(!proven.entry.is_contradicted && proven.address_salt.is_some());
        assert!(event.address.is_some(), "sealed under the key of whose it is");
    }
}

async fn a_closed_store_exchanges_nothing(database: &Database) {
    let store = people(database, 1..=1).await;
    store.close().await;
    let refused = store.exchange(exchange(1)).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
}
