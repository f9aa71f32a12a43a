//! The people in the vault: what lies there, what it costs to read them, and what a thief of one database finds.

use crate::literals::hexadecimal;
use crate::people::{begun, session, settle, settled, somebody, user_id};
use crate::{Database, Engine, Raw, on_both_engines};
use application::store::{Saved, SessionDirectory, Store, StoreError, UserDirectory, VaultKeeper};
use domain::sessions::{BegunSession, Device, DeviceName};
use domain::users::{Bio, FullName, Location, Profile, UserQuery, Website};
use persistence::SqlStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

on_both_engines! {
    a_thief_of_either_database_finds_nobody,
    what_was_never_given_is_sealed_like_everything_else,
    a_new_version_takes_the_place_of_the_one_before_it,
    a_page_of_a_hundred_people_costs_two_questions,
    whoever_changes_between_the_two_questions_is_read_all_the_same,
    what_a_unit_of_work_has_put_is_there_for_it_and_for_nobody_else_before_its_end,
    a_person_of_nobody_is_a_conflict,
    an_account_keeps_its_address_where_none_is_given,
}

const MARKERS: [&str; 7] = [
    "marker-email",
    "marker-name",
    "marker-bio",
    "marker-place",
    "marker-page",
    "marker-device",
    "198.51.100.77",
];

/// Somebody of whom everything is known, under a marker each.
pub(crate) fn marked(number: u8, name: &str) -> Profile {
    let mut person = somebody(number, name);
    person.personal.email = crate::people::email(&format!("marker-email-{number}@example.com"));
    person.personal.full_name = FullName::parse("marker-name").ok();
    person.personal.bio = Bio::parse("marker-bio").ok();
    person.personal.location = Location::parse("marker-place").ok();
    person.personal.website = Website::parse("https://marker-page.example").ok();
    person
}

/// Everything that lies in a database, as a thief would have it: its files, or its tables.
async fn loot(raw: &mut Raw, files: &[std::path::PathBuf]) -> Vec<u8> {
    match raw {
        Raw::Sqlite(_) => files.iter().flat_map(|file| std::fs::read(file).unwrap_or_default()).collect(),
        Raw::Postgres(_) => {
            let tables =
                "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'";
            let mut loot = String::new();
            for table in raw.texts(tables).await.unwrap() {
                let rows = raw.texts(&format!("SELECT t::text FROM \"{table}\" t")).await.unwrap();
                loot.push_str(&rows.join("\n"));
            }
            loot.into_bytes()
        }
    }
}

/// As text, as UTF-16, and as the digits in which PostgreSQL tells bytes.
fn shapes(marker: &str) -> [Vec<u8>; 4] {
    let hex = hexadecimal(marker.as_bytes());
    let wide = |order: fn(u16) -> [u8; 2]| marker.encode_utf16().flat_map(order).collect();
    [marker.as_bytes().to_vec(), wide(u16::to_le_bytes), wide(u16::to_be_bytes), hex.into_bytes()]
}

async fn a_thief_of_either_database_finds_nobody(database: &Database) {
    let store = database.store().await.unwrap();
    let device =
        Device { name: DeviceName::parse("marker-device").ok(), address: "198.51.100.77".parse().ok() };
    let session = BegunSession { session: session(1, user_id(1)), device };
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &marked(1, "ann")).await;
    work.sessions().insert(&session).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
    assert_eq!(store.of(user_id(1), None, 5).await.unwrap(), [session]);
    let databases = [
        (database.raw().await.unwrap(), database.file()),
        (database.raw_vault().await.unwrap(), database.vault_file()),
    ];
    for (mut raw, file) in databases {
        let files = ["", "-wal", "-shm"].map(|suffix| format!("{}{suffix}", file.display()).into());
        let loot = loot(&mut raw, &files).await;
        assert!(loot.len() > 100);
        for shape in MARKERS.iter().flat_map(|marker| shapes(marker)) {
            let is_there = loot.windows(shape.len()).any(|window| window == shape);
            assert!(!is_there, "{} in {}", String::from_utf8_lossy(&shape), file.display());
        }
    }
}

async fn what_was_never_given_is_sealed_like_everything_else(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let length = if database.engine() == Engine::Sqlite { "length" } else { "octet_length" };
    let shortest = format!(
        "SELECT CAST(min(least) AS BIGINT) FROM (SELECT {length}(full_name) AS least FROM people UNION ALL SELECT {length}(bio) FROM people
            UNION ALL SELECT {length}(location) FROM people UNION ALL SELECT {length}(website) FROM people) cells"
    );
    // A nonce and a tag, at the least.
    assert!(database.raw_vault().await.unwrap().number(&shortest).await.unwrap() >= 40);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}

async fn put(store: &SqlStore, person: &Profile) {
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(person.user.id, &person.personal).await.unwrap();
    work.commit().await.unwrap();
}

async fn a_new_version_takes_the_place_of_the_one_before_it(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    put(&store, &marked(1, "ann")).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
    let mut vault = database.raw_vault().await.unwrap();
    assert_eq!(vault.number("SELECT count(*) FROM people").await.unwrap(), 3);
    assert!(store.tidy().await.unwrap() > 0);
    assert_eq!(store.tidy().await.unwrap(), 0);
    assert_eq!(vault.number("SELECT count(*) FROM people").await.unwrap(), 2);
    assert_eq!(vault.number("SELECT count(*) FROM pending").await.unwrap(), 0);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
    assert_eq!(store.profile(user_id(2)).await.unwrap(), Some(somebody(2, "bob")));
}

async fn a_page_of_a_hundred_people_costs_two_questions(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    for number in 1..=120 {
        settle(work.as_mut(), &somebody(number, &format!("user-{number}"))).await;
        work.sessions().insert(&begun(session(number, user_id(1)))).await.unwrap();
    }
    work.commit().await.unwrap();
    let before = store.statements_run();
    let page = UserDirectory::page(&store, &UserQuery::default(), 101).await.unwrap();
    assert_eq!(store.statements_run() - before, 2);
    assert_eq!(page.len(), 101);
    assert!(page.iter().all(|profile| profile.personal.email.as_str().starts_with("user-")));
    let before = store.statements_run();
    assert!(store.profile(user_id(7)).await.unwrap().is_some());
    assert_eq!(store.statements_run() - before, 2);
    let before = store.statements_run();
    assert_eq!(store.of(user_id(1), None, 101).await.unwrap().len(), 101);
    assert_eq!(store.statements_run() - before, 1);
}

async fn whoever_changes_between_the_two_questions_is_read_all_the_same(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    let stopped = Arc::new(AtomicBool::new(false));
    let changing = tokio::spawn({
        let (store, stopped) = (store.clone(), Arc::clone(&stopped));
        async move {
            while !stopped.load(Ordering::Relaxed) {
                put(&store, &marked(1, "ann")).await;
                store.tidy().await.unwrap();
            }
        }
    });
    for _ in 0..300 {
        assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
    }
    stopped.store(true, Ordering::Relaxed);
    changing.await.unwrap();
}

async fn what_a_unit_of_work_has_put_is_there_for_it_and_for_nobody_else_before_its_end(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(user_id(1), &marked(1, "ann").personal).await.unwrap();
    let seen = work.personal_data().find(user_id(1)).await.unwrap();
    assert_eq!(seen, Some(marked(1, "ann").personal));
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
    drop(work);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
    assert_eq!(database.raw_vault().await.unwrap().number("SELECT count(*) FROM people").await.unwrap(), 1);
}

async fn a_person_of_nobody_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    let stored = work.personal_data().put(user_id(9), &somebody(9, "zoe").personal).await;
    assert!(matches!(stored, Err(StoreError::Conflict)), "{stored:?}");
}

async fn an_account_keeps_its_address_where_none_is_given(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.users().update(&ann.user, None).await.unwrap(), Saved::Yes);
    work.commit().await.unwrap();
    let login = domain::users::LoginName::Email(ann.personal.email.clone());
    assert_eq!(store.account(&login).await.unwrap().map(|account| account.user.version), Some(2));
    let key = database.raw().await.unwrap().texts("SELECT email_key FROM users").await.unwrap();
    assert!(!key[0].contains('@') && key[0].len() == 43, "{key:?}");
}
