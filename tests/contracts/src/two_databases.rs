//! The main database and the vault: which belong together, and what is refused, and left as it is.

use crate::health::{answered, ready};
use crate::people::{NOW, digest, settle, settled, somebody, user_id};
use crate::{Database, Engine, Raw, on_both_engines};
use application::store::{Instance, Store, StoreError, UserDirectory, VaultError, VaultKeeper};
use domain::ids::InstanceId;
use persistence::{MigrationError, OpenError, Settings, SqlStore};

on_both_engines! {
    a_vault_is_taken_into_use_once_and_for_good,
    of_many_that_take_a_vault_into_use_all_do,
    a_vault_is_not_taken_into_use_by_an_installation_that_is_not_there,
    the_vault_of_another_installation_is_refused,
    an_empty_vault_in_the_place_of_a_full_one_is_refused_and_stays_empty,
    a_start_that_broke_off_after_the_vault_was_given_goes_on,
    one_database_is_not_taken_for_both,
    the_two_are_not_taken_for_each_other,
    a_vault_of_a_newer_version_is_refused,
    readiness_looks_at_the_vault_too,
    whoever_can_not_reach_the_vault_is_told_so_and_no_more,
    a_vault_that_stalls_holds_up_nobody_for_as_long_as_is_waited_for_a_lock,
}

fn instance(number: u8) -> Instance {
    Instance {
        id: InstanceId::new(NOW, &[number; 10]),
        key_check: digest(number),
        created_at: NOW,
        administered_at: None,
    }
}

/// A store whose installation is that one and has taken its vault into use.
pub(crate) async fn established(database: &Database, number: u8) -> SqlStore {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    work.instance().establish(&instance(number)).await.unwrap();
    work.commit().await.unwrap();
    store.establish(instance(number).id).await.unwrap();
    store
}

/// The main database of the one with the vault of the other.
async fn mixed(main: &Database, vault: &Database) -> Result<SqlStore, OpenError> {
    let settings = main.settings();
    SqlStore::open(&settings, &vault.vault_settings(&settings), main.sealing()).await
}

async fn tables(mut raw: Raw) -> i64 {
    let sql = match raw {
        Raw::Sqlite(_) => "SELECT count(*) FROM sqlite_schema",
        Raw::Postgres(_) => "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'",
    };
    raw.number(sql).await.unwrap()
}

async fn a_vault_is_taken_into_use_once_and_for_good(database: &Database) {
    let store = established(database, 1).await;
    store.establish(instance(1).id).await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    store.close().await;
    let store = established(database, 1).await;
    assert!(store.profile(user_id(1)).await.unwrap().is_some());
    let other = store.establish(instance(2).id).await;
    assert!(matches!(other, Err(VaultError::Foreign)), "{other:?}");
}

async fn of_many_that_take_a_vault_into_use_all_do(database: &Database) {
    let store = database.store().await.unwrap();
    let mut work = store.begin().await.unwrap();
    work.instance().establish(&instance(1)).await.unwrap();
    work.commit().await.unwrap();
    let starting: Vec<_> = (0..8)
        .map(|_| {
            let starting = database.store();
            tokio::spawn(async move { starting.await.unwrap().establish(instance(1).id).await })
        })
        .collect();
    for start in starting {
        start.await.unwrap().unwrap();
    }
}

async fn a_vault_is_not_taken_into_use_by_an_installation_that_is_not_there(database: &Database) {
    let store = database.store().await.unwrap();
    let refused = store.establish(instance(1).id).await;
    assert!(matches!(refused, Err(VaultError::Store(StoreError::Broken(_)))), "{refused:?}");
    assert_eq!(database.raw_vault().await.unwrap().number("SELECT count(*) FROM vault").await.unwrap(), 0);
}

async fn the_vault_of_another_installation_is_refused(database: &Database) {
    let other = Database::create(database.engine()).await.unwrap();
    let elsewhere = established(&other, 2).await;
    settled(&elsewhere, &somebody(1, "zoe")).await;
    // Whether this installation has a vault of its own by then or not.
    for _ in 0..2 {
        let store = mixed(database, &other).await.unwrap();
        let refused = store.migrate().await;
        assert!(matches!(refused, Err(MigrationError::Vault(VaultError::Foreign))), "{refused:?}");
        assert!(refused.unwrap_err().to_string().contains("vault.url"));
        let refused = store.establish(instance(1).id).await;
        assert!(refused.is_err());
        store.close().await;
        established(database, 1).await.close().await;
    }
    assert_eq!(elsewhere.profile(user_id(1)).await.unwrap(), Some(somebody(1, "zoe")));
    elsewhere.close().await;
    other.remove().await.unwrap();
}

async fn an_empty_vault_in_the_place_of_a_full_one_is_refused_and_stays_empty(database: &Database) {
    established(database, 1).await.close().await;
    let other = Database::create(database.engine()).await.unwrap();
    let told = match database.engine() {
        // A file that is not there is not made.
        Engine::Sqlite => {
            let refused = mixed(database, &other).await.map(drop).unwrap_err();
            assert!(matches!(refused, OpenError::Vault(VaultError::Lost)), "{refused:?}");
            assert!(!other.vault_file().exists());
            std::fs::write(other.vault_file(), b"").unwrap();
            refused.to_string()
        }
        Engine::Postgres => String::new(),
    };
    let store = mixed(database, &other).await.unwrap();
    let refused = store.migrate().await;
    assert!(matches!(refused, Err(MigrationError::Vault(VaultError::Lost))), "{refused:?}");
    assert!(told.is_empty() || told == refused.unwrap_err().to_string());
    assert_eq!(tables(other.raw_vault().await.unwrap()).await, 0);
    store.close().await;
    // One with tables and nobody's is as empty.
    let emptied = other.store().await.unwrap();
    emptied.close().await;
    let store = mixed(database, &other).await.unwrap();
    let refused = store.establish(instance(1).id).await;
    assert!(matches!(refused, Err(VaultError::Lost)), "{refused:?}");
    store.close().await;
    established(database, 1).await.close().await;
    other.remove().await.unwrap();
}

async fn a_start_that_broke_off_after_the_vault_was_given_goes_on(database: &Database) {
    established(database, 1).await.close().await;
    let mut raw = database.raw().await.unwrap();
    let no = raw.truth(false);
    raw.run(&format!("UPDATE instance SET has_vault = {no}")).await.unwrap();
    established(database, 1).await.close().await;
    let yes = raw.truth(true);
    let noted = format!("SELECT count(*) FROM instance WHERE has_vault = {yes}");
    assert_eq!(raw.number(&noted).await.unwrap(), 1);
}

/// Other names of the same database.
fn names(database: &Database) -> Vec<String> {
    match database.engine() {
        Engine::Postgres => {
            vec![
                database.url(),
                database.url().replace("127.0.0.1", "localhost"),
                format!("{}?sslmode=disable", database.url()),
            ]
        }
        Engine::Sqlite => {
            let (file, folder) = (database.file(), database.file().parent().unwrap().to_owned());
            let (soft, hard) = (folder.join("soft.db"), folder.join("hard.db"));
            std::fs::write(&file, b"").unwrap();
            std::os::unix::fs::symlink(&file, &soft).unwrap();
            std::fs::hard_link(&file, &hard).unwrap();
            [file, soft, hard, folder.join("../").join(folder.file_name().unwrap()).join("xtrem.db")]
                .iter()
                .map(|path| path.display().to_string())
                .collect()
        }
    }
}

async fn one_database_is_not_taken_for_both(database: &Database) {
    let names = names(database);
    // Before there are tables, and after.
    for _ in 0..2 {
        for name in &names {
            let refused =
                SqlStore::open(&database.settings(), &Settings::new(name), database.sealing()).await;
            let refused = refused.map(drop).unwrap_err();
            assert!(matches!(refused, OpenError::Mistaken { .. }), "{name}: {refused:?}");
            let told = refused.to_string();
            assert!(told.contains("vault.url") && told.contains("the main database"), "{told}");
        }
        database.store().await.unwrap().close().await;
    }
}

async fn the_two_are_not_taken_for_each_other(database: &Database) {
    database.store().await.unwrap().close().await;
    let (main, vault) = (database.settings(), database.vault_settings(&database.settings()));
    let refused = SqlStore::open(&vault, &main, database.sealing()).await.map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Mistaken { .. }), "{refused:?}");
    let other = Database::create(database.engine()).await.unwrap();
    let refused = SqlStore::open(&other.settings(), &main, database.sealing()).await.map(drop).unwrap_err();
    assert!(matches!(refused, OpenError::Mistaken { .. }), "{refused:?}");
    other.remove().await.unwrap();
}

async fn a_vault_of_a_newer_version_is_refused(database: &Database) {
    database.store().await.unwrap().close().await;
    let sql = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9999, 'future', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    database.raw_vault().await.unwrap().run(sql).await.unwrap();
    let store = database.open(&database.settings()).await.unwrap();
    assert!(matches!(store.migrate().await, Err(MigrationError::Newer(9999))));
    assert!(matches!(store.pending_migrations().await, Err(MigrationError::Newer(9999))));
}

/// Somebody else takes the vault in hand, so that nobody changes it.
async fn locked(database: &Database) -> Raw {
    let mut vault = database.raw_vault().await.unwrap();
    let lock = match vault {
        Raw::Sqlite(_) => "BEGIN EXCLUSIVE",
        Raw::Postgres(_) => "BEGIN; LOCK TABLE people, _sqlx_migrations IN ACCESS EXCLUSIVE MODE",
    };
    vault.run(lock).await.unwrap();
    vault
}

async fn readiness_looks_at_the_vault_too(database: &Database) {
    let store = database.store_with(&database.impatient(), database.sealing()).await.unwrap();
    answered(|| ready(&store)).await;
    let mut vault = locked(database).await;
    let refused = ready(&store).await;
    assert!(matches!(refused, Err(StoreError::Unavailable(_))), "{refused:?}");
    vault.run("ROLLBACK").await.unwrap();
    answered(|| ready(&store)).await;
}

async fn whoever_can_not_reach_the_vault_is_told_so_and_no_more(database: &Database) {
    let store = database.store_with(&database.impatient(), database.sealing()).await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut vault = locked(database).await;
    let mut work = store.begin().await.unwrap();
    work.personal_data().put(user_id(1), &somebody(1, "ann").personal).await.unwrap();
    let committed = work.commit().await;
    assert!(matches!(committed, Err(StoreError::Unavailable(_))), "{committed:?}");
    // What needs no more than the main database goes on.
    assert!(store.account_of(user_id(1)).await.unwrap().is_some());
    vault.run("ROLLBACK").await.unwrap();
    assert_eq!(answered(|| store.profile(user_id(1))).await, Some(somebody(1, "ann")));
    // A vault that did not answer is left alone for a moment.
    answered(|| store.tidy()).await;
    let mut vault = database.raw_vault().await.unwrap();
    assert_eq!(vault.number("SELECT count(*) FROM people").await.unwrap(), 1);
}

/// On PostgreSQL a unit of work begins in the vault, and the first of its answers does not come.
async fn a_vault_that_stalls_holds_up_nobody_for_as_long_as_is_waited_for_a_lock(database: &Database) {
    let store = database.store().await.unwrap();
    let mut vault = locked(database).await;
    let mut work = store.begin_shared().await.unwrap();
    settle(work.as_mut(), &somebody(1, "ann")).await;
    let committed = work.commit().await;
    let Err(StoreError::Unavailable(why)) = committed else { panic!("{committed:?}") };
    assert!(why.contains("does not answer in time"), "{why}");
    assert!(store.account_of(user_id(1)).await.unwrap().is_none());
    vault.run("ROLLBACK").await.unwrap();
}
