//! Who was erased: nothing of them opens from that moment, and soon nothing of them is left.

use crate::chain::{event, record};
use crate::people::{NOW, settled, somebody, user_id};
use crate::seals::bytes;
use crate::vault::marked;
use crate::{Database, Engine, on_both_engines};
use application::store::{AuditDirectory, Erasure, Store, UserDirectory, VaultKeeper};
use domain::audit::{EventFilter, Order};
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    from_the_commit_on_nothing_of_an_erased_person_opens,
    an_erased_person_leaves_nothing_behind,
    nothing_is_found_by_the_address_of_an_erased_person,
    an_erasure_is_told_outside_only_when_it_is_finished_and_once,
    somebody_who_is_erased_again_is_finished_again,
    the_vault_tells_all_who_were_erased_page_by_page,
    those_of_many_who_have_an_account_are_present,
    an_erasure_that_was_not_committed_changes_nothing,
}

fn erasure(number: u8, seconds: u64) -> Erasure {
    Erasure { user_id: user_id(number), at: NOW.plus(Duration::from_secs(seconds)) }
}

async fn erase(store: &SqlStore, erasure: Erasure) {
    let mut work = store.begin().await.unwrap();
    work.personal_data().remove(erasure.user_id).await.unwrap();
    work.users().delete(erasure.user_id).await.unwrap();
    work.erasures().record(&erasure).await.unwrap();
    work.commit().await.unwrap();
}

async fn from_the_commit_on_nothing_of_an_erased_person_opens(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    erase(&store, erasure(1, 0)).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    // The cells still lie there; their key does not.
    let mut vault = database.raw_vault().await.unwrap();
    assert_eq!(vault.number("SELECT count(*) FROM people").await.unwrap(), 1);
    assert_eq!(database.raw().await.unwrap().number("SELECT count(*) FROM data_keys").await.unwrap(), 0);
    settled(&store, &marked(1, "ann")).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
}

async fn an_erased_person_leaves_nothing_behind(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    let (mut main, mut vault) = (database.raw().await.unwrap(), database.raw_vault().await.unwrap());
    let rest = |table: &str| format!("{table} WHERE user_id = {}", main.id(user_id(1).as_uuid()));
    let (keys, people) = (rest("data_keys"), rest("people"));
    let traces = [
        bytes(&mut main, "sealed", &keys).await,
        bytes(&mut vault, "email", &people).await,
        bytes(&mut vault, "website", &people).await,
    ];
    drop((main, vault));
    erase(&store, erasure(1, 0)).await;
    assert!(store.tidy().await.unwrap() > 0);
    assert_eq!(store.tidy().await.unwrap(), 0);
    let mut vault = database.raw_vault().await.unwrap();
    assert_eq!(vault.number("SELECT count(*) FROM people").await.unwrap(), 1);
    assert_eq!(vault.number("SELECT count(*) FROM pending").await.unwrap(), 0);
    assert_eq!(store.profile(user_id(2)).await.unwrap(), Some(somebody(2, "bob")));
    if database.engine() == Engine::Sqlite {
        for file in std::fs::read_dir(database.file().parent().unwrap()).unwrap() {
            let file = file.unwrap().path();
            let bytes = std::fs::read(&file).unwrap();
            for trace in &traces {
                let is_there = bytes.windows(trace.len()).any(|window| window == trace);
                assert!(!is_there, "a sealed part in {}", file.display());
            }
        }
    }
}

async fn nothing_is_found_by_the_address_of_an_erased_person(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    let mut events: Vec<_> = (0..250).map(event).collect();
    let address = events[0].address;
    for event in &mut events {
        event.address = address;
    }
    // Ann did all but the last of these, and to Bob.
    let last = events.last_mut().unwrap();
    last.actor = domain::audit::ActorRef::User(user_id(2));
    record(&store, &events).await;
    let filter = EventFilter { address, ..EventFilter::default() };
    let found =
        async || AuditDirectory::page(&store, &filter, Order::OldestFirst, None, 300).await.unwrap().len();
    assert_eq!(found().await, 250);
    erase(&store, erasure(1, 0)).await;
    store.tidy().await.unwrap();
    assert_eq!(found().await, 1);
    let all =
        AuditDirectory::page(&store, &EventFilter::default(), Order::OldestFirst, None, 300).await.unwrap();
    assert_eq!(all.len(), 250);
    assert!(all[..249].iter().all(|event| event.address.is_none()));
}

async fn an_erasure_is_told_outside_only_when_it_is_finished_and_once(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=3 {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
        erase(&store, erasure(number, u64::from(number))).await;
    }
    assert_eq!(store.unlisted(10).await.unwrap(), []);
    store.tidy().await.unwrap();
    assert_eq!(store.unlisted(2).await.unwrap(), [erasure(1, 1), erasure(2, 2)]);
    store.listed(&[erasure(1, 1), erasure(3, 3)]).await.unwrap();
    store.listed(&[erasure(1, 1)]).await.unwrap();
    assert_eq!(store.unlisted(10).await.unwrap(), [erasure(2, 2)]);
    assert_eq!(store.erased(None, 10).await.unwrap(), [erasure(1, 1), erasure(3, 3)]);
}

async fn somebody_who_is_erased_again_is_finished_again(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    erase(&store, erasure(1, 1)).await;
    store.tidy().await.unwrap();
    store.listed(&[erasure(1, 1)]).await.unwrap();
    // A copy from before brought them back; the list outside says that they are to go.
    settled(&store, &somebody(1, "ann")).await;
    assert_eq!(store.present(&[user_id(1)]).await.unwrap(), [user_id(1)]);
    erase(&store, erasure(1, 9)).await;
    assert!(store.tidy().await.unwrap() > 0);
    assert_eq!(store.unlisted(10).await.unwrap(), []);
    assert_eq!(store.erased(None, 10).await.unwrap(), [erasure(1, 1)]);
    assert_eq!(database.raw_vault().await.unwrap().number("SELECT count(*) FROM people").await.unwrap(), 0);
}

async fn the_vault_tells_all_who_were_erased_page_by_page(database: &Database) {
    let store = database.store().await.unwrap();
    assert_eq!(store.erased(None, 10).await.unwrap(), []);
    // Told in the order of identifiers, whenever they were erased.
    let erasures = [erasure(1, 9), erasure(2, 5), erasure(3, 7)];
    for erasure in &erasures {
        erase(&store, *erasure).await;
    }
    store.listed(&erasures).await.unwrap();
    // Whatever the main database, put back from a copy, knows of it.
    database.raw().await.unwrap().run("DELETE FROM erasures").await.unwrap();
    assert_eq!(store.erased(None, 10).await.unwrap(), erasures);
    assert_eq!(store.erased(None, 2).await.unwrap(), erasures[..2]);
    assert_eq!(store.erased(Some(user_id(2)), 2).await.unwrap(), erasures[2..]);
    assert_eq!(store.erased(Some(user_id(3)), 2).await.unwrap(), []);
}

async fn those_of_many_who_have_an_account_are_present(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(200, "bob")).await;
    let strangers = (0..1000_u16).map(|number| {
        let [high, low] = number.to_be_bytes();
        domain::ids::UserId::new(NOW, &[high, low, 9, 9, 9, 9, 9, 9, 9, 9])
    });
    let asked: Vec<_> = [user_id(1)].into_iter().chain(strangers).chain([user_id(200)]).collect();
    let mut present = store.present(&asked).await.unwrap();
    present.sort();
    assert_eq!(present, [user_id(1), user_id(200)]);
    assert_eq!(store.present(&[]).await.unwrap(), []);
}

async fn an_erasure_that_was_not_committed_changes_nothing(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    work.users().delete(user_id(1)).await.unwrap();
    work.erasures().record(&erasure(1, 0)).await.unwrap();
    drop(work);
    store.tidy().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
    assert_eq!(store.unlisted(10).await.unwrap(), []);
}

/// What was deleted stands in the write-ahead log for as long as somebody looks at the state before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_erasure_is_finished_only_when_nobody_looks_at_an_old_state() {
    let database = Database::create(Engine::Sqlite).await.unwrap();
    let store = database.store_with(&database.impatient(), database.sealing()).await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    let mut looking = database.raw().await.unwrap();
    looking.run("BEGIN; SELECT count(*) FROM users").await.unwrap();
    erase(&store, erasure(1, 0)).await;
    store.tidy().await.unwrap();
    assert_eq!(store.unlisted(10).await.unwrap(), []);
    looking.run("ROLLBACK").await.unwrap();
    assert_eq!(store.tidy().await.unwrap(), 1);
    assert_eq!(store.unlisted(10).await.unwrap(), [erasure(1, 0)]);
    let log = std::fs::metadata(format!("{}-wal", database.file().display())).unwrap();
    // Noting that it is finished is all that was written since: one page or two.
    assert!(log.len() < 20_000, "{}", log.len());
    database.remove().await.unwrap();
}
