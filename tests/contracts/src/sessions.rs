//! Sessions and the families of their refresh tokens.

use crate::people::{
    NOW, begun, digest, family, logged_in, rotated, session, session_id, settled, somebody, suspension,
    user_id,
};
use crate::{Database, on_both_engines};
use application::store::{LiveSession, SessionDirectory, Store, StoreError};
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::sessions::{BegunSession, Channel, Device, DeviceName, Family, Generation, Session};
use domain::users::{RoleEnd, User};
use persistence::SqlStore;
use std::time::Duration;

on_both_engines! {
    a_session_is_found_with_what_decides_about_it,
    a_session_tells_how_its_owner_stands_as_it_is_written,
    a_use_is_noted_and_never_runs_backwards,
    another_cookie_replaces_the_old_one,
    an_ended_session_is_gone_with_its_tokens,
    a_session_of_somebody_who_is_gone_is_a_conflict,
    every_session_but_one_ends,
    every_session_ends,
    the_sessions_of_a_user_are_told_the_latest_first_page_by_page,
    sessions_are_counted_by_channel_and_from_a_moment_on,
    sweeping_removes_what_is_over_and_no_more_than_asked,
    a_family_is_kept_as_it_was_put,
    a_rotation_puts_the_next_token_in_place,
    of_fifty_rotations_of_one_token_one_succeeds_and_leaves_one_successor,
    ending_and_rotating_at_once_leaves_no_token_without_its_session,
}

async fn live(store: &SqlStore, number: u8) -> Option<LiveSession> {
    SessionDirectory::find(store, session_id(number)).await.unwrap()
}

async fn a_session_is_found_with_what_decides_about_it(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let device = Device {
        name: DeviceName::parse("Zoë's \u{1f4bb}").ok(),
        address: "2001:db8::ffff:192.0.2.128".parse().ok(),
    };
    let full = Session {
        channel: Channel::Web,
        scopes: Scope::ALL.into_iter().collect(),
        cookie_digest: Some(digest(5)),
        last_used_at: NOW.plus(Duration::from_micros(1)),
        ..session(1, user_id(1))
    };
    let full = BegunSession { session: full, device };
    let empty = begun(Session { scopes: Scopes::NONE, ..session(2, user_id(1)) });
    let mut work = store.begin().await.unwrap();
    for (number, begun) in [(1, &full), (2, &empty)] {
        work.sessions().insert(begun).await.unwrap();
        let standing = somebody(1, "ann").user.standing();
        let expected = LiveSession { session: begun.session.clone(), standing };
        assert_eq!(work.sessions().find(session_id(number)).await.unwrap(), Some(expected));
    }
    work.commit().await.unwrap();
    assert_eq!(live(&store, 1).await.map(|live| live.session), Some(full.session.clone()));
    assert_eq!(live(&store, 2).await.map(|live| live.session), Some(empty.session.clone()));
    assert_eq!(store.of(user_id(1), None, 5).await.unwrap(), [empty, full]);
    assert_eq!(live(&store, 3).await, None);
}

async fn a_session_tells_how_its_owner_stands_as_it_is_written(database: &Database) {
    let store = database.store().await.unwrap();
    let ann = somebody(1, "ann");
    logged_in(&store, &ann, 1).await;
    let mut work = store.begin().await.unwrap();
    let changed = User {
        role: Role::Admin,
        role_end: Some(RoleEnd { at: NOW, then: Role::Moderator }),
        suspension: Some(suspension(Some(NOW.plus(Duration::from_secs(1))))),
        ..ann.user
    };
    work.users().update(&changed, Some(&ann.personal.email)).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(live(&store, 1).await.map(|live| live.standing), Some(changed.standing()));
}

async fn a_use_is_noted_and_never_runs_backwards(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let later = NOW.plus(Duration::from_mins(2));
    for moment in [later, NOW.plus(Duration::from_mins(1))] {
        let mut work = store.begin().await.unwrap();
        work.sessions().record_use(session_id(1), moment).await.unwrap();
        work.sessions().record_use(session_id(9), moment).await.unwrap();
        work.commit().await.unwrap();
    }
    assert_eq!(live(&store, 1).await.unwrap().session.last_used_at, later);
}

async fn another_cookie_replaces_the_old_one(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let mut work = store.begin().await.unwrap();
    work.sessions().replace_cookie(session_id(1), &digest(8)).await.unwrap();
    let nobodys = work.sessions().replace_cookie(session_id(9), &digest(8)).await;
    assert!(matches!(nobodys, Err(StoreError::Conflict)));
    work.commit().await.unwrap();
    assert_eq!(live(&store, 1).await.unwrap().session.cookie_digest, Some(digest(8)));
}

async fn an_ended_session_is_gone_with_its_tokens(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let mut work = store.begin().await.unwrap();
    assert!(work.sessions().end(session_id(1)).await.unwrap());
    assert!(!work.sessions().end(session_id(1)).await.unwrap());
    assert_eq!(work.refresh_tokens().find(session_id(1)).await.unwrap(), None);
    work.commit().await.unwrap();
    assert_eq!(live(&store, 1).await, None);
}

async fn a_session_of_somebody_who_is_gone_is_a_conflict(database: &Database) {
    let store = database.store().await.unwrap();
    let inserted = store.begin().await.unwrap().sessions().insert(&begun(session(1, user_id(1)))).await;
    assert!(matches!(inserted, Err(StoreError::Conflict)), "{inserted:?}");
    let inserted = store.begin().await.unwrap().refresh_tokens().insert(&family(session_id(1))).await;
    assert!(matches!(inserted, Err(StoreError::Conflict)), "{inserted:?}");
}

/// Ann with three sessions and families, Bob with one.
async fn four_sessions(store: &SqlStore) {
    logged_in(store, &somebody(1, "ann"), 1).await;
    logged_in(store, &somebody(2, "bob"), 4).await;
    let mut work = store.begin().await.unwrap();
    for number in [2, 3] {
        work.sessions().insert(&begun(session(number, user_id(1)))).await.unwrap();
        work.refresh_tokens().insert(&family(session_id(number))).await.unwrap();
    }
    work.commit().await.unwrap();
}

async fn left(database: &Database) -> (i64, i64) {
    let mut raw = database.raw().await.unwrap();
    let sessions = raw.number("SELECT count(*) FROM sessions").await.unwrap();
    (sessions, raw.number("SELECT count(*) FROM refresh_tokens").await.unwrap())
}

async fn every_session_but_one_ends(database: &Database) {
    let store = database.store().await.unwrap();
    four_sessions(&store).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.sessions().end_all_of(user_id(1), Some(session_id(2))).await.unwrap(), 2);
    work.commit().await.unwrap();
    assert!(live(&store, 1).await.is_none() && live(&store, 3).await.is_none());
    assert!(live(&store, 2).await.is_some() && live(&store, 4).await.is_some());
    assert_eq!(left(database).await, (2, 2));
}

async fn every_session_ends(database: &Database) {
    let store = database.store().await.unwrap();
    four_sessions(&store).await;
    let mut work = store.begin().await.unwrap();
    assert_eq!(work.sessions().end_all_of(user_id(1), None).await.unwrap(), 3);
    work.commit().await.unwrap();
    assert!(live(&store, 4).await.is_some());
    assert_eq!(left(database).await, (1, 1));
}

async fn the_sessions_of_a_user_are_told_the_latest_first_page_by_page(database: &Database) {
    let store = database.store().await.unwrap();
    four_sessions(&store).await;
    let ids = async |after, limit| -> Vec<_> {
        let sessions = store.of(user_id(1), after, limit).await.unwrap();
        sessions.into_iter().map(|begun| begun.session.id).collect()
    };
    assert_eq!(ids(None, 50).await, [3, 2, 1].map(session_id));
    assert_eq!(ids(None, 2).await, [3, 2].map(session_id));
    assert_eq!(ids(Some(session_id(2)), 2).await, [session_id(1)]);
    assert!(ids(Some(session_id(1)), 2).await.is_empty());
    assert_eq!(store.of(user_id(1), None, 1).await.unwrap(), [begun(session(3, user_id(1)))]);
    assert!(store.of(user_id(9), None, 50).await.unwrap().is_empty());
}

async fn sessions_are_counted_by_channel_and_from_a_moment_on(database: &Database) {
    let store = database.store().await.unwrap();
    four_sessions(&store).await;
    let mut work = store.begin().await.unwrap();
    let later = NOW.plus(Duration::from_mins(1));
    work.sessions().record_use(session_id(2), later).await.unwrap();
    let browser = Session { channel: Channel::Web, ..session(5, user_id(2)) };
    work.sessions().insert(&begun(browser)).await.unwrap();
    work.commit().await.unwrap();
    let soon = NOW.plus(Duration::from_micros(1));
    let expected = [(NOW, 4, 1), (soon, 1, 0), (later, 1, 0), (later.plus(Duration::from_micros(1)), 0, 0)];
    for (since, api, web) in expected {
        assert_eq!(store.count(Channel::Api, since).await.unwrap(), api, "{since:?}");
        assert_eq!(store.count(Channel::Web, since).await.unwrap(), web, "{since:?}");
    }
}

async fn sweeping_removes_what_is_over_and_no_more_than_asked(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let at = |seconds| NOW.plus(Duration::from_secs(seconds));
    let mut work = store.begin().await.unwrap();
    // Begun, last used, whether in a browser: idle for too long, too old although used, both, neither, other channel.
    for (number, since, used, channel) in [
        (1, 50, 50, Channel::Api),
        (2, 0, 99, Channel::Api),
        (3, 0, 0, Channel::Api),
        (4, 50, 99, Channel::Api),
        (5, 0, 0, Channel::Web),
    ] {
        let session =
            Session { created_at: at(since), last_used_at: at(used), channel, ..session(number, user_id(1)) };
        work.sessions().insert(&begun(session.clone())).await.unwrap();
        work.refresh_tokens().insert(&family(session.id)).await.unwrap();
    }
    let swept = work.sessions().sweep(Channel::Api, at(60), at(10), 2).await.unwrap();
    assert_eq!(swept, 2);
    assert_eq!(work.sessions().sweep(Channel::Api, at(60), at(10), 500).await.unwrap(), 1);
    assert_eq!(work.sessions().sweep(Channel::Api, at(60), at(10), 500).await.unwrap(), 0);
    work.commit().await.unwrap();
    assert!(live(&store, 4).await.is_some() && live(&store, 5).await.is_some());
    assert_eq!(left(database).await, (2, 2));
}

/// The family, as a unit of work and the directory see it alike.
async fn stored_family(store: &SqlStore) -> Option<Family> {
    let found = store.begin().await.unwrap().refresh_tokens().find(session_id(1)).await.unwrap();
    assert_eq!(store.family(session_id(1)).await.unwrap(), found);
    found
}

async fn a_family_is_kept_as_it_was_put(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let last = Family {
        generation: Generation::from_number(u32::MAX),
        predecessor: Some(digest(9)),
        scopes: Scope::ALL.into_iter().collect(),
        issued_at: Timestamp::from_micros(1),
        ..family(session_id(1))
    };
    let mut work = store.begin().await.unwrap();
    work.sessions().insert(&begun(session(1, user_id(1)))).await.unwrap();
    work.refresh_tokens().insert(&last).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(stored_family(&store).await, Some(last));
}

async fn a_rotation_puts_the_next_token_in_place(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let before = family(session_id(1));
    let after = rotated(&before, digest(2));
    let mut work = store.begin().await.unwrap();
    work.refresh_tokens().rotate(&before, &after).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!(stored_family(&store).await, Some(after.clone()));
    // Neither the used token nor one of the right generation with another secret is what is stored.
    for wrong in [before, Family { digest: digest(9), ..after.clone() }] {
        let rotated = store.begin().await.unwrap().refresh_tokens().rotate(&wrong, &after).await;
        assert!(matches!(rotated, Err(StoreError::Conflict)), "{rotated:?}");
    }
}

async fn of_fifty_rotations_of_one_token_one_succeeds_and_leaves_one_successor(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let rotations: Vec<_> = (0..50)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let before = family(session_id(1));
                let after = rotated(&before, digest(number));
                let mut work = store.begin().await.unwrap();
                match work.refresh_tokens().rotate(&before, &after).await {
                    Ok(()) => work.commit().await.map(|()| Some(after)),
                    Err(StoreError::Conflict) => Ok(None),
                    Err(error) => Err(error),
                }
            })
        })
        .collect();
    let mut winners = Vec::new();
    for rotation in rotations {
        winners.extend(rotation.await.unwrap().unwrap());
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(stored_family(&store).await, winners.pop());
}

async fn ending_and_rotating_at_once_leaves_no_token_without_its_session(database: &Database) {
    let store = database.store().await.unwrap();
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut work = store.begin().await.unwrap();
                let done = if number % 5 == 4 {
                    work.sessions().end(session_id(1)).await.map(drop)
                } else {
                    let before = family(session_id(1));
                    match work.refresh_tokens().rotate(&before, &before).await {
                        Ok(()) => {
                            work.sessions()
                                .record_use(session_id(1), NOW.plus(Duration::from_secs(number)))
                                .await
                        }
                        failed => failed,
                    }
                };
                match done {
                    Ok(()) => work.commit().await,
                    Err(StoreError::Conflict) => Ok(()),
                    Err(error) => Err(error),
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(left(database).await, (0, 0));
}
