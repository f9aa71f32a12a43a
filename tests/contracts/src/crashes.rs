//! Whatever breaks between the two databases heals: nothing that nobody points to stays, nothing that somebody points to
//! is missing, and nothing that is just being written is touched.

use crate::people::{NOW, begun, session, settle, settled, somebody, still_waits, user_id};
use crate::vault::marked;
use crate::{Database, Engine, Raw, on_both_engines};
use application::store::{Erasure, Store, UnitOfWork, UserDirectory, VaultKeeper};
use domain::access::Role;
use domain::users::{Profile, User, UserQuery};
use persistence::SqlStore;

on_both_engines! {
    a_sign_up_that_breaks_after_the_vault_was_written_leaves_nothing,
    a_change_that_breaks_after_the_vault_was_written_leaves_what_was_there,
    a_process_that_ends_before_the_old_version_is_removed_is_finished_by_the_next_one,
    a_process_that_ends_before_the_cells_of_an_erased_person_go_is_finished_by_the_next_one,
    what_is_just_being_written_is_left_alone,
    any_number_that_tidy_at_once_remove_no_more_than_one,
    whatever_is_broken_off_anywhere_heals,
}

/// Lets every unit of work that changes the counts of accounts fail just before its end, when the vault was written.
async fn break_the_end(main: &mut Raw) {
    let sql = match main {
        Raw::Sqlite(_) => {
            "CREATE TRIGGER stop BEFORE INSERT ON user_counts BEGIN SELECT RAISE(ABORT, 'stopped'); END"
        }
        Raw::Postgres(_) => {
            "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stopped''; END';
            CREATE TRIGGER stop BEFORE INSERT ON user_counts FOR EACH ROW EXECUTE FUNCTION stop()"
        }
    };
    main.run(sql).await.unwrap();
}

async fn mend_the_end(main: &mut Raw) {
    let sql = match main {
        Raw::Sqlite(_) => "DROP TRIGGER stop",
        Raw::Postgres(_) => "DROP TRIGGER stop ON user_counts",
    };
    main.run(sql).await.unwrap();
}

async fn rows(database: &Database, table: &str) -> i64 {
    database.raw_vault().await.unwrap().number(&format!("SELECT count(*) FROM {table}")).await.unwrap()
}

/// As the next process finds it.
async fn restarted(database: &Database, store: SqlStore) -> SqlStore {
    store.close().await;
    let store = database.store().await.unwrap();
    store.tidy().await.unwrap();
    assert_eq!(store.tidy().await.unwrap(), 0);
    assert_eq!(rows(database, "pending").await, 0);
    store
}

async fn a_sign_up_that_breaks_after_the_vault_was_written_leaves_nothing(database: &Database) {
    let store = database.store().await.unwrap();
    let mut main = database.raw().await.unwrap();
    break_the_end(&mut main).await;
    let mut work = store.begin().await.unwrap();
    settle(work.as_mut(), &marked(1, "ann")).await;
    assert!(work.commit().await.is_err());
    assert_eq!((rows(database, "people").await, rows(database, "pending").await), (1, 1));
    mend_the_end(&mut main).await;
    drop(main);
    let store = restarted(database, store).await;
    assert_eq!(rows(database, "people").await, 0);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), None);
    settled(&store, &marked(1, "ann")).await;
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
}

async fn a_change_that_breaks_after_the_vault_was_written_leaves_what_was_there(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    store.tidy().await.unwrap();
    let mut main = database.raw().await.unwrap();
    break_the_end(&mut main).await;
    let mut work = store.begin().await.unwrap();
    let raised = User { role: Role::Moderator, ..somebody(1, "ann").user };
    work.users().update(&raised, None).await.unwrap();
    work.personal_data().put(user_id(1), &marked(1, "ann").personal).await.unwrap();
    assert!(work.commit().await.is_err());
    assert_eq!((rows(database, "people").await, rows(database, "pending").await), (2, 1));
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
    mend_the_end(&mut main).await;
    drop(main);
    let store = restarted(database, store).await;
    assert_eq!(rows(database, "people").await, 1);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(somebody(1, "ann")));
}

async fn put(store: &SqlStore, person: &Profile) {
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(person.user.id, &person.personal).await.unwrap();
    work.commit().await.unwrap();
}

async fn a_process_that_ends_before_the_old_version_is_removed_is_finished_by_the_next_one(
    database: &Database,
) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    put(&store, &marked(1, "ann")).await;
    assert_eq!(rows(database, "people").await, 2);
    let store = restarted(database, store).await;
    assert_eq!(rows(database, "people").await, 1);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
}

async fn a_process_that_ends_before_the_cells_of_an_erased_person_go_is_finished_by_the_next_one(
    database: &Database,
) {
    let store = database.store().await.unwrap();
    settled(&store, &marked(1, "ann")).await;
    settled(&store, &somebody(2, "bob")).await;
    store.tidy().await.unwrap();
    let mut work = store.begin().await.unwrap();
    work.users().delete(user_id(1)).await.unwrap();
    work.erasures().record(&Erasure { user_id: user_id(1), at: NOW }).await.unwrap();
    work.commit().await.unwrap();
    assert_eq!((rows(database, "people").await, rows(database, "pending").await), (2, 1));
    let store = restarted(database, store).await;
    assert_eq!(rows(database, "people").await, 1);
    assert_eq!(store.unlisted(5).await.unwrap(), [Erasure { user_id: user_id(1), at: NOW }]);
    assert_eq!(store.profile(user_id(2)).await.unwrap(), Some(somebody(2, "bob")));
}

/// PostgreSQL: a sign-up stands still between the vault and its commit, because somebody else has the counts.
async fn stuck_sign_up(database: &Database, store: &SqlStore) {
    let mut other = database.raw().await.unwrap();
    settled(store, &somebody(2, "bob")).await;
    store.tidy().await.unwrap();
    other.run("BEGIN; UPDATE user_counts SET count = count").await.unwrap();
    let mut signing_up = tokio::spawn({
        let store = store.clone();
        async move { settled(&store, &marked(1, "ann")).await }
    });
    while rows(database, "people").await < 2 {
        tokio::task::yield_now().await;
    }
    for _ in 0..3 {
        assert_eq!(store.tidy().await.unwrap(), 0);
    }
    still_waits(&mut signing_up).await;
    assert_eq!(rows(database, "people").await, 2);
    other.run("ROLLBACK").await.unwrap();
    signing_up.await.unwrap();
}

/// SQLite: another process has written the vault and is about to point to it; nobody else gets the turn to write.
async fn stuck_elsewhere(database: &Database, store: &SqlStore) {
    settled(store, &somebody(1, "ann")).await;
    store.tidy().await.unwrap();
    let (mut main, mut vault) = (database.raw().await.unwrap(), database.raw_vault().await.unwrap());
    let (id, version) = (main.id(user_id(1).as_uuid()), main.bytes(&[9; 16]));
    main.run("BEGIN IMMEDIATE").await.unwrap();
    let cells = "email, full_name, bio, location, website";
    let sql = format!(
        "INSERT INTO people (user_id, version, {cells}) SELECT user_id, {version}, {cells} FROM people;
        INSERT INTO pending (user_id, version) VALUES ({id}, {version})"
    );
    vault.run(&sql).await.unwrap();
    let mut tidying = tokio::spawn({
        let store = store.clone();
        async move { store.tidy().await.unwrap() }
    });
    still_waits(&mut tidying).await;
    main.run(&format!("UPDATE data_keys SET vault_version = {version}; COMMIT")).await.unwrap();
    assert_eq!(tidying.await.unwrap(), 1);
    let left = vault.number(&format!("SELECT count(*) FROM people WHERE version = {version}")).await.unwrap();
    assert_eq!((left, rows(database, "people").await), (1, 1));
    put(store, &marked(1, "ann")).await;
}

async fn what_is_just_being_written_is_left_alone(database: &Database) {
    let store = database.store().await.unwrap();
    match database.engine() {
        Engine::Sqlite => stuck_elsewhere(database, &store).await,
        Engine::Postgres => stuck_sign_up(database, &store).await,
    }
    store.tidy().await.unwrap();
    assert_eq!(rows(database, "pending").await, 0);
    assert_eq!(store.profile(user_id(1)).await.unwrap(), Some(marked(1, "ann")));
}

async fn any_number_that_tidy_at_once_remove_no_more_than_one(database: &Database) {
    let store = database.store().await.unwrap();
    for number in 1..=40 {
        settled(&store, &somebody(number, &format!("user-{number}"))).await;
    }
    let tidying: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { store.tidy().await.unwrap() })
        })
        .collect();
    for number in 1..=40 {
        put(&store, &marked(number, &format!("user-{number}"))).await;
    }
    for tidying in tidying {
        tidying.await.unwrap();
    }
    store.tidy().await.unwrap();
    assert_eq!((rows(database, "people").await, rows(database, "pending").await), (40, 0));
    for number in 1..=40 {
        let expected = marked(number, &format!("user-{number}"));
        assert_eq!(store.profile(user_id(number)).await.unwrap(), Some(expected));
    }
}

/// Everything that may happen to somebody in one unit of work; some of it fails where another one was given up.
async fn live(store: &SqlStore, number: u8) -> Option<()> {
    let name = format!("user-{number}");
    let mut work: Box<dyn UnitOfWork> = store.begin().await.ok()?;
    let found = work.users().find(user_id(number)).await.ok()?;
    match found {
        None => settle(work.as_mut(), &somebody(number, &name)).await,
        Some(_) if number.is_multiple_of(3) => {
            work.users().delete(user_id(number)).await.ok()?;
            work.erasures().record(&Erasure { user_id: user_id(number), at: NOW }).await.ok()?;
        }
        Some(_) => {
            work.personal_data().put(user_id(number), &marked(number, &name).personal).await.ok()?;
            work.sessions().insert(&begun(session(number, user_id(number)))).await.ok()?;
        }
    }
    work.commit().await.ok()
}

async fn whatever_is_broken_off_anywhere_heals(database: &Database) {
    let store = database.store().await.unwrap();
    for pauses in 0_u32..80 {
        let number = u8::try_from(pauses % 4).unwrap() + 1;
        let life = tokio::spawn({
            let store = store.clone();
            async move { live(&store, number).await }
        });
        for _ in 0..pauses * pauses {
            tokio::task::yield_now().await;
        }
        life.abort();
        let _whatever_became_of_it = life.await;
        if pauses % 9 == 0 {
            store.tidy().await.unwrap();
        }
    }
    let store = restarted(database, store).await;
    let people = UserDirectory::page(&store, &UserQuery::default(), 10).await.unwrap();
    let accounts = database.raw().await.unwrap().number("SELECT count(*) FROM users").await.unwrap();
    assert_eq!(i64::try_from(people.len()).unwrap(), accounts);
    assert_eq!(rows(database, "people").await, accounts);
    assert!(people.iter().all(|profile| profile.personal.unreadable.is_empty()));
}
