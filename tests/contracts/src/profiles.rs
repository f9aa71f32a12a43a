//! People, and what the directory says of them.

use crate::people::{email, hash, settled, somebody, user_id};
use crate::{Database, on_both_engines};
use application::store::{Saved, Store, UserDirectory, VaultKeeper};
use domain::Timestamp;
use domain::users::{Bio, EmailAddress, FullName, Location, LoginName, Profile, User, Username, Website};
use domain::vault::PersonalData;
use persistence::SqlStore;

on_both_engines! {
    a_profile_joins_an_account_with_its_person,
    a_person_is_put_in_place_of_what_was_there,
    a_forgotten_person_is_gone,
    an_impossible_name_is_nobodys,
    every_text_that_a_person_may_have_is_kept_unchanged,
    every_character_that_a_text_may_hold_is_kept_unchanged,
    every_name_that_an_account_may_have_is_kept_and_found,
    every_address_that_a_person_may_have_is_kept_and_found,
    moments_are_kept_to_the_microsecond,
}

fn described(number: u8, name: &str) -> Profile {
    let mut profile = somebody(number, name);
    profile.personal.full_name = FullName::parse("Zoë d'Arc").ok();
    profile.personal.bio = Bio::parse("one\ntwo\tthree").ok();
    profile.personal.location = Location::parse("Zürich").ok();
    profile.personal.website = Website::parse("https://example.com/~zoe").ok();
    profile
}

async fn a_profile_joins_an_account_with_its_person(database: &Database) {
    let store = database.store().await.unwrap();
    let zoe = described(1, "zoe");
    settled(&store, &zoe).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(zoe));
    assert_eq!(store.profile(user_id(2)).await.unwrap(), None);
}

async fn a_person_is_put_in_place_of_what_was_there(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &described(1, "zoe")).await;
    let plain = somebody(1, "zoe").personal;
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(user_id(1), &plain).await.unwrap();
    assert_eq!(work.personal_data().find(user_id(1)).await.unwrap(), Some(plain.clone()));
    work.commit().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap().map(|profile| profile.personal), Some(plain));
}

async fn a_forgotten_person_is_gone(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &described(1, "zoe")).await;
    let mut work = store.begin().await.unwrap();
    work.personal_data().remove(user_id(1)).await.unwrap();
    work.personal_data().remove(user_id(2)).await.unwrap();
    assert_eq!(work.personal_data().find(user_id(1)).await.unwrap(), None);
    work.commit().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    store.tidy().await.unwrap();
    assert_eq!(database.raw_vault().await.unwrap().number("SELECT count(*) FROM people").await.unwrap(), 0);
}

async fn an_impossible_name_is_nobodys(database: &Database) {
    let store = database.store().await.unwrap();
    // Closed on purpose: the answer does not need a database.
    store.close().await;
    for text in ["", "a b", "x\0y", "a@b", "' OR 1=1 --", "a@[127.0.0.1]"] {
        assert_eq!(store.account(&LoginName::Impossible(text.to_owned())).await.unwrap(), None, "{text:?}");
    }
}

/// Characters at the edges of what the domain lets through: noncharacters, private use, joined emoji, right to left.
const ODD: &str =
    "\u{ffff}\u{fffe}\u{e000}\u{10ffff}\u{1f469}\u{200d}\u{1f680}\u{5d0}\u{627}e\u{301}\u{1d54f}'\"\\%_$1;--";

async fn every_text_that_a_person_may_have_is_kept_unchanged(database: &Database) {
    let store = database.store().await.unwrap();
    let longest = |length: usize| "\u{1f680}".repeat(length);
    for (number, text) in (1..).zip([ODD.to_owned(), longest(100)]) {
        let mut person = somebody(number, &format!("user-{number}"));
        person.personal = PersonalData {
            email: person.personal.email.clone(),
            full_name: Some(FullName::parse(&text).unwrap()),
            bio: Some(Bio::parse(&text.repeat(5)).unwrap()),
            location: Some(Location::parse(&text).unwrap()),
            website: Website::parse("https://example.com/\u{1f680}?q='--").ok(),
            unreadable: Vec::new(),
        };
        settled(&store, &person).await;
        assert_eq!(store.profile(user_id(number)).await.unwrap(), Some(person));
    }
}

async fn every_character_that_a_text_may_hold_is_kept_unchanged(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let allowed: Vec<char> = ('\0'..'\u{30000}').filter(|c| Bio::parse(&format!("a{c}a")).is_ok()).collect();
    assert!(allowed.len() > 100_000);
    let mut work = store.begin().await.unwrap();
    for chunk in allowed.chunks(400) {
        let mut person = somebody(1, "ann").personal;
        person.bio = Bio::parse(&chunk.iter().collect::<String>()).ok();
        work.personal_data().put(user_id(1), &person).await.unwrap();
        assert_eq!(
            work.personal_data().find(user_id(1)).await.unwrap(),
            Some(person),
            "from {:?} on",
            chunk[0]
        );
    }
}

async fn every_name_that_an_account_may_have_is_kept_and_found(database: &Database) {
    let store = database.store().await.unwrap();
    let names = [
        "abc".to_owned(),
        "é".repeat(32),
        "用户名".to_owned(),
        "\u{1d54f}yz".to_owned(),
        "\u{644}\u{627}\u{645}".to_owned(),
        "\u{df}\u{130}\u{131}".to_owned(),
        "a\u{301}\u{323}\u{302}".to_owned(),
        "\u{1e900}\u{1e901}\u{1e902}".to_owned(),
    ];
    for (number, text) in (1..).zip(&names) {
        let user = User { username: Username::parse(text).unwrap(), ..somebody(number, "abc").user };
        keep(&store, &user, &email(&format!("{number}@example.com"))).await;
        let found = store.account(&LoginName::Username(user.username.clone())).await.unwrap();
        assert_eq!(found.map(|account| account.user), Some(user), "{text:?}");
    }
}

async fn every_address_that_a_person_may_have_is_kept_and_found(database: &Database) {
    let store = database.store().await.unwrap();
    let addresses = [
        "a@b.cd".to_owned(),
        format!("{}@{}.example", "a".repeat(64), "b".repeat(63)),
        "用户@例子.中国".to_owned(),
        "o'hara+x%_$1@example.com".to_owned(),
        "\u{df}@stra\u{df}e.example".to_owned(),
        format!("{}@example.com", "\u{fb01}".repeat(20)),
        "A@EXAMPLE.COM".to_owned(),
        "_@x-y.z1.example".to_owned(),
    ];
    for (number, text) in (1..).zip(&addresses) {
        let mut person = somebody(number, &format!("user-{number}"));
        person.personal.email = email(text);
        settled(&store, &person).await;
        let found = store.account(&LoginName::Email(email(text))).await.unwrap();
        assert_eq!(found.map(|account| account.user.id), Some(person.user.id), "{text:?}");
        assert_eq!(store.profile(person.user.id).await.unwrap(), Some(person), "{text:?}");
    }
}

async fn keep(store: &SqlStore, user: &User, email: &EmailAddress) {
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.users().insert(user, email, Some(&hash("x"))).await.unwrap(), Saved::Yes);
    work.commit().await.unwrap();
}

async fn moments_are_kept_to_the_microsecond(database: &Database) {
    let store = database.store().await.unwrap();
    let moments = [0, 1, -1, 1_700_000_000_999_999, 253_402_300_799_999_999, i64::MAX, i64::MIN];
    for (number, micros) in (1..).zip(moments) {
        let at = Timestamp::from_micros(micros);
        let mut person = somebody(number, &format!("user-{number}"));
        person.user = User { created_at: at, updated_at: at, last_login_at: Some(at), ..person.user };
        settled(&store, &person).await;
        assert_eq!(store.profile(user_id(number)).await.unwrap(), Some(person));
    }
}
