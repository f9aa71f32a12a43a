//! What an earlier version has left in clear comes to stand sealed: all of it, once, whatever happens on the way.

use crate::chain::{join_all, verify};
use crate::in_clear::{LAST_IN_CLEAR, MARKER, PEOPLE, account, address, events, fill, moved, person};
use crate::people::{session_id, user_id};
use crate::trail::walked;
use crate::upgrades::earlier_version;
use crate::{Database, Engine, on_both_engines};
use application::store::{
    SessionDirectory, Store, StoreError, UnitOfWork, Unsealed, UserDirectory, VaultKeeper,
};
use domain::audit::{Event, EventFilter, Order};
use domain::sessions::BegunSession;
use domain::users::{LoginName, UserQuery};
use persistence::SqlStore;

on_both_engines! {
    everything_in_clear_is_moved_in_small_steps_by_one_process_after_the_other,
    a_step_that_is_broken_off_loses_nothing_and_does_nothing_twice,
    several_that_move_at_once_move_everything_once,
    an_event_in_clear_is_told_and_joins_the_chain_only_when_it_was_moved,
    somebody_with_an_account_and_nothing_else_is_moved_too,
    personal_data_of_nobody_goes,
    what_would_be_sealed_under_a_broken_key_stays_in_clear,
    where_nothing_is_in_clear_nothing_is_done,
}

const ALL: Unsealed = Unsealed { people: PEOPLE as u64, sessions: 6, events: 10 };

/// Everything is there, and nothing of it in clear.
async fn is_moved(database: &Database, store: &SqlStore) {
    assert_eq!(store.unsealed().await.unwrap(), Unsealed::default());
    assert_eq!(
        UserDirectory::page(store, &UserQuery::default(), 50).await.unwrap().len(),
        usize::from(PEOPLE)
    );
    for number in 1..=PEOPLE {
        let person = store.profile(user_id(number)).await.unwrap().unwrap().personal;
        assert_eq!(person.email.as_str(), format!("User-{number}-{MARKER}@Example.com"));
        let bio = (number % 2 == 1).then(|| format!("Bio {MARKER}\nof {number}"));
        assert_eq!(person.bio.map(|bio| bio.as_str().to_owned()), bio);
        assert_eq!(person.website.is_some(), number % 2 == 1);
        let login = LoginName::parse(&format!("user-{number}-{MARKER}@example.com"));
        assert_eq!(store.account(&login).await.unwrap().unwrap().user.id, user_id(number));
        let sessions = store.of(user_id(number), None, 5).await.unwrap();
        let [BegunSession { session, device }] = &sessions[..] else { panic!("{sessions:?}") };
        assert_eq!(session.id, session_id(number));
        let known = (number % 3 != 0).then(|| address(number).parse().unwrap());
        assert_eq!((device.address, device.name.is_some()), (known, number % 3 == 1));
    }
    let filter = EventFilter { address: events()[0].address, ..EventFilter::default() };
    assert_eq!(walked(store, &filter, Order::OldestFirst, 50).await, events()[..1]);
    assert_eq!(walked(store, &EventFilter::default(), Order::OldestFirst, 50).await, moved());
    store.tidy().await.unwrap();
    let mut vault = database.raw_vault().await.unwrap();
    let people = i64::from(PEOPLE);
    assert_eq!(vault.number("SELECT count(*) FROM people").await.unwrap(), people, "nobody twice");
    drop(vault);
    nothing_is_in_clear(database).await;
    join_all(store, &*database.sealing()).await;
    let all = events().len() as u64;
    assert_eq!(verify(store, &*database.sealing()).await.unwrap().checked, all);
}

async fn nothing_is_in_clear(database: &Database) {
    let mut raw = database.raw().await.unwrap();
    for rows in [
        "personal_data",
        "users WHERE email_key LIKE '%@%' OR email_key LIKE '%marker%'",
        "sessions WHERE address IS NOT NULL OR device_name IS NOT NULL",
        "events WHERE in_clear OR address IS NOT NULL OR detail LIKE '%marker%' OR detail LIKE '%198%'",
    ] {
        assert_eq!(raw.number(&format!("SELECT count(*) FROM {rows}")).await.unwrap(), 0, "{rows}");
    }
    drop(raw);
    if database.engine() == Engine::Sqlite {
        no_file_has_a_marker(database);
    }
}

/// Nothing that was in clear stands in any file of the database, neither in its rows nor between them.
pub(crate) fn no_file_has_a_marker(database: &Database) {
    for entry in std::fs::read_dir(database.file().parent().unwrap()).unwrap() {
        let file = entry.unwrap().path();
        let bytes = std::fs::read(&file).unwrap();
        for marker in [MARKER, "198.51.100."] {
            let found = bytes.windows(marker.len()).filter(|window| *window == marker.as_bytes()).count();
            assert_eq!(found, 0, "{marker} in {}", file.display());
        }
    }
}

async fn everything_in_clear_is_moved_in_small_steps_by_one_process_after_the_other(database: &Database) {
    fill(database).await;
    let mut left = database.store().await.unwrap().unsealed().await.unwrap();
    assert_eq!(left, ALL);
    loop {
        let store = database.store().await.unwrap();
        let moved = store.seal_some(2).await.unwrap();
        let after = store.unsealed().await.unwrap();
        assert_eq!(after.total() + moved, left.total());
        assert!(moved <= 2);
        if moved == 0 {
            return is_moved(database, &store).await;
        }
        left = after;
        store.close().await;
    }
}

async fn a_step_that_is_broken_off_loses_nothing_and_does_nothing_twice(database: &Database) {
    fill(database).await;
    let store = database.store().await.unwrap();
    for pauses in 0..40 {
        let moving = store.clone();
        let moving = tokio::spawn(async move { moving.seal_some(3).await });
        for _ in 0..pauses * pauses {
            tokio::task::yield_now().await;
        }
        moving.abort();
        let _whatever_became_of_it = moving.await;
        store.tidy().await.unwrap();
    }
    while store.seal_some(500).await.unwrap() > 0 {}
    is_moved(database, &store).await;
}

async fn several_that_move_at_once_move_everything_once(database: &Database) {
    fill(database).await;
    drop(database.store().await.unwrap());
    let moving: Vec<_> = (0..3)
        .map(|_| {
            let opening = database.open(&database.settings());
            tokio::spawn(async move {
                let store = opening.await.unwrap();
                while store.seal_some(2).await.unwrap() > 0 {}
            })
        })
        .collect();
    for one in moving {
        one.await.unwrap();
    }
    is_moved(database, &database.store().await.unwrap()).await;
}

async fn an_event_in_clear_is_told_and_joins_the_chain_only_when_it_was_moved(database: &Database) {
    fill(database).await;
    let store = database.store().await.unwrap();
    let page = walked(&store, &EventFilter::default(), Order::OldestFirst, 50).await;
    let told = |event: &Event| (event.id, event.address, event.detail.len() + event.private.len());
    assert_eq!(page.iter().map(told).collect::<Vec<_>>(), events().iter().map(told).collect::<Vec<_>>());
    let mut work = store.begin().await.unwrap();
    assert!(work.chain().waiting(50).await.unwrap().is_empty());
}

async fn somebody_with_an_account_and_nothing_else_is_moved_too(database: &Database) {
    let mut raw = earlier_version(database, LAST_IN_CLEAR).await;
    let sql = account(&raw, 1);
    raw.run(&sql).await.unwrap();
    let store = database.store().await.unwrap();
    assert_eq!(store.unsealed().await.unwrap(), Unsealed { people: 1, ..Unsealed::default() });
    assert_eq!(store.seal_some(50).await.unwrap(), 1);
    assert_eq!(store.seal_some(50).await.unwrap(), 0);
    let mut work: Box<dyn UnitOfWork> = store.begin().await.unwrap();
    assert!(work.users().find(user_id(1)).await.unwrap().is_some());
    assert_eq!(work.personal_data().find(user_id(1)).await.unwrap(), None);
    drop(work);
    nothing_is_in_clear(database).await;
}

async fn personal_data_of_nobody_goes(database: &Database) {
    let mut raw = earlier_version(database, LAST_IN_CLEAR).await;
    let sql = person(&raw, 1);
    raw.run(&sql).await.unwrap();
    let store = database.store().await.unwrap();
    assert_eq!(store.seal_some(50).await.unwrap(), 1);
    assert_eq!(store.seal_some(50).await.unwrap(), 0);
    nothing_is_in_clear(database).await;
}

async fn what_would_be_sealed_under_a_broken_key_stays_in_clear(database: &Database) {
    fill(database).await;
    let store = database.store().await.unwrap();
    let is_left = |left: Unsealed| left.people == 0 && left.sessions > 0;
    while !is_left(store.unsealed().await.unwrap()) {
        store.seal_some(3).await.unwrap();
    }
    let mut raw = database.raw().await.unwrap();
    let broken = raw.bytes(&[7; 73]);
    raw.run("CREATE TABLE kept AS SELECT * FROM data_keys").await.unwrap();
    let before = store.unsealed().await.unwrap();
    raw.run(&format!("UPDATE data_keys SET sealed = {broken}")).await.unwrap();
    assert!(matches!(store.seal_some(50).await, Err(StoreError::Unavailable(_))));
    assert_eq!(store.unsealed().await.unwrap(), before);
    raw.run(
        "UPDATE data_keys SET sealed = (SELECT k.sealed FROM kept k WHERE k.user_id = data_keys.user_id)",
    )
    .await
    .unwrap();
    while store.unsealed().await.unwrap().sessions > 0 {
        store.seal_some(50).await.unwrap();
    }
    raw.run(&format!("UPDATE data_keys SET sealed = {broken}")).await.unwrap();
    assert!(matches!(store.seal_some(50).await, Err(StoreError::Unavailable(_))));
    assert_eq!(store.unsealed().await.unwrap().events, 10);
    raw.run(
        "UPDATE data_keys SET sealed = (SELECT k.sealed FROM kept k WHERE k.user_id = data_keys.user_id)",
    )
    .await
    .unwrap();
    drop(raw);
    while store.seal_some(50).await.unwrap() > 0 {}
    is_moved(database, &store).await;
}

async fn where_nothing_is_in_clear_nothing_is_done(database: &Database) {
    let store = database.store().await.unwrap();
    assert_eq!(store.unsealed().await.unwrap(), Unsealed::default());
    assert_eq!(store.seal_some(50).await.unwrap(), 0);
}
