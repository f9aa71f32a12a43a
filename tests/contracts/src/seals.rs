//! What was damaged or moved does not open: it is named as unreadable, it is never anything else, and nothing is written
//! over it.

use crate::people::{begun, session, settled, somebody, user_id};
use crate::vault::marked;
use crate::{Database, Raw, on_both_engines};
use application::store::{SessionDirectory, Store, StoreError, UserDirectory};
use domain::ids::UserId;
use domain::sessions::DeviceName;
use domain::users::UserQuery;
use domain::vault::{Field, PersonalData};
use persistence::SqlStore;
use std::collections::HashMap;

on_both_engines! {
    a_cell_that_was_changed_anywhere_is_unreadable,
    a_key_that_was_changed_anywhere_makes_its_owner_unreadable_and_nobody_else,
    what_was_moved_to_another_place_does_not_open_there,
    a_key_that_was_given_to_somebody_else_opens_nothing,
    an_old_version_does_not_pass_for_the_new_one,
    a_version_that_the_vault_does_not_have_is_unreadable,
    whoever_can_not_be_read_in_full_is_not_written_over,
    whoever_gives_anew_what_could_not_be_read_can_be_read_again,
    whoevers_key_does_not_open_can_still_use_their_account,
    what_of_a_session_does_not_open_is_left_out,
}

/// The bytes in a column of the only row that a condition leaves.
pub(crate) async fn bytes(raw: &mut Raw, column: &str, rest: &str) -> Vec<u8> {
    let hex = match raw {
        Raw::Sqlite(_) => format!("SELECT hex({column}) FROM {rest}"),
        Raw::Postgres(_) => format!("SELECT encode({column}, 'hex') FROM {rest}"),
    };
    let hex = raw.texts(&hex).await.unwrap().pop().unwrap();
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

async fn set(raw: &mut Raw, table: &str, column: &str, bytes: &[u8], owner: UserId) {
    let (bytes, id) = (raw.bytes(bytes), raw.id(owner.as_uuid()));
    raw.run(&format!("UPDATE {table} SET {column} = {bytes} WHERE user_id = {id}")).await.unwrap();
}

/// What comes of some bytes when any one of them is another, or one is missing or too much, or all are missing.
fn changed(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    let flipped = (0..bytes.len()).map(|at| {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 1 << (at % 8);
        bytes
    });
    let (shorter, longer) = (bytes[..bytes.len() - 1].to_vec(), [bytes, &[0]].concat());
    flipped.chain([shorter, longer, vec![0]])
}

async fn person(store: &SqlStore, number: u8) -> PersonalData {
    store.profile(user_id(number)).await.unwrap().unwrap().personal
}

async fn page(store: &SqlStore) -> HashMap<UserId, PersonalData> {
    let page = UserDirectory::page(store, &UserQuery::default(), 5).await.unwrap();
    page.into_iter().map(|profile| (profile.user.id, profile.personal)).collect()
}

/// Somebody of whom these fields don't open, and who is told as ever otherwise.
fn without(fields: &[Field]) -> PersonalData {
    let mut person = marked(1, "ann").personal;
    for field in fields {
        match field {
            Field::Email => person.email = crate::people::email("unreadable@vault.invalid"),
            Field::FullName => person.full_name = None,
            Field::Bio => person.bio = None,
            Field::Location => person.location = None,
            Field::Website => person.website = None,
        }
    }
    person.unreadable = fields.to_vec();
    person
}

async fn ann_and_bob(database: &Database) -> SqlStore {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    store
}

async fn a_cell_that_was_changed_anywhere_is_unreadable(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut vault = database.raw_vault().await.unwrap();
    let rest = format!("people WHERE user_id = {}", vault.id(user_id(1).as_uuid()));
    for field in Field::ALL {
        let column = field.name();
        let whole = bytes(&mut vault, column, &rest).await;
        for spoilt in changed(&whole).chain([Vec::new()]) {
            set(&mut vault, "people", column, &spoilt, user_id(1)).await;
            assert_eq!(person(&store, 1).await, without(&[field]), "{column}");
        }
        set(&mut vault, "people", column, &whole, user_id(1)).await;
    }
    assert_eq!(person(&store, 1).await, marked(1, "ann").personal);
}

async fn a_key_that_was_changed_anywhere_makes_its_owner_unreadable_and_nobody_else(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut main = database.raw().await.unwrap();
    let rest = format!("data_keys WHERE user_id = {}", main.id(user_id(1).as_uuid()));
    let whole = bytes(&mut main, "sealed", &rest).await;
    for spoilt in changed(&whole) {
        set(&mut main, "data_keys", "sealed", &spoilt, user_id(1)).await;
        let page = page(&store).await;
        assert_eq!(page[&user_id(1)], without(&Field::ALL));
        assert_eq!(page[&user_id(2)], somebody(2, "bob").personal);
    }
    set(&mut main, "data_keys", "sealed", &whole, user_id(1)).await;
    assert_eq!(person(&store, 1).await, marked(1, "ann").personal);
}

async fn what_was_moved_to_another_place_does_not_open_there(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut vault = database.raw_vault().await.unwrap();
    let of = |raw: &Raw, number| format!("people WHERE user_id = {}", raw.id(user_id(number).as_uuid()));
    // Another field of the same person, then the same field of another one.
    let (ann, bob) = (of(&vault, 1), of(&vault, 2));
    let name = bytes(&mut vault, "full_name", &ann).await;
    let bio = bytes(&mut vault, "bio", &ann).await;
    set(&mut vault, "people", "full_name", &bio, user_id(1)).await;
    set(&mut vault, "people", "bio", &name, user_id(1)).await;
    assert_eq!(person(&store, 1).await, without(&[Field::FullName, Field::Bio]));
    set(&mut vault, "people", "full_name", &name, user_id(1)).await;
    set(&mut vault, "people", "bio", &bio, user_id(1)).await;
    let others = bytes(&mut vault, "email", &bob).await;
    set(&mut vault, "people", "email", &others, user_id(1)).await;
    assert_eq!(person(&store, 1).await, without(&[Field::Email]));
}

async fn a_key_that_was_given_to_somebody_else_opens_nothing(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut main = database.raw().await.unwrap();
    let bobs = format!("data_keys WHERE user_id = {}", main.id(user_id(2).as_uuid()));
    let key = bytes(&mut main, "sealed", &bobs).await;
    set(&mut main, "data_keys", "sealed", &key, user_id(1)).await;
    assert_eq!(person(&store, 1).await, without(&Field::ALL));
    assert_eq!(person(&store, 2).await, somebody(2, "bob").personal);
}

async fn an_old_version_does_not_pass_for_the_new_one(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut vault = database.raw_vault().await.unwrap();
    let rest = format!("people WHERE user_id = {}", vault.id(user_id(1).as_uuid()));
    let old = bytes(&mut vault, "location", &rest).await;
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(user_id(1), &marked(1, "ann").personal).await.unwrap();
    work.commit().await.unwrap();
    set(&mut vault, "people", "location", &old, user_id(1)).await;
    assert_eq!(person(&store, 1).await, without(&[Field::Location]));
}

async fn a_version_that_the_vault_does_not_have_is_unreadable(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut vault = database.raw_vault().await.unwrap();
    let id = vault.id(user_id(1).as_uuid());
    vault.run(&format!("DELETE FROM people WHERE user_id = {id}")).await.unwrap();
    assert_eq!(person(&store, 1).await, without(&Field::ALL));
    let page = page(&store).await;
    assert_eq!(page[&user_id(1)], without(&Field::ALL));
    assert_eq!(page[&user_id(2)], somebody(2, "bob").personal);
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.personal_data().find(user_id(1)).await.unwrap(), Some(without(&Field::ALL)));
}

async fn whoever_can_not_be_read_in_full_is_not_written_over(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut vault = database.raw_vault().await.unwrap();
    set(&mut vault, "people", "bio", &[7; 60], user_id(1)).await;
    let mut work = store.begin().await.unwrap();
    let seen = work.personal_data().find(user_id(1)).await.unwrap().unwrap();
    assert_eq!(seen.unreadable, [Field::Bio]);
    let stored = work.personal_data().put(user_id(1), &seen).await;
    assert!(matches!(stored, Err(StoreError::Unavailable(_))), "{stored:?}");
    work.commit().await.unwrap();
    assert_eq!(person(&store, 1).await, without(&[Field::Bio]));
}

async fn whoever_gives_anew_what_could_not_be_read_can_be_read_again(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut vault = database.raw_vault().await.unwrap();
    set(&mut vault, "people", "bio", &[7; 60], user_id(1)).await;
    let mut work = store.begin().await.unwrap();
    let seen = work.personal_data().find(user_id(1)).await.unwrap().unwrap();
    let mended = PersonalData { unreadable: Vec::new(), ..seen };
    work.personal_data().put(user_id(1), &mended).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(person(&store, 1).await, mended);
}

async fn whoevers_key_does_not_open_can_still_use_their_account(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut main = database.raw().await.unwrap();
    set(&mut main, "data_keys", "sealed", &[7; 73], user_id(1)).await;
    let mut from_somewhere = begun(session(1, user_id(1)));
    from_somewhere.device.name = DeviceName::parse("marker-device").ok();
    let mut work = store.begin().await.unwrap();
    work.sessions().insert(&from_somewhere).await.unwrap();
    work.commit().await.unwrap();
    // Nobody reads what was sealed meanwhile, and nothing is stored that nobody could read.
    assert_eq!(store.of(user_id(1), None, 5).await.unwrap(), [begun(session(1, user_id(1)))]);
    let mut work = store.begin().await.unwrap();
    let stored = work.personal_data().put(user_id(1), &marked(1, "ann").personal).await;
    assert!(matches!(stored, Err(StoreError::Unavailable(_))), "{stored:?}");
    drop(work);
    let mut work = store.begin().await.unwrap();
    assert!(work.users().delete(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
}

async fn what_of_a_session_does_not_open_is_left_out(database: &Database) {
    let store = ann_and_bob(database).await;
    let mut whole = begun(session(1, user_id(1)));
    whole.device.name = DeviceName::parse("marker-device").ok();
    whole.device.address = "198.51.100.77".parse().ok();
    let mut work = store.begin().await.unwrap();
    work.sessions().insert(&whole).await.unwrap();
    work.commit().await.unwrap();
    let mut main = database.raw().await.unwrap();
    let name = bytes(&mut main, "sealed_device_name", "sessions").await;
    let address = bytes(&mut main, "sealed_address", "sessions").await;
    for spoilt in [name.clone(), vec![7; 60], Vec::new()] {
        set(&mut main, "sessions", "sealed_address", &spoilt, user_id(1)).await;
        let mut expected = whole.clone();
        expected.device.address = None;
        assert_eq!(store.of(user_id(1), None, 5).await.unwrap(), [expected]);
        // Whoever only uses it notices nothing.
        let mut work = store.begin().await.unwrap();
        let live = work.sessions().find(whole.session.id).await.unwrap().unwrap();
        assert_eq!(live.session, whole.session);
    }
    set(&mut main, "sessions", "sealed_address", &address, user_id(1)).await;
    assert_eq!(store.of(user_id(1), None, 5).await.unwrap(), [whole]);
}
