//! How accounts stand: what was given or taken for a time, and who is left to administer.

use crate::people::{NOW, administrator, hash, settle, settled, somebody, suspension, user_id};
use crate::{Database, on_both_engines};
use application::store::{Saved, Store, UserDirectory};
use domain::access::Role;
use domain::users::{RoleEnd, User};
use std::time::Duration;

on_both_engines! {
    what_was_given_or_taken_is_taken_back_whole,
    what_has_ended_by_itself_is_found_once_and_no_more_than_asked,
    there_is_an_administrator_besides_only_when_active_and_not_for_a_time,
    an_administrator_who_has_set_no_password_yet_is_none_besides,
}

async fn what_was_given_or_taken_is_taken_back_whole(database: &Database) {
    let store = database.store().await.unwrap();
    let mut ann = somebody(1, "ann");
    ann.user.role = Role::Moderator;
    ann.user.role_end = Some(RoleEnd { at: NOW.plus(Duration::from_hours(1)), then: Role::User });
    ann.user.suspension = Some(suspension(None));
    settled(&store, &ann).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(ann.clone()));
    let plain = User { role_end: None, suspension: None, ..ann.user };
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.users().update(&plain, Some(&ann.personal.email)).await.unwrap(), Saved::Yes);
    assert_eq!(
        work.users().find(user_id(1)).await.unwrap().map(|account| account.user),
        Some(User { version: 2, ..plain })
    );
}

async fn what_has_ended_by_itself_is_found_once_and_no_more_than_asked(database: &Database) {
    let store = database.store().await.unwrap();
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    // When the role ends, and when the suspension.
    for (number, role, suspended) in [
        (1, None, None),
        (2, Some(10), None),
        (3, None, Some(11)),
        (4, Some(5), Some(6)),
        (5, Some(12), Some(12)),
    ] {
        let mut person = somebody(number, &format!("user-{number}"));
        person.user.role_end = role.map(|seconds| RoleEnd { at: at(seconds), then: Role::User });
        person.user.suspension = suspended.map(|seconds| suspension(Some(at(seconds))));
        settled(&store, &person).await;
    }
    let mut closed = somebody(6, "closed-for-good");
    closed.user.suspension = Some(suspension(None));
    settled(&store, &closed).await;
    let mut work = store.begin().await.unwrap();
    let mut found = work.users().outdated(at(11), 50).await.unwrap();
    found.sort();
    assert_eq!(found, [2, 3, 4].map(user_id));
    assert_eq!(work.users().outdated(at(11), 1).await.unwrap().len(), 1);
    assert!(work.users().outdated(at(4), 50).await.unwrap().is_empty());
}

async fn there_is_an_administrator_besides_only_when_active_and_not_for_a_time(database: &Database) {
    let store = database.store().await.unwrap();
    let mut suspended = administrator(3, "cid");
    suspended.user.suspension = Some(suspension(None));
    let mut passing = administrator(5, "eve");
    passing.user.role_end = Some(RoleEnd { at: NOW.plus(Duration::from_hours(1)), then: Role::User });
    for person in [administrator(1, "ann"), somebody(2, "bob"), suspended, passing] {
        settled(&store, &person).await;
    }
    let mut work = store.begin().await.unwrap();
    assert!(!work.users().has_administrator_besides(user_id(1)).await.unwrap());
    assert!(work.users().has_administrator_besides(user_id(2)).await.unwrap());
    settle(work.as_mut(), &administrator(4, "dan")).await;
    assert!(work.users().has_administrator_besides(user_id(1)).await.unwrap());
}

async fn an_administrator_who_has_set_no_password_yet_is_none_besides(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &administrator(1, "ann")).await;
    let invited = administrator(2, "bob");
    let mut work = store.begin().await.unwrap();
    let saved = work.users().insert(&invited.user, &invited.personal.email, None).await.unwrap();
    assert_eq!(saved, Saved::Yes);
    assert!(!work.users().has_administrator_besides(user_id(1)).await.unwrap());
    assert!(work.users().has_administrator_besides(user_id(2)).await.unwrap());
    work.users().set_password(user_id(2), &hash("first"), NOW).await.unwrap();
    assert!(work.users().has_administrator_besides(user_id(1)).await.unwrap());
}
