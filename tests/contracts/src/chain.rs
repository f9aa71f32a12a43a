//! The chain of events: who joins them, where it ends, and what stands in the place of a beginning that was removed.

use crate::people::{NOW, settled, somebody, still_waits, user_id};
use crate::{Database, on_both_engines};
use application::sealing::Sealing;
use application::store::{AuditDirectory, ChainDirectory, Proven, Store, StoreError, Waiting};
use domain::Timestamp;
use domain::audit::{
    ActorRef, Anchor, Check, Event, EventFilter, EventKind, Flaw, Head, Link, Order, Sequence, Verdict,
};
use domain::ids::EventId;
use persistence::SqlStore;
use std::path::{Path, PathBuf};
use std::time::Duration;

on_both_engines! {
    before_the_first_event_the_chain_has_neither_an_end_nor_an_anchor,
    events_wait_the_earliest_first_until_they_are_joined,
    what_is_joined_is_read_back_link_by_link,
    what_is_joined_and_not_committed_still_waits,
    an_event_is_joined_once_and_only_if_it_is_there,
    whoever_wants_to_join_waits_for_whoever_does,
    five_hundred_events_of_two_stores_make_one_chain,
    an_anchor_takes_the_place_of_what_was_removed,
    a_chain_that_was_removed_as_a_whole_goes_on,
}

pub(crate) fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// An event of that second: Ann did something to Bob and said why.
pub(crate) fn event(number: u16) -> Event {
    let at = at(u64::from(number));
    let [high, low] = number.to_be_bytes();
    Event {
        id: EventId::new(at, &[high, low, 7, 7, 7, 7, 7, 7, 7, 7]),
        sequence: None,
        kind: EventKind::UserSuspended,
        actor: ActorRef::User(user_id(1)),
        subject: Some(user_id(2)),
        at,
        address: Some([192, 0, 2, low].into()),
        request_id: None,
        detail: vec![("sessions_ended".into(), number.to_string())],
        private: vec![("reason".into(), format!("Spam, number {number}."))],
    }
}

pub(crate) async fn record(store: &SqlStore, events: &[Event]) {
    let mut work = store.begin().await.unwrap();
    for event in events {
        work.audit().record(event).await.unwrap();
    }
    work.commit().await.unwrap();
}

/// Joins at most a hundred of those that wait, as whoever seals the trail does. Says how many.
pub(crate) async fn join(store: &SqlStore, sealing: &dyn Sealing) -> usize {
    let mut work = store.begin().await.unwrap();
    let (mut last, mut link) = work.chain().lock().await.unwrap().unwrap_or((Sequence::NONE, Link::NONE));
    let waiting = work.chain().waiting(100).await.unwrap();
    let mut links = Vec::new();
    for Waiting { record, mark } in &waiting {
        last = last.next();
        let is_genuine = *mark == Some(sealing.link(&record.mark()));
        link = if is_genuine { sealing.link(&record.canonical(last, &link)) } else { Link::NONE };
        links.push((record.id, last, link));
    }
    work.chain().join(&links).await.unwrap();
    work.commit().await.unwrap();
    links.len()
}

pub(crate) async fn join_all(store: &SqlStore, sealing: &dyn Sealing) {
    while join(store, sealing).await > 0 {}
}

/// Walks along the chain from its anchor to its end.
pub(crate) async fn verify(store: &SqlStore, sealing: &dyn Sealing) -> Result<Verdict, Flaw> {
    let anchor = store.anchor().await.unwrap().map(|(anchor, _)| anchor);
    let end = store.end().await.unwrap().map(|(sequence, link)| Head { sequence, link, at: NOW });
    let mut check = Check::begin(anchor.as_ref(), end.as_slice());
    let mut after = anchor.map_or(Sequence::NONE, |anchor| anchor.sequence);
    loop {
        let entries = store.entries(after, 7).await.unwrap();
        let Some(last) = entries.last() else { return check.finish() };
        after = last.entry.sequence;
        for proven in &entries {
            check.step(&proven.entry, |form| sealing.link(form))?;
        }
    }
}

/// Ann and Bob, and that many events, all of them joined.
pub(crate) async fn chained(database: &Database, events: u16) -> SqlStore {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    record(&store, &(1..=events).map(event).collect::<Vec<_>>()).await;
    join_all(&store, &*database.sealing()).await;
    store
}

async fn before_the_first_event_the_chain_has_neither_an_end_nor_an_anchor(database: &Database) {
    let store = database.store().await.unwrap();
    assert_eq!(store.end().await.unwrap(), None);
    assert_eq!(store.anchor().await.unwrap(), None);
    assert!(store.entries(Sequence::NONE, 50).await.unwrap().is_empty());
    assert!(!store.is_waiting().await.unwrap());
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.chain().lock().await.unwrap(), None);
    assert!(work.chain().waiting(50).await.unwrap().is_empty());
    work.chain().join(&[]).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(store.end().await.unwrap(), None);
}

async fn events_wait_the_earliest_first_until_they_are_joined(database: &Database) {
    let store = chained(database, 0).await;
    record(&store, &[event(3), event(1), event(2)]).await;
    assert!(store.is_waiting().await.unwrap());
    let mut work = store.begin().await.unwrap();
    work.chain().lock().await.unwrap();
    let waiting = work.chain().waiting(2).await.unwrap();
    assert_eq!(
        waiting.iter().map(|waiting| waiting.record.id).collect::<Vec<_>>(),
        [event(1).id, event(2).id]
    );
    let Waiting { record: told, mark } = &waiting[0];
    assert_eq!(*mark, Some(database.sealing().link(&told.mark())));
    assert_eq!((told.kind.as_str(), told.actor.as_str()), ("user_suspended", "user"));
    assert_eq!((told.actor_id, told.subject, told.at), (Some(user_id(1)), Some(user_id(2)), at(1)));
    assert_eq!(told.detail, "{\"sessions_ended\":\"1\"}");
    assert!(told.address.is_some() && told.private.is_some());
    let link = Link::new([7; 32]);
    work.chain().join(&[(event(1).id, Sequence::new(1), link)]).await.unwrap();
    assert_eq!(work.chain().waiting(50).await.unwrap().len(), 2);
    work.commit().await.unwrap();
    assert_eq!(store.end().await.unwrap(), Some((Sequence::new(1), link)));
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.chain().lock().await.unwrap(), Some((Sequence::new(1), link)));
}

async fn what_is_joined_is_read_back_link_by_link(database: &Database) {
    let store = chained(database, 60).await;
    let sealing = database.sealing();
    assert!(!store.is_waiting().await.unwrap());
    let (mut previous, mut after, mut seen) = (Link::NONE, Sequence::NONE, 0);
    while let Some(last) = store.entries(after, 25).await.unwrap().last() {
        for Proven { event: told, entry, address_salt, private_salt } in
            store.entries(after, 25).await.unwrap()
        {
            seen += 1;
            let expected = Event { sequence: Some(entry.sequence), ..event(seen) };
            assert_eq!((entry.sequence, entry.previous), (Sequence::new(i64::from(seen)), Some(previous)));
            assert_eq!(entry.link, sealing.link(&entry.record.canonical(entry.sequence, &previous)));
            assert!(!entry.is_contradicted);
            let address = expected.address.unwrap().to_string();
            let commitment = sealing.commitment(&address_salt.unwrap(), address.as_bytes());
            assert_eq!(entry.record.address.unwrap().commitment, commitment);
            let private = application::audit::written(&expected.private);
            let commitment = sealing.commitment(&private_salt.unwrap(), private.as_bytes());
            assert_eq!(entry.record.private.unwrap().commitment, commitment);
            assert_eq!(told, Some(expected));
            previous = entry.link;
        }
        after = last.entry.sequence;
    }
    assert_eq!(seen, 60);
    assert_eq!(store.end().await.unwrap(), Some((Sequence::new(60), previous)));
    let page = store.page(&EventFilter::default(), Order::OldestFirst, None, 100).await.unwrap();
    let sequences: Vec<_> = page.iter().map(|event| event.sequence.unwrap().number()).collect();
    assert_eq!(sequences, (1..=60).collect::<Vec<_>>());
}

async fn what_is_joined_and_not_committed_still_waits(database: &Database) {
    let store = database.store().await.unwrap();
    record(&store, &[event(1)]).await;
    let mut work = store.begin().await.unwrap();
    work.chain().lock().await.unwrap();
    work.chain().join(&[(event(1).id, Sequence::new(1), Link::new([7; 32]))]).await.unwrap();
    drop(work);
    assert!(store.is_waiting().await.unwrap());
    assert_eq!(store.end().await.unwrap(), None);
    assert_eq!(join(&store, &*database.sealing()).await, 1);
}

async fn an_event_is_joined_once_and_only_if_it_is_there(database: &Database) {
    let store = chained(database, 1).await;
    let before = store.entries(Sequence::NONE, 50).await.unwrap();
    for id in [event(1).id, event(9).id] {
        let mut work = store.begin().await.unwrap();
        work.chain().lock().await.unwrap();
        let joined = work.chain().join(&[(id, Sequence::new(2), Link::new([7; 32]))]).await;
        assert!(matches!(joined, Err(StoreError::Conflict)), "{joined:?}");
        drop(work);
    }
    assert_eq!(store.entries(Sequence::NONE, 50).await.unwrap(), before);
    record(&store, &[event(2)]).await;
    let mut work = store.begin().await.unwrap();
    let taken = work.chain().join(&[(event(2).id, Sequence::new(1), Link::new([7; 32]))]).await;
    assert!(matches!(taken, Err(StoreError::Conflict)), "two at one place: {taken:?}");
}

async fn whoever_wants_to_join_waits_for_whoever_does(database: &Database) {
    let store = database.store().await.unwrap();
    record(&store, &[event(1), event(2)]).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.chain().lock().await.unwrap(), None);
    let (other, sealing) = (database.store().await.unwrap(), database.sealing());
    let mut joining = tokio::spawn(async move { join(&other, &*sealing).await });
    still_waits(&mut joining).await;
    work.chain().join(&[(event(1).id, Sequence::new(1), Link::new([7; 32]))]).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(joining.await.unwrap(), 1, "it goes on where the other one has ended");
    let entries = store.entries(Sequence::NONE, 50).await.unwrap();
    assert_eq!(entries.iter().map(|proven| proven.entry.sequence.number()).collect::<Vec<_>>(), [1, 2]);
}

async fn five_hundred_events_of_two_stores_make_one_chain(database: &Database) {
    let stores = [chained(database, 0).await, database.store().await.unwrap()];
    let recording: Vec<_> = (1..=500)
        .map(|number| {
            let store = stores[usize::from(number % 2)].clone();
            tokio::spawn(async move { record(&store, &[event(number)]).await })
        })
        .collect();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let joining: Vec<_> = stores
        .iter()
        .map(|store| {
            let (store, sealing, stopped) = (store.clone(), database.sealing(), stopped.clone());
            tokio::spawn(async move {
                let mut joined = 0;
                loop {
                    let is_last = *stopped.borrow();
                    joined += join(&store, &*sealing).await;
                    if is_last {
                        return joined;
                    }
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for recorded in recording {
        recorded.await.unwrap();
    }
    stop.send(true).unwrap();
    let mut joined = 0;
    for one in joining {
        joined += one.await.unwrap();
    }
    join_all(&stores[0], &*database.sealing()).await;
    let verdict = verify(&stores[1], &*database.sealing()).await.unwrap();
    assert_eq!((verdict.checked, verdict.last), (500, Sequence::new(500)), "{joined} by the two");
    let mut raw = database.raw().await.unwrap();
    assert_eq!(raw.number("SELECT count(DISTINCT sequence) FROM events").await.unwrap(), 500);
}

/// The places of the chain as somebody would sign them.
async fn heads(store: &SqlStore) -> Vec<Head> {
    let entries = store.entries(Sequence::NONE, 50).await.unwrap();
    let head = |Proven { entry, .. }: &Proven| Head {
        sequence: entry.sequence,
        link: entry.link,
        at: entry.record.at,
    };
    entries.iter().map(head).collect()
}

async fn prune(store: &SqlStore, anchor: &Anchor, signature: &str) -> u64 {
    let mut work = store.begin().await.unwrap();
    work.chain().lock().await.unwrap();
    let removed = work.chain().prune(anchor, signature).await.unwrap();
    work.commit().await.unwrap();
    removed
}

async fn an_anchor_takes_the_place_of_what_was_removed(database: &Database) {
    let store = chained(database, 9).await;
    let sealing = database.sealing();
    let heads = heads(&store).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.chain().prune(&heads[2], "not committed").await.unwrap(), 3);
    drop(work);
    assert_eq!(store.anchor().await.unwrap(), None);
    assert_eq!(prune(&store, &heads[2], "signed").await, 3);
    assert_eq!(store.anchor().await.unwrap(), Some((heads[2], "signed".to_owned())));
    assert_eq!(prune(&store, &heads[4], "signed anew").await, 2);
    assert_eq!(store.anchor().await.unwrap(), Some((heads[4], "signed anew".to_owned())));
    let rest = store.entries(Sequence::NONE, 50).await.unwrap();
    assert_eq!((rest.len(), rest[0].entry.sequence), (4, Sequence::new(6)));
    assert_eq!(rest[0].entry.previous, Some(heads[4].link));
    assert_eq!(verify(&store, &*sealing).await.unwrap().checked, 4);
    let page = store.page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap();
    assert_eq!(page.len(), 4);
    record(&store, &[event(10)]).await;
    join_all(&store, &*sealing).await;
    assert_eq!(verify(&store, &*sealing).await.unwrap().last, Sequence::new(10));
}

async fn a_chain_that_was_removed_as_a_whole_goes_on(database: &Database) {
    let store = chained(database, 3).await;
    let (sequence, link) = store.end().await.unwrap().unwrap();
    assert_eq!(prune(&store, &Head { sequence, link, at: at(3) }, "signed").await, 3);
    assert_eq!(store.end().await.unwrap(), Some((sequence, link)));
    record(&store, &[event(4)]).await;
    join_all(&store, &*database.sealing()).await;
    let verdict = verify(&store, &*database.sealing()).await.unwrap();
    assert_eq!((verdict.checked, verdict.last), (1, Sequence::new(4)));
}

/// The files below a folder, by their paths in it.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn nothing_but_the_chain_the_moves_and_an_erasure_touches_an_event_that_was_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters/persistence/src");
    let mut found = Vec::new();
    for file in sources(&folder) {
        let text = std::fs::read_to_string(&file).unwrap().to_lowercase();
        if ["update events", "into events", "delete from events"].iter().any(|words| text.contains(words)) {
            found.push(file.strip_prefix(&folder).unwrap().display().to_string());
        }
    }
    found.sort();
    let told = ["audit/mod.rs", "chain.rs", "moves.rs", "vault/tidy.rs"];
    assert_eq!(found, told, "whoever adds a file here answers for the chain");
}
