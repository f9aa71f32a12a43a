//! Profiles that were read a moment ago, for those whose they are: not read again, and never out of date where this store
//! could know better. On PostgreSQL, where people may change theirs at another node, each is read anew.

use crate::people::{NOW, email, hash, logged_in, session_id, somebody, suspension, user_id, username};
use crate::vault::marked;
use crate::{Database, Engine, on_both_engines};
use application::store::{SessionDirectory, Store, UnitOfWork, UserDirectory};
use domain::access::Role;
use domain::users::{Bio, Preferences, Profile, Theme, User};
use domain::vault::PersonalData;
use persistence::SqlStore;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

on_both_engines! {
    a_profile_that_was_read_a_moment_ago_is_not_read_again_for_its_owner,
    what_was_read_beside_a_session_is_not_read_again_for_its_owner,
    a_profile_is_read_anew_for_everybody_else_and_where_there_may_be_another_node,
    a_change_of_another_store_is_seen_in_a_profile_that_is_too_old,
    whatever_this_store_changes_is_seen_in_the_very_next_own_profile,
    whatever_this_store_changes_after_a_session_was_read_is_seen_in_the_very_next_own_profile,
    what_concerns_only_sessions_leaves_a_profile_known,
    nothing_is_known_of_whoever_is_gone,
    what_was_given_up_leaves_the_profile_as_it_was,
    whoever_changes_a_person_sees_it_in_their_profile_however_many_are_reading,
}

/// A store for which an answer is good for so long.
async fn store(database: &Database, known_for: Duration) -> SqlStore {
    let mut settings = database.settings();
    settings.sessions_known_for = known_for;
    database.store_with(&settings, database.sealing()).await.unwrap()
}

const LONG: Duration = Duration::from_hours(1);

/// Whether profiles are kept there.
fn keeps(database: &Database) -> bool {
    matches!(database.engine(), Engine::Sqlite)
}

async fn own(store: &SqlStore) -> Option<Profile> {
    store.own_profile(user_id(1)).await.unwrap()
}

/// Has Ann prove herself by her session.
async fn prove(store: &SqlStore) {
    assert!(SessionDirectory::find(store, session_id(1)).await.unwrap().is_some());
}

async fn delete(store: &SqlStore) {
    let mut work = store.begin().await.unwrap();
    assert!(work.users().delete(user_id(1)).await.unwrap());
    work.commit().await.unwrap();
}

async fn a_profile_that_was_read_a_moment_ago_is_not_read_again_for_its_owner(database: &Database) {
    let store = store(database, LONG).await;
    logged_in(&store, &marked(1, "ann"), 1).await;
    assert_eq!(own(&store).await, Some(marked(1, "ann")));
    let before = store.statements_run();
    assert_eq!(own(&store).await, Some(marked(1, "ann")));
    // Another handle to the same store knows the same.
    assert_eq!(own(&store.clone()).await, Some(marked(1, "ann")));
    assert_eq!(store.statements_run() == before, keeps(database));
}

async fn what_was_read_beside_a_session_is_not_read_again_for_its_owner(database: &Database) {
    let store = store(database, LONG).await;
    logged_in(&store, &marked(1, "ann"), 1).await;
    prove(&store).await;
    let before = store.statements_run();
    assert_eq!(own(&store).await, Some(marked(1, "ann")));
    // The vault, and the main database only where others may have written there.
    assert_eq!(store.statements_run() - before, if keeps(database) { 1 } else { 2 });
}

async fn a_profile_is_read_anew_for_everybody_else_and_where_there_may_be_another_node(database: &Database) {
    let (store, other) = (store(database, LONG).await, database.store().await.unwrap());
    logged_in(&store, &somebody(1, "ann"), 1).await;
    let before = own(&store).await;
    assert!(before.is_some());
    delete(&other).await;
    assert_eq!(own(&store).await, before.filter(|_| keeps(database)));
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    assert_eq!(store.account_of(user_id(1)).await.unwrap(), None);
}

async fn a_change_of_another_store_is_seen_in_a_profile_that_is_too_old(database: &Database) {
    let (store, other) = (store(database, Duration::ZERO).await, database.store().await.unwrap());
    logged_in(&store, &somebody(1, "ann"), 1).await;
    assert!(own(&store).await.is_some());
    delete(&other).await;
    assert_eq!(own(&store).await, None);
}

/// Does one thing that changes Ann's account or the person behind it.
async fn change(work: &mut dyn UnitOfWork, number: u8) {
    let ann = somebody(1, "ann");
    let address = ann.personal.email.clone();
    let bio = Bio::parse("Writes notes on an engine.").ok();
    let preferences = Preferences { theme: Theme::Dark, ..Preferences::default() };
    let changed = match number {
        0 => User { username: username("zoe"), ..ann.user },
        1 => User { preferences, ..ann.user },
        2 => User { role: Role::Moderator, ..ann.user },
        3 => User { suspension: Some(suspension(None)), ..ann.user },
        4 => {
            let personal = PersonalData { bio, ..ann.personal };
            return work.personal_data().put(user_id(1), &personal).await.unwrap();
        }
        5 => {
            let personal = PersonalData { email: email("zoe@example.com"), ..ann.personal };
            return work.personal_data().put(user_id(1), &personal).await.unwrap();
        }
        6 => return work.users().record_log_in(user_id(1), NOW.plus(LONG)).await.unwrap(),
        7 => return work.personal_data().remove(user_id(1)).await.unwrap(),
        _ => {
            assert!(work.users().delete(user_id(1)).await.unwrap());
            return;
        }
    };
    work.users().update(&changed, Some(&address)).await.unwrap();
}

async fn whatever_this_store_changes_is_seen_in_the_very_next_own_profile(database: &Database) {
    let store = store(database, LONG).await;
    for number in 0..=8 {
        logged_in(&store, &somebody(1, "ann"), 1).await;
        let before = own(&store).await;
        assert_eq!(before, Some(somebody(1, "ann")), "{number}");
        let mut work = store.begin().await.unwrap();
        change(work.as_mut(), number).await;
        work.commit().await.unwrap();
        let after = own(&store).await;
        assert_ne!(after, before, "{number}");
        assert_eq!(after, store.profile(user_id(1)).await.unwrap(), "{number}");
        let mut work = store.begin().await.unwrap();
        work.users().delete(user_id(1)).await.unwrap();
        work.commit().await.unwrap();
    }
}

async fn whatever_this_store_changes_after_a_session_was_read_is_seen_in_the_very_next_own_profile(
    database: &Database,
) {
    let store = store(database, LONG).await;
    for number in 0..=8 {
        logged_in(&store, &somebody(1, "ann"), 1).await;
        prove(&store).await;
        let mut work = store.begin().await.unwrap();
        change(work.as_mut(), number).await;
        work.commit().await.unwrap();
        let after = own(&store).await;
        assert_ne!(after, Some(somebody(1, "ann")), "{number}");
        assert_eq!(after, store.profile(user_id(1)).await.unwrap(), "{number}");
        let mut work = store.begin().await.unwrap();
        work.users().delete(user_id(1)).await.unwrap();
        work.commit().await.unwrap();
    }
}

async fn what_concerns_only_sessions_leaves_a_profile_known(database: &Database) {
    let store = store(database, LONG).await;
    logged_in(&store, &somebody(1, "ann"), 1).await;
    own(&store).await;
    let mut work = store.begin().await.unwrap();
    work.sessions().record_use(session_id(1), NOW.plus(LONG)).await.unwrap();
    work.users().set_password(user_id(1), &hash("other"), NOW).await.unwrap();
    assert!(work.sessions().end(session_id(1)).await.unwrap());
    work.commit().await.unwrap();
    let before = store.statements_run();
    assert_eq!(own(&store).await, Some(somebody(1, "ann")));
    assert_eq!(store.statements_run() == before, keeps(database));
}

async fn nothing_is_known_of_whoever_is_gone(database: &Database) {
    let (store, other) = (store(database, LONG).await, database.store().await.unwrap());
    assert_eq!(own(&store).await, None);
    logged_in(&other, &somebody(1, "ann"), 1).await;
    assert_eq!(own(&store).await, Some(somebody(1, "ann")));
    delete(&store).await;
    assert_eq!(own(&store).await, None);
}

async fn what_was_given_up_leaves_the_profile_as_it_was(database: &Database) {
    let store = store(database, LONG).await;
    logged_in(&store, &somebody(1, "ann"), 1).await;
    own(&store).await;
    for number in 0..=8 {
        let mut work = store.begin().await.unwrap();
        change(work.as_mut(), number).await;
        drop(work);
        assert_eq!(own(&store).await, Some(somebody(1, "ann")), "{number}");
    }
}

async fn whoever_changes_a_person_sees_it_in_their_profile_however_many_are_reading(database: &Database) {
    let store = store(database, LONG).await;
    let ann = somebody(1, "ann");
    logged_in(&store, &ann, 1).await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (store, done) = (store.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                while !done.load(Ordering::SeqCst) {
                    prove(&store).await;
                    own(&store).await;
                    // What is known is answered without waiting; the others are to have their turn too.
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 0..60 {
        let bio = Bio::parse(&format!("Note {number}.")).ok();
        let personal = PersonalData { bio, ..ann.personal.clone() };
        let mut work = store.begin().await.unwrap();
        work.personal_data().put(user_id(1), &personal).await.unwrap();
        // Her session is read anew after that, and what stands beside it with it.
        work.sessions().record_use(session_id(1), NOW.plus(Duration::from_secs(number))).await.unwrap();
        work.commit().await.unwrap();
        assert_eq!(own(&store).await.unwrap().personal, personal, "{number}");
    }
    done.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
    delete(&store).await;
    assert_eq!(own(&store).await, None);
}
