//! Copies that are taken while the databases are used: each is of one moment, and the two fit.

use crate::people::{NOW, settled, somebody, user_id};
use crate::vault::marked;
use crate::{Database, on_both_engines};
use application::backup::{Half, Keeper, Loaded, SnapshotError, Snapshots, Stage, Unwatched, Watcher};
use application::store::{Erasure, Store, UserDirectory, VaultKeeper};
use domain::Timestamp;
use domain::users::Profile;
use persistence::{PostgresTools, Purpose, SqlSnapshots, SqlStage, SqlStore};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tempfile::TempDir;

on_both_engines! {
    what_was_copied_is_loaded_as_it_was,
    a_copy_while_everybody_writes_has_all_that_was_committed_before_it_and_fits,
    while_a_copy_is_made_no_version_goes_from_the_vault,
    an_erasure_is_finished_when_the_copy_is_made,
    a_hold_whose_time_is_over_holds_nothing,
    somebody_whom_the_vault_of_a_copy_lacks_is_counted,
    what_is_there_is_neither_loaded_over_nor_touched,
    whoever_is_just_going_is_waited_for,
    what_was_there_is_moved_aside_and_comes_back_when_it_was_for_nothing,
    a_trial_leaves_nothing,
}

fn nobody() -> Watcher {
    Arc::new(Unwatched)
}

fn snapshots(database: &Database, store: &SqlStore) -> SqlSnapshots {
    let main = database.settings();
    let vault = database.vault_settings(&main);
    SqlSnapshots::new(store.clone(), main, vault, PostgresTools::new(None))
}

/// Copies both halves into a folder, the main one first.
async fn copied(snapshots: &SqlSnapshots) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for half in Half::BOTH {
        snapshots.copy(half, &folder.path().join(half.name()), &nobody()).await.unwrap();
    }
    folder
}

/// A stage on the databases of that test.
fn stage(purpose: Purpose, database: &Database, folder: &Path) -> SqlStage {
    let main = database.settings();
    let vault = database.vault_settings(&main);
    SqlStage::new(purpose, main, vault, folder.to_owned(), PostgresTools::new(None))
}

/// Loads what lies in a folder.
async fn loaded(stage: &SqlStage, database: &Database, copies: &Path) -> Box<dyn Loaded> {
    stage.require_room().await.unwrap();
    for half in Half::BOTH {
        fs::copy(copies.join(half.name()), stage.room(half).await.unwrap()).unwrap();
        stage.load(half, &nobody()).await.unwrap();
    }
    stage.open(database.sealing()).await.unwrap()
}

/// Another pair of databases, which are not there yet on SQLite and empty on PostgreSQL.
async fn elsewhere(database: &Database) -> Database {
    Database::create(database.engine()).await.unwrap()
}

async fn is_there(loaded: &dyn Loaded, profile: &Profile) -> bool {
    loaded.ports().users.profile(profile.user.id).await.unwrap().as_ref() == Some(profile)
}

async fn put(store: &SqlStore, person: &Profile) {
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(person.user.id, &person.personal).await.unwrap();
    work.commit().await.unwrap();
}

async fn erase(store: &SqlStore, number: u8) {
    let mut work = store.begin().await.unwrap();
    work.personal_data().remove(user_id(number)).await.unwrap();
    work.users().delete(user_id(number)).await.unwrap();
    work.erasures().record(&Erasure { user_id: user_id(number), at: NOW }).await.unwrap();
    work.commit().await.unwrap();
}

async fn what_was_copied_is_loaded_as_it_was(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    let snapshots = snapshots(database, &store);
    let (keeper, migrations) = snapshots.standing(Half::Main).await.unwrap();
    assert!(migrations >= 16 && snapshots.standing(Half::Vault).await.unwrap().0 == keeper);
    let copies = copied(&snapshots).await;
    for half in Half::BOTH {
        let mode = fs::metadata(copies.path().join(half.name())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{half:?}");
    }
    settled(&store, &somebody(2, "bob")).await;

    let (other, folder) = (elsewhere(database).await, tempfile::tempdir().unwrap());
    let stage = stage(Purpose::Vacant, &other, folder.path());
    assert_eq!(stage.keeper(Half::Main), keeper);
    let loaded = loaded(&stage, database, copies.path()).await;
    assert_eq!(loaded.missing_people(&nobody()).await.unwrap(), 0);
    assert!(is_there(loaded.as_ref(), &marked(1, "ann")).await);
    assert!(!is_there(loaded.as_ref(), &somebody(2, "bob")).await);
    loaded.close().await;
    assert!(stage.settle(NOW).await.unwrap().is_empty());
    let restored = other.store_with(&other.settings(), database.sealing()).await.unwrap();
    assert_eq!(restored.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
    restored.close().await;
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    other.remove().await.unwrap();
}

async fn a_copy_while_everybody_writes_has_all_that_was_committed_before_it_and_fits(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=20 {
        settled(&store, &somebody(number, &format!("person{number}"))).await;
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> = (0..4_u8)
        .map(|writer| {
            let (store, is_over) = (store.clone(), Arc::clone(&is_over));
            tokio::spawn(async move {
                let mut round = 0;
                while !is_over.load(Ordering::SeqCst) {
                    let number = 1 + writer * 5 + round % 5;
                    let mut person = somebody(number, &format!("person{number}"));
                    person.personal.bio = domain::users::Bio::parse(&format!("round {round}")).ok();
                    put(&store, &person).await;
                    store.tidy().await.unwrap();
                    round = round.wrapping_add(1);
                }
            })
        })
        .collect();
    let snapshots = snapshots(database, &store);
    let folder = tempfile::tempdir().unwrap();
    for round in 0..3_u8 {
        let before = somebody(100 + round, &format!("before{round}"));
        settled(&store, &before).await;
        let hold = snapshots.hold(NOW).await.unwrap();
        let copies = copied(&snapshots).await;
        assert!(snapshots.release(hold).await.unwrap());
        let stage = stage(Purpose::Trial, database, folder.path());
        let loaded = loaded(&stage, database, copies.path()).await;
        assert_eq!(loaded.missing_people(&nobody()).await.unwrap(), 0, "round {round}");
        assert!(is_there(loaded.as_ref(), &before).await);
        for number in 1..=20 {
            let person = loaded.ports().users.profile(user_id(number)).await.unwrap().unwrap();
            assert!(person.personal.unreadable.is_empty(), "{number}");
        }
        loaded.close().await;
        stage.clear().await.unwrap();
    }
    is_over.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
}

async fn versions(database: &Database) -> i64 {
    database.raw_vault().await.unwrap().number("SELECT count(*) FROM people").await.unwrap()
}

async fn while_a_copy_is_made_no_version_goes_from_the_vault(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let snapshots = snapshots(database, &store);
    let (one, other) = (snapshots.hold(NOW).await.unwrap(), snapshots.hold(NOW).await.unwrap());
    put(&store, &marked(1, "ann")).await;
    store.tidy().await.unwrap();
    assert!(snapshots.release(one).await.unwrap());
    assert!(!snapshots.release(one).await.unwrap());
    store.tidy().await.unwrap();
    assert_eq!(versions(database).await, 2);
    assert!(snapshots.release(other).await.unwrap());
    store.tidy().await.unwrap();
    assert_eq!(versions(database).await, 1);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
}

async fn an_erasure_is_finished_when_the_copy_is_made(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let snapshots = snapshots(database, &store);
    let hold = snapshots.hold(NOW).await.unwrap();
    erase(&store, 1).await;
    store.tidy().await.unwrap();
    assert_eq!((versions(database).await, store.unlisted(5).await.unwrap().len()), (1, 0));
    snapshots.release(hold).await.unwrap();
    store.tidy().await.unwrap();
    assert_eq!((versions(database).await, store.unlisted(5).await.unwrap().len()), (0, 1));
}

async fn a_hold_whose_time_is_over_holds_nothing(database: &Database) {
    let store = database.store().await.unwrap();
    let snapshots = snapshots(database, &store);
    let later = |seconds| NOW.plus(Duration::from_secs(seconds));
    let (over, stands): (_, _) =
        (snapshots.hold(later(10)).await.unwrap(), snapshots.hold(later(20)).await.unwrap());
    snapshots.sweep_holds(later(15)).await.unwrap();
    assert!(!snapshots.release(over).await.unwrap());
    assert!(snapshots.release(stands).await.unwrap());
}

async fn somebody_whom_the_vault_of_a_copy_lacks_is_counted(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=5 {
        settled(&store, &somebody(number, &format!("person{number}"))).await;
    }
    let mut vault = database.raw_vault().await.unwrap();
    for number in [2, 4] {
        let id = vault.id(user_id(number).as_uuid());
        vault.run(&format!("DELETE FROM people WHERE user_id = {id}")).await.unwrap();
    }
    assert_eq!(store.missing_people(&nobody()).await.unwrap(), 2);
    put(&store, &marked(2, "person2")).await;
    assert_eq!(store.missing_people(&nobody()).await.unwrap(), 1);
}

async fn what_is_there_is_neither_loaded_over_nor_touched(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let folder = tempfile::tempdir().unwrap();
    let refused = stage(Purpose::Vacant, database, folder.path()).require_room().await.unwrap_err();
    assert!(
        matches!(refused, SnapshotError::Refused(_)) && refused.to_string().contains("--replace"),
        "{refused}"
    );
    let used = stage(Purpose::Replace, database, folder.path()).require_room().await.unwrap_err();
    assert!(used.to_string().contains("in use"), "{used}");
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}

async fn whoever_is_just_going_is_waited_for(database: &Database) {
    let store = database.store().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let stage = stage(Purpose::Replace, database, folder.path());
    let going = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        store.close().await;
    };
    let (room, ()) = tokio::join!(stage.require_room(), going);
    room.unwrap();
}

async fn what_was_there_is_moved_aside_and_comes_back_when_it_was_for_nothing(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let copies = copied(&snapshots(database, &store)).await;
    settled(&store, &somebody(2, "bob")).await;
    store.close().await;
    let folder = tempfile::tempdir().unwrap();

    let given_up = stage(Purpose::Replace, database, folder.path());
    loaded(&given_up, database, copies.path()).await.close().await;
    given_up.clear().await.unwrap();
    let store = database.store().await.unwrap();
    assert_eq!(store.profile(user_id(2)).await.unwrap(), Some(somebody(2, "bob")));
    store.close().await;

    let meant = stage(Purpose::Replace, database, folder.path());
    loaded(&meant, database, copies.path()).await.close().await;
    let aside = meant.settle(Timestamp::from_micros(7_000_000)).await.unwrap();
    assert!(aside.len() >= 2 && aside.iter().all(|place| place.contains("before_7")), "{aside:?}");
    let store = database.store().await.unwrap();
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
    assert_eq!(store.profile(user_id(2)).await.unwrap(), None);
    store.close().await;
    let names = "SELECT username FROM xtrem_before_7.users ORDER BY username";
    match meant.keeper(Half::Main) {
        Keeper::Postgres => {
            assert_eq!(database.raw().await.unwrap().texts(names).await.unwrap(), ["ann", "bob"]);
        }
        Keeper::Sqlite => assert!(aside.iter().all(|place| Path::new(place).exists()), "{aside:?}"),
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

async fn a_trial_leaves_nothing(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let copies = copied(&snapshots(database, &store)).await;
    let folder = tempfile::tempdir().unwrap();
    let trial = stage(Purpose::Trial, database, folder.path());
    // What the first one has left would be in the way of the second.
    for _ in 0..2 {
        let loaded = loaded(&trial, database, copies.path()).await;
        assert!(is_there(loaded.as_ref(), &somebody(1, "ann")).await);
        loaded.close().await;
        trial.clear().await.unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}
