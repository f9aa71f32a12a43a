//! Whoever has the database and not the keys changes nothing in the chain without being found, at the right place; and a
//! person who goes takes what is told of them along without a link being broken.

use crate::chain::{at, chained, event, join_all, record, verify};
use crate::people::{settled, somebody, user_id};
use crate::{Database, Raw, on_both_engines};
use application::store::{
    AuditDirectory, Backlog, ChainDirectory, Erasure, Store, StoreError, StoreHealth, VaultKeeper,
};
use domain::audit::{
    ActorRef, Check, Event, EventFilter, EventKind, Flaw, Head, Link, Order, Sequence, Trouble,
};
use persistence::SqlStore;

on_both_engines! {
    every_change_of_an_event_is_found_at_its_place,
    what_is_no_event_is_a_flaw_and_no_error,
    what_was_altered_or_put_in_before_it_was_joined_is_found_at_its_place,
    what_is_put_in_in_clear_after_the_chain_began_is_found_at_its_place,
    a_part_that_says_something_else_than_was_sealed_is_a_flaw,
    what_was_removed_swapped_or_put_in_is_found_at_its_place,
    a_tail_that_was_cut_off_is_found_by_a_head,
    what_an_erased_person_was_told_of_is_gone_and_the_chain_holds,
    what_belongs_to_nobody_stays_and_nothing_is_kept_of_somebody_who_is_gone,
    a_part_that_does_not_open_is_left_out_and_everything_else_is_told,
    without_the_row_of_its_end_the_chain_stands_still_and_everything_else_goes_on,
}

async fn flaw(store: &SqlStore, database: &Database) -> Option<(i64, Trouble)> {
    let verdict = verify(store, &*database.sealing()).await;
    verdict.err().map(|Flaw { sequence, trouble }| (sequence.number(), trouble))
}

async fn spoil(raw: &mut Raw, sql: &str) {
    raw.run(sql).await.unwrap();
}

async fn every_change_of_an_event_is_found_at_its_place(database: &Database) {
    let store = chained(database, 5).await;
    let mut raw = database.raw().await.unwrap();
    let (one, other) = (raw.id(user_id(1).as_uuid()), raw.id(user_id(7).as_uuid()));
    let digest = raw.bytes(&[9; 32]);
    for (column, value) in [
        ("id", other.as_str()),
        ("kind", "'user_reinstated'"),
        ("actor_id", other.as_str()),
        ("subject", other.as_str()),
        ("subject", "NULL"),
        ("at", "at + 1"),
        ("request_id", one.as_str()),
        ("detail", "'{\"sessions_ended\":\"0\"}'"),
        ("sealed_address", "(SELECT o.sealed_address FROM events o WHERE o.sequence = 2)"),
        ("sealed_address", digest.as_str()),
        ("address_commitment", digest.as_str()),
        ("sealed_private", "(SELECT o.sealed_private FROM events o WHERE o.sequence = 2)"),
        ("private_commitment", digest.as_str()),
        ("link", digest.as_str()),
    ] {
        spoil(&mut raw, "CREATE TABLE kept AS SELECT * FROM events").await;
        spoil(&mut raw, &format!("UPDATE events SET {column} = {value} WHERE sequence = 4")).await;
        assert_eq!(flaw(&store, database).await, Some((4, Trouble::Altered)), "{column} = {value}");
        spoil(&mut raw, "DELETE FROM events; INSERT INTO events SELECT * FROM kept; DROP TABLE kept").await;
        assert_eq!(flaw(&store, database).await, None);
    }
    for parts in [
        "sealed_address = NULL, address_commitment = NULL",
        "sealed_private = NULL, private_commitment = NULL",
    ] {
        spoil(&mut raw, "CREATE TABLE kept AS SELECT * FROM events").await;
        spoil(&mut raw, &format!("UPDATE events SET {parts} WHERE sequence = 4")).await;
        assert_eq!(flaw(&store, database).await, Some((4, Trouble::Altered)), "{parts}");
        spoil(&mut raw, "DELETE FROM events; INSERT INTO events SELECT * FROM kept; DROP TABLE kept").await;
    }
}

async fn what_is_no_event_is_a_flaw_and_no_error(database: &Database) {
    let store = chained(database, 5).await;
    let mut raw = database.raw().await.unwrap();
    for (column, value) in [
        ("kind", "of_a_newer_version"),
        ("detail", "[\"secret\"]"),
        ("detail", "{\"secret\": 1}"),
        ("detail", "nothing"),
    ] {
        spoil(&mut raw, "CREATE TABLE kept AS SELECT * FROM events").await;
        spoil(&mut raw, &format!("UPDATE events SET {column} = '{value}' WHERE sequence = 3")).await;
        let entries = store.entries(Sequence::new(2), 1).await.unwrap();
        assert!(entries[0].event.is_none() && entries[0].entry.is_contradicted, "{column}");
        assert_eq!(flaw(&store, database).await, Some((3, Trouble::Altered)), "{column}");
        let page = store.proven_page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap();
        assert_eq!(page.iter().filter(|proven| proven.event.is_none()).count(), 1);
        spoil(&mut raw, "DELETE FROM events; INSERT INTO events SELECT * FROM kept; DROP TABLE kept").await;
    }
}

/// Whoever could write in the time between, too.
async fn what_was_altered_or_put_in_before_it_was_joined_is_found_at_its_place(database: &Database) {
    let store = chained(database, 2).await;
    let mut raw = database.raw().await.unwrap();
    let forged = "INSERT INTO events (id, kind, actor, at, in_clear, detail) VALUES ($id, 'logged_out', 'system', 1, $no, '{}')";
    let forged = forged.replace("$id", &raw.id(user_id(7).as_uuid())).replace("$no", raw.truth(false));
    let digest = raw.bytes(&[9; 32]);
    for change in [
        "UPDATE events SET kind = 'user_reinstated' WHERE sequence IS NULL".to_owned(),
        "UPDATE events SET detail = '{}' WHERE sequence IS NULL".to_owned(),
        "UPDATE events SET mark = NULL WHERE sequence IS NULL".to_owned(),
        format!("UPDATE events SET address_commitment = {digest} WHERE sequence IS NULL"),
        "UPDATE events SET mark = (SELECT o.mark FROM events o WHERE o.sequence = 2) WHERE sequence IS NULL"
            .to_owned(),
        format!("DELETE FROM events WHERE sequence IS NULL; {forged}"),
    ] {
        record(&store, &[event(3)]).await;
        spoil(&mut raw, &change).await;
        join_all(&store, &*database.sealing()).await;
        assert_eq!(flaw(&store, database).await, Some((3, Trouble::Altered)), "{change}");
        spoil(
            &mut raw,
            "DELETE FROM events WHERE sequence = 3; UPDATE audit_chain SET sequence = 2, link =
            (SELECT link FROM events WHERE sequence = 2)",
        )
        .await;
        assert_eq!(flaw(&store, database).await, None);
    }
}

/// The move takes in what an earlier version has left, and nothing that comes after it.
async fn what_is_put_in_in_clear_after_the_chain_began_is_found_at_its_place(database: &Database) {
    let store = chained(database, 2).await;
    let mut raw = database.raw().await.unwrap();
    let forged = "INSERT INTO events (id, kind, actor, at, address, detail)
        VALUES ($id, 'logged_out', 'system', 1, '192.0.2.9', '{}')";
    let forged = forged.replace("$id", &raw.id(user_id(7).as_uuid()));
    spoil(&mut raw, &forged).await;
    while store.seal_some(50).await.unwrap() > 0 {}
    join_all(&store, &*database.sealing()).await;
    assert_eq!(flaw(&store, database).await, Some((3, Trouble::Altered)));
}

/// An event as somebody with the audit key could chain it whose commitment tells of something else than is sealed.
async fn a_part_that_says_something_else_than_was_sealed_is_a_flaw(database: &Database) {
    let (store, sealing) = (chained(database, 2).await, database.sealing());
    record(&store, &[event(3)]).await;
    let mut raw = database.raw().await.unwrap();
    let digest = raw.bytes(&[9; 32]);
    spoil(&mut raw, &format!("UPDATE events SET address_commitment = {digest} WHERE sequence IS NULL")).await;
    let mut work = store.begin().await.unwrap();
    let (last, link) = work.chain().lock().await.unwrap().unwrap();
    let waiting = work.chain().waiting(1).await.unwrap();
    let link = sealing.link(&waiting[0].record.canonical(last.next(), &link));
    work.chain().join(&[(event(3).id, last.next(), link)]).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(flaw(&store, database).await, Some((3, Trouble::Altered)));
    let entries = store.entries(Sequence::new(2), 1).await.unwrap();
    assert!(entries[0].entry.is_contradicted && entries[0].event.is_some());
}

async fn what_was_removed_swapped_or_put_in_is_found_at_its_place(database: &Database) {
    let store = chained(database, 6).await;
    let mut raw = database.raw().await.unwrap();
    let number = |from: u8, to: &str| format!("UPDATE events SET sequence = {to} WHERE sequence = {from};");
    let swap = [number(3, "99"), number(4, "3"), number(99, "4")].concat();
    let copy = "INSERT INTO events (id, kind, actor, at, in_clear, detail, sequence, link)
        SELECT $id, 'logged_out', 'system', at, in_clear, '{}', 7, link FROM events WHERE sequence = 6;
        UPDATE audit_chain SET sequence = 7";
    let copy = copy.replace("$id", &raw.id(user_id(7).as_uuid()));
    for (change, found) in [
        ("DELETE FROM events WHERE sequence = 3".to_owned(), (3, Trouble::Missing)),
        ("DELETE FROM events WHERE sequence = 1".to_owned(), (1, Trouble::Missing)),
        (swap, (3, Trouble::Altered)),
        (number(6, "8"), (6, Trouble::Missing)),
        (copy, (7, Trouble::Altered)),
    ] {
        spoil(
            &mut raw,
            "CREATE TABLE kept AS SELECT * FROM events; CREATE TABLE kept_end AS SELECT * FROM audit_chain",
        )
        .await;
        spoil(&mut raw, &change).await;
        assert_eq!(flaw(&store, database).await, Some(found), "{change}");
        spoil(&mut raw, "DELETE FROM events; INSERT INTO events SELECT * FROM kept; DROP TABLE kept").await;
        spoil(
            &mut raw,
            "DELETE FROM audit_chain; INSERT INTO audit_chain SELECT * FROM kept_end; DROP TABLE kept_end",
        )
        .await;
        assert_eq!(flaw(&store, database).await, None);
    }
}

async fn a_tail_that_was_cut_off_is_found_by_a_head(database: &Database) {
    let store = chained(database, 6).await;
    let (sequence, link) = store.end().await.unwrap().unwrap();
    let mut raw = database.raw().await.unwrap();
    spoil(&mut raw, "DELETE FROM events WHERE sequence > 4").await;
    assert_eq!(flaw(&store, database).await, Some((5, Trouble::Missing)));
    spoil(
        &mut raw,
        "UPDATE audit_chain SET sequence = 4, link = (SELECT link FROM events WHERE sequence = 4)",
    )
    .await;
    assert_eq!(flaw(&store, database).await, None, "whoever owns the database has cut the end off, too");
    let mut check = Check::begin(None, &[Head { sequence, link, at: at(6) }]);
    for proven in store.entries(Sequence::NONE, 50).await.unwrap() {
        check
            .step(&proven.entry, |form| application::sealing::Sealing::link(&*database.sealing(), form))
            .unwrap();
    }
    let missing = Flaw { sequence: Sequence::new(5), trouble: Trouble::Missing };
    assert_eq!(check.finish(), Err(missing));
}

async fn erase(store: &SqlStore, user: u8) {
    let mut work = store.begin().await.unwrap();
    assert!(work.users().delete(user_id(user)).await.unwrap());
    work.erasures().record(&Erasure { user_id: user_id(user), at: at(100) }).await.unwrap();
    work.commit().await.unwrap();
    store.tidy().await.unwrap();
}

async fn what_an_erased_person_was_told_of_is_gone_and_the_chain_holds(database: &Database) {
    let store = chained(database, 3).await;
    let filter = EventFilter { address: event(2).address, ..EventFilter::default() };
    assert_eq!(store.page(&filter, Order::NewestFirst, None, 50).await.unwrap().len(), 1);
    // Bob, of whom the reasons tell.
    erase(&store, 2).await;
    for told in store.page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap() {
        assert!(told.private.is_empty() && told.address.is_some(), "{told:?}");
        assert_eq!((told.subject, told.detail.len()), (Some(user_id(2)), 1), "who was meant is still said");
    }
    assert_eq!(verify(&store, &*database.sealing()).await.unwrap().checked, 3);
    // Ann, whose address it was.
    erase(&store, 1).await;
    for proven in store.entries(Sequence::NONE, 50).await.unwrap() {
        let told = proven.event.unwrap();
        assert!(told.private.is_empty() && told.address.is_none(), "{told:?}");
        assert_eq!((proven.address_salt, proven.private_salt), (None, None));
        assert!(proven.entry.record.address.is_some() && proven.entry.record.private.is_some());
    }
    assert!(store.page(&filter, Order::NewestFirst, None, 50).await.unwrap().is_empty());
    assert_eq!(verify(&store, &*database.sealing()).await.unwrap().checked, 3);
    // Somebody else under the same identifiers, as nobody is, would not open it either.
    settled(&store, &somebody(1, "ann")).await;
    let page = store.page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap();
    assert!(page.iter().all(|told| told.address.is_none()));
}

async fn what_belongs_to_nobody_stays_and_nothing_is_kept_of_somebody_who_is_gone(database: &Database) {
    let store = chained(database, 0).await;
    let visitor = Event {
        kind: EventKind::LogInFailed,
        actor: ActorRef::Visitor,
        subject: None,
        detail: Vec::new(),
        private: vec![("note".into(), "nobody's".to_owned())],
        ..event(1)
    };
    erase(&store, 2).await;
    let late = Event { actor: ActorRef::User(user_id(2)), subject: Some(user_id(1)), ..event(2) };
    record(&store, &[visitor.clone(), late.clone()]).await;
    join_all(&store, &*database.sealing()).await;
    let page = store.page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap();
    assert_eq!(page[0], Event { sequence: Some(Sequence::new(1)), ..visitor.clone() });
    assert_eq!(page[1], Event { sequence: Some(Sequence::new(2)), address: None, ..late.clone() });
    for (event, found) in [(visitor, 1), (late, 0)] {
        let filter = EventFilter { address: event.address, ..EventFilter::default() };
        assert_eq!(store.page(&filter, Order::NewestFirst, None, 50).await.unwrap().len(), found);
    }
    assert_eq!(verify(&store, &*database.sealing()).await.unwrap().checked, 2);
}

async fn a_part_that_does_not_open_is_left_out_and_everything_else_is_told(database: &Database) {
    let store = chained(database, 2).await;
    let mut raw = database.raw().await.unwrap();
    let moved =
        "UPDATE events SET sealed_address = (SELECT o.sealed_address FROM events o WHERE o.sequence = 2)
        WHERE sequence = 1";
    let nothing = raw.bytes(&[]);
    let unknown = raw.bytes(&[7; 90]);
    for spoilt in [
        moved.to_owned(),
        format!("UPDATE events SET sealed_address = {nothing} WHERE sequence = 1"),
        format!("UPDATE events SET sealed_address = {unknown} WHERE sequence = 1"),
    ] {
        spoil(&mut raw, &spoilt).await;
        let page = store.page(&EventFilter::default(), Order::OldestFirst, None, 50).await.unwrap();
        let sequence = |number| Some(Sequence::new(number));
        assert_eq!(page[0], Event { sequence: sequence(1), address: None, ..event(1) });
        assert_eq!(page[1], Event { sequence: sequence(2), ..event(2) });
    }
    assert_ne!(store.entries(Sequence::NONE, 1).await.unwrap()[0].entry.link, Link::NONE);
}

async fn without_the_row_of_its_end_the_chain_stands_still_and_everything_else_goes_on(database: &Database) {
    let store = chained(database, 2).await;
    spoil(&mut database.raw().await.unwrap(), "DELETE FROM audit_chain").await;
    assert_eq!(store.seal_some(10).await.unwrap(), 0);
    record(&store, &[event(3)]).await;
    let refused = [
        store.end().await.map(drop).unwrap_err(),
        store.begin().await.unwrap().chain().lock().await.map(drop).unwrap_err(),
    ];
    for error in refused {
        assert!(matches!(&error, StoreError::Broken(told) if told.contains("audit_chain")), "{error:?}");
    }
    let waiting = Backlog { events: 1, since: Some(at(3)) };
    assert_eq!(store.backlog().await.unwrap(), waiting);
}
