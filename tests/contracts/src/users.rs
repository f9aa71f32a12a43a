//! Accounts.

use crate::people::{
    NOW, begun, digest, email, hash, logged_in, notice, session, settle, settled, somebody, still_waits,
    suspension, user_id, username,
};
use crate::{Database, on_both_engines};
use application::store::{Account, PasswordLink, Saved, Store, StoreError, UserDirectory};
use domain::access::Role;
use domain::sessions::Attempts;
use domain::users::{AvatarUrl, Locale, LoginName, Preferences, RoleEnd, Theme, User};
use std::time::Duration;

on_both_engines! {
    a_new_account_is_found_with_its_password,
    a_name_that_reads_the_same_is_taken,
    an_address_that_is_the_same_is_taken,
    a_duplicate_changes_nothing_and_the_unit_of_work_goes_on,
    of_many_sign_ups_with_one_name_one_succeeds,
    an_account_without_a_password_is_found_without_one,
    a_change_is_stored_under_the_next_version,
    a_change_of_an_old_version_is_a_conflict,
    of_two_changes_of_one_version_one_is_a_conflict,
    a_change_to_a_taken_name_or_address_changes_nothing,
    a_change_may_keep_its_own_name_in_another_spelling,
    a_password_is_replaced,
    a_log_in_is_noted_and_is_no_change_of_the_account,
    deleting_an_account_takes_everything_with_it_that_hangs_on_it,
    a_deleted_name_is_free_again,
    what_a_unit_of_work_found_stays_so_until_its_end,
    a_password_of_nobody_is_a_conflict,
}

async fn a_new_account_is_found_with_its_password(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    let account = Some(Account { user: ann.user.clone(), password_hash: Some(hash("old")) });
    assert_eq!(store.account_of(user_id(1)).await.unwrap(), account);
    assert_eq!(store.account(&LoginName::parse("ANN")).await.unwrap(), account);
    assert_eq!(store.account(&LoginName::parse("Ann@Example.COM")).await.unwrap(), account);
    assert_eq!(store.begin().await.unwrap().users().find(user_id(1)).await.unwrap(), account);
    assert_eq!(store.begin().await.unwrap().users().find(user_id(2)).await.unwrap(), None);
    assert_eq!(store.account_of(user_id(2)).await.unwrap(), None);
}

async fn a_name_that_reads_the_same_is_taken(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "paypal")).await;
    let mut work = store.begin().await.unwrap();
    for look_alike in ["PayPal", "p\u{430}yp\u{430}l"] {
        let user = User { username: username(look_alike), ..somebody(2, "bob").user };
        let saved = work.users().insert(&user, &email("other@example.com"), Some(&hash("x"))).await.unwrap();
        assert_eq!(saved, Saved::UsernameTaken, "{look_alike}");
    }
}

async fn an_address_that_is_the_same_is_taken(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    let saved = work
        .users()
        .insert(&somebody(2, "bob").user, &email("ANN@example.com"), Some(&hash("x")))
        .await
        .unwrap();
    assert_eq!(saved, Saved::EmailTaken);
}

async fn a_duplicate_changes_nothing_and_the_unit_of_work_goes_on(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    let saved = work
        .users()
        .insert(&somebody(2, "ann").user, &email("b@example.com"), Some(&hash("x")))
        .await
        .unwrap();
    assert_eq!(saved, Saved::UsernameTaken);
    settle(work.as_mut(), &somebody(3, "cid")).await;
    work.commit().await.unwrap();
    assert_eq!(store.account_of(user_id(2)).await.unwrap(), None);
    assert!(store.account_of(user_id(3)).await.unwrap().is_some());
}

async fn of_many_sign_ups_with_one_name_one_succeeds(database: &Database) {
    let store = database.store().await.unwrap();
    let tries = (1..=20).map(|number| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut work = store.begin().await.unwrap();
            let person = somebody(number, "ann");
            let saved =
                work.users().insert(&person.user, &person.personal.email, Some(&hash("x"))).await.unwrap();
            work.commit().await.unwrap();
            saved
        })
    });
    let mut succeeded = 0;
    for attempt in tries.collect::<Vec<_>>() {
        match attempt.await.unwrap() {
            Saved::Yes => succeeded += 1,
            other => assert_eq!(other, Saved::UsernameTaken),
        }
    }
    assert_eq!(succeeded, 1);
}

fn changed(user: &User) -> User {
    User {
        username: username("Ånn-Lee"),
        role: Role::Moderator,
        role_end: Some(RoleEnd { at: NOW.plus(Duration::from_hours(1)), then: Role::User }),
        suspension: Some(suspension(Some(NOW.plus(Duration::from_hours(2))))),
        preferences: Preferences {
            avatar_url: AvatarUrl::parse("https://example.com/a.png").ok(),
            locale: Locale::Fr,
            theme: Theme::Dark,
            email_notifications: false,
        },
        updated_at: NOW.plus(Duration::from_micros(1)),
        ..user.clone()
    }
}

async fn a_change_is_stored_under_the_next_version(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    let changed = changed(&ann.user);
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.users().update(&changed, Some(&email("new@example.com"))).await.unwrap(), Saved::Yes);
    work.commit().await.unwrap();
    let stored = store.account(&LoginName::parse("new@example.com")).await.unwrap().unwrap();
    assert_eq!(stored.user, User { version: 2, ..changed });
    assert_eq!(store.account(&LoginName::parse("ann@example.com")).await.unwrap(), None);
    assert_eq!(store.account(&LoginName::parse("ann")).await.unwrap(), None);
}

async fn an_account_without_a_password_is_found_without_one(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.users().insert(&ann.user, &ann.personal.email, None).await.unwrap(), Saved::Yes);
    work.commit().await.unwrap();
    let account = Some(Account { user: ann.user, password_hash: None });
    assert_eq!(store.account_of(user_id(1)).await.unwrap(), account);
    assert_eq!(store.account(&LoginName::parse("ann")).await.unwrap(), account);
}

async fn a_change_of_an_old_version_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    for user in [User { version: 2, ..ann.user.clone() }, User { id: user_id(9), ..somebody(9, "zoe").user }]
    {
        let mut work = store.begin().await.unwrap();
        let saved = work.users().update(&user, Some(&email("new@example.com"))).await;
        assert!(matches!(saved, Err(StoreError::Conflict)), "{saved:?}");
    }
}

async fn of_two_changes_of_one_version_one_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    let tries: Vec<_> = (0..10)
        .map(|_| {
            let (store, ann) = (store.clone(), ann.clone());
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                let saved = work.users().update(&changed(&ann.user), Some(&ann.personal.email)).await;
                if saved.is_ok() {
                    work.commit().await.unwrap();
                }
                saved
            })
        })
        .collect();
    let mut succeeded = 0;
    for attempt in tries {
        match attempt.await.unwrap() {
            Ok(saved) => {
                assert_eq!(saved, Saved::Yes);
                succeeded += 1;
            }
            Err(error) => assert!(matches!(error, StoreError::Conflict), "{error:?}"),
        }
    }
    assert_eq!(succeeded, 1);
}

async fn a_change_to_a_taken_name_or_address_changes_nothing(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    settled(&store, &somebody(2, "bob")).await;
    let mut work = store.begin().await.unwrap();
    let renamed = User { username: username("BOB"), ..ann.user.clone() };
    assert_eq!(work.users().update(&renamed, Some(&ann.personal.email)).await.unwrap(), Saved::UsernameTaken);
    assert_eq!(
        work.users().update(&ann.user, Some(&email("bob@example.com"))).await.unwrap(),
        Saved::EmailTaken
    );
    work.commit().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(ann));
}

async fn a_change_may_keep_its_own_name_in_another_spelling(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    let mut work = store.begin().await.unwrap();
    let respelt = User { username: username("ANN"), ..ann.user };
    assert_eq!(work.users().update(&respelt, Some(&email("ANN@example.com"))).await.unwrap(), Saved::Yes);
}

async fn a_password_is_replaced(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    work.users().set_password(user_id(1), &hash("new"), NOW).await.unwrap();
    work.commit().await.unwrap();
    let account = store.account_of(user_id(1)).await.unwrap().unwrap();
    assert_eq!(account.password_hash, Some(hash("new")));
    assert_eq!(account.user.version, 1);
}

async fn a_log_in_is_noted_and_is_no_change_of_the_account(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    settled(&store, &ann).await;
    let later = NOW.plus(Duration::from_micros(3));
    // Two at the same moment may be written in either order.
    for moment in [later, NOW] {
        let mut work = store.begin().await.unwrap();
        work.users().record_log_in(user_id(1), moment).await.unwrap();
        work.commit().await.unwrap();
    }
    let stored = store.account_of(user_id(1)).await.unwrap().unwrap().user;
    assert_eq!(stored, User { last_login_at: Some(later), ..ann.user });
}

async fn deleting_an_account_takes_everything_with_it_that_hangs_on_it(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    logged_in(&store, &somebody(2, "bob"), 2).await;
    let mut work = store.begin().await.unwrap();
    let attempts = Attempts { failures: 1, last_failed_at: NOW };
    work.attempts().put(&digest(1), Some(user_id(1)), &attempts).await.unwrap();
    work.attempts().put(&digest(2), Some(user_id(2)), &attempts).await.unwrap();
    for number in [1, 2] {
        let link = PasswordLink { user_id: user_id(number), digest: digest(number), expires_at: NOW };
        work.password_links().put(&link).await.unwrap();
        work.notices().insert(&notice(number, user_id(number))).await.unwrap();
    }
    assert!(work.users().delete(user_id(1)).await.unwrap());
    assert!(!work.users().delete(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
    let mut raw = database.raw().await.unwrap();
    for table in
        ["users", "passwords", "password_links", "notices", "sessions", "refresh_tokens", "log_in_attempts"]
    {
        let left = raw.number(&format!("SELECT count(*) FROM {table}")).await.unwrap();
        assert_eq!(left, 1, "{table}");
    }
}

async fn a_deleted_name_is_free_again(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    work.users().delete(user_id(1)).await.unwrap();
    work.personal_data().remove(user_id(1)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(store.account(&LoginName::parse("ann")).await.unwrap(), None);
    settled(&store, &somebody(2, "ann")).await;
}

async fn what_a_unit_of_work_found_stays_so_until_its_end(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut log_in = store.begin().await.unwrap();
    let found = log_in.users().find(user_id(1)).await.unwrap().unwrap();
    assert_eq!(found.password_hash, Some(hash("old")));
    // Somebody changes the password: they wait until the log-in has been written down, and then see it.
    let mut change = tokio::spawn({
        let store = store.clone();
        async move {
            let mut work = store.begin().await.unwrap();
            work.users().find(user_id(1)).await.unwrap();
            work.users().set_password(user_id(1), &hash("new"), NOW).await.unwrap();
            let ended = work.sessions().end_all_of(user_id(1), None).await.unwrap();
            work.commit().await.unwrap();
            ended
        }
    });
    still_waits(&mut change).await;
    log_in.sessions().insert(&begun(session(1, user_id(1)))).await.unwrap();
    log_in.commit().await.unwrap();
    assert_eq!(change.await.unwrap(), 1);
}

async fn a_password_of_nobody_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    let set = work.users().set_password(user_id(1), &hash("x"), NOW).await;
    assert!(matches!(set, Err(StoreError::Conflict)), "{set:?}");
}
