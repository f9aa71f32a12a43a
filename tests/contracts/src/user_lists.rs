//! Lists of accounts: searched, filtered, in every order, page by page.

use crate::people::{NOW, email, settle, somebody, suspension, user_id, username};
use crate::{Database, on_both_engines};
use application::store::{Store, UserDirectory};
use domain::access::Role;
use domain::ids::UserId;
use domain::users::{Profile, Search, Status, UserCursor, UserQuery, UserSort};
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    every_list_is_told_whole_and_in_order_page_by_page,
    names_are_ordered_by_their_keys_and_not_as_a_language_would,
    the_beginning_of_a_name_is_taken_literally,
    an_address_is_found_as_a_whole_and_only_as_a_whole,
    a_place_that_no_list_has_given_out_ends_the_list,
    a_page_of_none_is_empty,
}

const NAMES: [&str; 16] = [
    "alice",
    "Bob",
    "al-ice",
    "al.ice",
    "al_ice",
    "ålesund",
    "zoe",
    "\u{7528}\u{6237}\u{540d}",
    "\u{1e900}\u{1e901}\u{1e902}",
    "ally",
    "Zebra",
    "bo-b",
    "alphabet",
    "ALPHA",
    "\u{43b}\u{43e}\u{434}\u{43a}\u{430}",
    "42nd",
];

/// Some sixteen people, of every role and every status, younger and older than their names suggest.
fn everybody() -> Vec<Profile> {
    let person = |(number, name): (u8, &str)| {
        let mut person = somebody(number, "placeholder");
        person.user.username = username(name);
        person.personal.email = email(&format!("person-{number}@example.com"));
        person.user.created_at = NOW.plus(Duration::from_secs(u64::from(number * 7 % 16)));
        person.user.id = UserId::new(person.user.created_at, &[number; 10]);
        person.user.role = Role::ALL[usize::from(number) % 3];
        person.user.suspension = (number % 4 == 0).then(|| suspension(None));
        person
    };
    (1..).zip(NAMES).map(person).collect()
}

async fn settled(database: &Database, people: &[Profile]) -> SqlStore {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    for person in people {
        settle(work.as_mut(), person).await;
    }
    work.commit().await.unwrap();
    store
}

fn place(query: &UserQuery, profile: &Profile) -> UserCursor {
    if query.order().is_by_name() {
        UserCursor::Username(profile.user.username.key().to_owned())
    } else {
        UserCursor::Created(profile.user.id)
    }
}

/// What a query asks for, found by looking at everybody.
fn meant(query: &UserQuery, people: &[Profile]) -> Vec<Profile> {
    let mut meant = people.to_vec();
    meant.retain(|person| {
        query.role.is_none_or(|role| person.user.role == role)
            && query.status.is_none_or(|status| person.user.status() == status)
            && match &query.search {
                None => true,
                Some(Search::UsernamePrefix(prefix)) => person.user.username.key().starts_with(prefix),
                Some(Search::Email(email)) => person.personal.email == *email,
            }
    });
    if query.order().is_by_name() {
        meant.sort_by(|a, b| a.user.username.key().as_bytes().cmp(b.user.username.key().as_bytes()));
    } else {
        meant.sort_by_key(|person| person.user.id);
    }
    if matches!(query.order(), UserSort::Newest | UserSort::UsernameDescending) {
        meant.reverse();
    }
    meant
}

async fn walked(store: &SqlStore, mut query: UserQuery, limit: u32) -> Vec<Profile> {
    let mut seen = Vec::new();
    loop {
        let page = store.page(&query, limit).await.unwrap();
        let Some(last) = page.last() else { return seen };
        assert!(page.len() <= limit as usize);
        query.after = Some(place(&query, last));
        seen.extend(page);
    }
}

fn names(profiles: &[Profile]) -> Vec<&str> {
    profiles.iter().map(|profile| profile.user.username.as_str()).collect()
}

async fn every_list_is_told_whole_and_in_order_page_by_page(database: &Database) {
    let people = everybody();
    let store = settled(database, &people).await;
    let prefix = |text: &str| Some(Search::UsernamePrefix(text.to_owned()));
    let address = Some(Search::Email(email("person-4@example.com")));
    let roles = || Role::ALL.into_iter().map(Some).chain([None]);
    let mut tried = 0;
    for search in [None, prefix("al"), prefix("b"), prefix("nobody"), address] {
        for (sort, role) in UserSort::ALL.into_iter().flat_map(|sort| roles().map(move |role| (sort, role))) {
            for status in [None, Some(Status::Active), Some(Status::Suspended)] {
                let query = UserQuery { search: search.clone(), role, status, sort, after: None };
                let expected = meant(&query, &people);
                assert_eq!(walked(&store, query.clone(), 3).await, expected, "{query:?}");
                assert_eq!(store.page(&query, 200).await.unwrap(), expected, "{query:?}");
                tried += expected.len();
            }
        }
    }
    assert!(tried > 300, "{tried}");
}

async fn names_are_ordered_by_their_keys_and_not_as_a_language_would(database: &Database) {
    let store = settled(database, &everybody()).await;
    let query = UserQuery { sort: UserSort::Username, ..UserQuery::default() };
    let page = store.page(&query, 9).await.unwrap();
    // A language would pass over the marks, and put Bob's brother beside Bob.
    assert_eq!(
        names(&page),
        ["42nd", "al-ice", "al.ice", "al_ice", "alice", "ally", "ALPHA", "alphabet", "ålesund"]
    );
}

async fn the_beginning_of_a_name_is_taken_literally(database: &Database) {
    let store = settled(database, &everybody()).await;
    for (prefix, found) in [
        ("al_", &["al_ice"][..]),
        ("al%", &[]),
        ("_", &[]),
        ("%", &[]),
        ("al\\", &[]),
        ("\0", &[]),
        ("zz", &[]),
    ] {
        let query =
            UserQuery { search: Some(Search::UsernamePrefix(prefix.to_owned())), ..UserQuery::default() };
        assert_eq!(names(&store.page(&query, 50).await.unwrap()), found, "{prefix:?}");
    }
}

async fn an_address_is_found_as_a_whole_and_only_as_a_whole(database: &Database) {
    let store = settled(database, &everybody()).await;
    let found = async |address: &str| {
        let query = UserQuery { search: Some(Search::Email(email(address))), ..UserQuery::default() };
        store.page(&query, 50).await.unwrap().len()
    };
    assert_eq!(found("PERSON-1@Example.com").await, 1);
    for other in ["person@example.com", "person-1@example.co", "person-%@example.com"] {
        assert_eq!(found(other).await, 0, "{other}");
    }
}

async fn a_place_that_no_list_has_given_out_ends_the_list(database: &Database) {
    let store = settled(database, &everybody()).await;
    let by_name = |text: &str| (UserSort::Username, UserCursor::Username(text.to_owned()));
    for (sort, after) in [
        (UserSort::Username, UserCursor::Created(user_id(1))),
        (UserSort::Newest, UserCursor::Username("alice".to_owned())),
        by_name("a\0b"),
        by_name("\u{10ffff}\u{10ffff}"),
    ] {
        let query = UserQuery { sort, after: Some(after), ..UserQuery::default() };
        assert!(store.page(&query, 50).await.unwrap().is_empty(), "{query:?}");
    }
}

async fn a_page_of_none_is_empty(database: &Database) {
    let store = settled(database, &everybody()).await;
    let address = Some(Search::Email(email("person-1@example.com")));
    for (search, role) in [(None, None), (None, Some(Role::User)), (address, None)] {
        let query = UserQuery { search, role, ..UserQuery::default() };
        assert!(store.page(&query, 0).await.unwrap().is_empty());
    }
}
