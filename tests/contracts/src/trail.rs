//! The audit trail, as it is read.

use crate::chain::{at, join, record};
use crate::people::{NOW, settled, somebody, user_id};
use crate::{Database, Engine, on_both_engines};
use application::store::{AuditDirectory, ChainDirectory, Store};
use domain::audit::{ActorRef, Event, EventCursor, EventFilter, EventKind, Facts, Order, Sequence};
use domain::ids::{EventId, RequestId};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use persistence::SqlStore;

on_both_engines! {
    an_event_comes_back_as_it_was_recorded,
    every_list_of_events_is_told_whole_and_in_order_page_by_page,
    a_span_begins_with_its_first_moment_and_ends_before_its_last,
    events_of_one_moment_are_told_once_each,
    what_is_no_event_is_left_out_and_keeps_nobody_from_the_others,
    an_event_stands_only_if_its_unit_of_work_does,
    an_event_is_announced_once_it_stands,
    nothing_that_says_something_of_a_person_stands_in_clear,
    lists_with_proofs_are_the_same_without_what_is_not_joined,
}

const KINDS: [EventKind; 3] = [EventKind::LoggedIn, EventKind::LogInFailed, EventKind::RoleChanged];

/// Events that differ in everything by which they can be asked for; three happen in each second.
fn event(number: u8) -> Event {
    let at = at(u64::from(number / 3));
    Event {
        id: EventId::new(at, &[number.wrapping_mul(97); 10]),
        kind: KINDS[usize::from(number) % 3],
        actor: match number % 4 {
            0 => ActorRef::Visitor,
            1 => ActorRef::System,
            _ => ActorRef::User(user_id(number % 2)),
        },
        subject: (!number.is_multiple_of(5)).then(|| user_id(number % 2)),
        at,
        address: (!number.is_multiple_of(6)).then(|| [192, 0, 2, number % 2].into()),
        request_id: (!number.is_multiple_of(7)).then(|| RequestId::new(at, &[number; 10])),
        sequence: None,
        detail: Vec::new(),
        private: Vec::new(),
    }
}

fn everything() -> Vec<Event> {
    let mut events: Vec<Event> = (0..40).map(event).collect();
    events.sort_by_key(|event| (event.at, event.id));
    events
}

/// With the two people of whom the events tell.
async fn recorded(database: &Database, events: &[Event]) -> SqlStore {
    let store = database.store().await.unwrap();
    for number in [0, 1] {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
    }
    record(&store, events).await;
    store
}

pub(crate) async fn walked(store: &SqlStore, filter: &EventFilter, order: Order, limit: u32) -> Vec<Event> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.page(filter, order, after, limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        let Some(last) = page.last() else { return seen };
        after = Some(EventCursor { at: last.at, id: last.id });
        seen.extend(page);
    }
}

async fn an_event_comes_back_as_it_was_recorded(database: &Database) {
    let odd = "a\0b \"quoted\" \\ \u{1f600} \u{ffff} \u{202e} {\"kid\": 1}";
    let told = Event {
        detail: vec![("a kid".into(), odd.to_owned()), ("role".into(), String::new())],
        private: vec![("a reason".into(), odd.to_owned()), ("why".into(), String::new())],
        address: "2001:db8::1".parse().ok(),
        ..event(2)
    };
    let mut events = vec![told, event(0), event(1)];
    events.sort_by_key(|event| (event.at, event.id));
    let store = recorded(database, &events).await;
    let page = store.page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap();
    assert_eq!(page, events);
}

/// Every way to ask for some of the events, with everything given or not.
fn filters() -> Vec<EventFilter> {
    let given = |bit: u8, number: u8| number >> bit & 1 == 1;
    let filter = |number: u8| EventFilter {
        actor: given(0, number).then(|| user_id(0)),
        subject: given(1, number).then(|| user_id(1)),
        kind: given(2, number).then_some(EventKind::LoggedIn),
        address: given(3, number).then(|| [192, 0, 2, 1].into()),
        from: given(4, number).then(|| at(2)),
        until: given(5, number).then(|| at(11)),
    };
    (0..64).map(filter).collect()
}

fn meets(event: &Event, filter: &EventFilter) -> bool {
    filter.actor.is_none_or(|actor| event.actor.user_id() == Some(actor))
        && filter.subject.is_none_or(|subject| event.subject == Some(subject))
        && filter.kind.is_none_or(|kind| event.kind == kind)
        && filter.address.is_none_or(|address| event.address == Some(address))
        && filter.from.is_none_or(|from| event.at >= from)
        && filter.until.is_none_or(|until| event.at < until)
}

async fn every_list_of_events_is_told_whole_and_in_order_page_by_page(database: &Database) {
    let events = everything();
    let store = recorded(database, &events).await;
    let mut told = 0;
    for filter in filters() {
        let mut expected = events.clone();
        expected.retain(|event| meets(event, &filter));
        told += expected.len();
        assert_eq!(walked(&store, &filter, Order::OldestFirst, 4).await, expected, "{filter:?}");
        expected.reverse();
        assert_eq!(walked(&store, &filter, Order::NewestFirst, 4).await, expected, "{filter:?}");
    }
    assert!(told > 200, "{told}");
}

async fn a_span_begins_with_its_first_moment_and_ends_before_its_last(database: &Database) {
    let store = recorded(database, &everything()).await;
    let filter = EventFilter { from: Some(at(2)), until: Some(at(3)), ..EventFilter::default() };
    for order in [Order::NewestFirst, Order::OldestFirst] {
        let page = store.page(&filter, order, None, 50).await.unwrap();
        assert_eq!(page.iter().map(|event| event.at).collect::<Vec<_>>(), [at(2); 3]);
    }
    let nothing = EventFilter { from: Some(at(3)), until: Some(at(3)), ..EventFilter::default() };
    assert!(store.page(&nothing, Order::NewestFirst, None, 50).await.unwrap().is_empty());
}

async fn events_of_one_moment_are_told_once_each(database: &Database) {
    let same: Vec<Event> = (0..9)
        .map(|number| Event { at: NOW, id: EventId::new(NOW, &[number; 10]), ..event(number) })
        .collect();
    let store = recorded(database, &same).await;
    assert_eq!(walked(&store, &EventFilter::default(), Order::OldestFirst, 2).await, same);
}

async fn what_is_no_event_is_left_out_and_keeps_nobody_from_the_others(database: &Database) {
    let mut events = everything();
    let store = recorded(database, &events).await;
    let mut raw = database.raw().await.unwrap();
    let spoilt = [
        ("kind", "of_a_newer_version"),
        ("detail", "[\"secret\"]"),
        ("detail", "{\"secret\": 1}"),
        ("detail", "nothing"),
    ];
    for (number, (column, value)) in spoilt.into_iter().enumerate() {
        let id = raw.id(events.remove(4 + number).id.as_uuid());
        raw.run(&format!("UPDATE events SET {column} = '{value}' WHERE id = {id}")).await.unwrap();
    }
    for limit in [1, 3, 50] {
        assert_eq!(walked(&store, &EventFilter::default(), Order::OldestFirst, limit).await, events);
    }
}

async fn an_event_stands_only_if_its_unit_of_work_does(database: &Database) {
    let store = recorded(database, &[event(2)]).await;
    let mut work = store.begin().await.unwrap();
    work.audit().record(&event(3)).await.unwrap();
    drop(work);
    assert_eq!(walked(&store, &EventFilter::default(), Order::OldestFirst, 50).await, [event(2)]);
}

async fn an_event_is_announced_once_it_stands(database: &Database) {
    let store = recorded(database, &[]).await;
    let recorder = DebuggingRecorder::new();
    let snapshots = recorder.snapshotter();
    let announced = || {
        let counts = snapshots.snapshot().into_vec().into_iter().filter_map(|(key, .., value)| match value {
            DebugValue::Counter(count) if key.key().name() == "xtrem_security_events_total" => Some(count),
            _ => None,
        });
        counts.sum::<u64>()
    };
    let _here = metrics::set_default_local_recorder(&recorder);
    let mut work = store.begin().await.unwrap();
    work.audit().record(&event(3)).await.unwrap();
    drop(work);
    let mut work = store.begin().await.unwrap();
    work.audit().record(&event(3)).await.unwrap();
    work.audit().record(&event(3)).await.unwrap_err();
    work.commit().await.unwrap_err();
    assert_eq!(announced(), 0);
    let mut work = store.begin().await.unwrap();
    for number in [3, 4] {
        work.audit().record(&event(number)).await.unwrap();
    }
    assert_eq!(announced(), 0);
    work.commit().await.unwrap();
    assert_eq!(announced(), 2);
}

async fn nothing_that_says_something_of_a_person_stands_in_clear(database: &Database) {
    let private: Facts = vec![("reason".into(), "MARKER-4711".to_owned())];
    let events = [2, 3, 8].map(|number| Event {
        private: private.clone(),
        address: Some([192, 0, 2, 77].into()),
        ..event(number)
    });
    let store = recorded(database, &events).await;
    assert_eq!(walked(&store, &EventFilter::default(), Order::OldestFirst, 50).await, events);
    let mut raw = database.raw().await.unwrap();
    let clear = "SELECT count(*) FROM events WHERE in_clear OR address IS NOT NULL OR detail <> '{}'";
    assert_eq!(raw.number(clear).await.unwrap(), 0);
    for (column, different) in
        [("sealed_address", 3), ("sealed_private", 3), ("address_commitment", 3), ("address_index", 1)]
    {
        let count = format!("SELECT count(DISTINCT {column}) FROM events");
        assert_eq!(raw.number(&count).await.unwrap(), different, "{column}");
    }
    drop(raw);
    store.close().await;
    if database.engine() == Engine::Sqlite {
        let bytes = std::fs::read(database.file()).unwrap();
        for marker in ["MARKER-4711", "192.0.2.77"] {
            assert!(!bytes.windows(marker.len()).any(|window| window == marker.as_bytes()), "{marker}");
        }
    }
}

async fn proven(store: &SqlStore, filter: &EventFilter, order: Order, limit: u32) -> Vec<Event> {
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = store.proven_page(filter, order, after, limit).await.unwrap();
        assert!(page.len() <= limit as usize);
        let Some(last) = page.last() else { return seen };
        after = Some(EventCursor { at: last.entry.record.at, id: last.entry.record.id });
        for told in page {
            let event = told.event.unwrap();
            assert_eq!((event.id, event.sequence), (told.entry.record.id, Some(told.entry.sequence)));
            seen.push(event);
        }
    }
}

async fn lists_with_proofs_are_the_same_without_what_is_not_joined(database: &Database) {
    let events = everything();
    let store = recorded(database, &events[..30]).await;
    assert!(proven(&store, &EventFilter::default(), Order::OldestFirst, 4).await.is_empty());
    assert_eq!(join(&store, &*database.sealing()).await, 30);
    record(&store, &events[30..]).await;
    let chain = store.entries(Sequence::NONE, 50).await.unwrap();
    for filter in filters() {
        let mut expected = walked(&store, &filter, Order::OldestFirst, 50).await;
        expected.retain(|event| event.sequence.is_some());
        assert_eq!(proven(&store, &filter, Order::OldestFirst, 4).await, expected, "{filter:?}");
        expected.reverse();
        assert_eq!(proven(&store, &filter, Order::NewestFirst, 4).await, expected, "{filter:?}");
        for told in store.proven_page(&filter, Order::OldestFirst, None, 50).await.unwrap() {
            let place = usize::try_from(told.entry.sequence.number() - 1).unwrap();
            assert_eq!(told, chain[place], "its proof is the same in every list");
        }
    }
}
