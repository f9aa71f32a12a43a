//! How the databases are.

use crate::chain::{at, join, record};
use crate::people::{settled, somebody, user_id};
use crate::{Database, Raw, on_both_engines};
use application::store::{Backlog, Half, Store, StoreError, StoreHealth};
use domain::Timestamp;
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::EventId;
use persistence::SqlStore;
use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long anything may take before a contract gives up on it.
const PATIENCE: Duration = Duration::from_mins(1);

on_both_engines! {
    what_waits_for_the_chain_is_counted_from_its_earliest_moment_on,
    what_was_not_committed_does_not_wait,
    more_than_anybody_wants_to_know_is_not_counted,
    a_half_in_trouble_says_nothing_of_the_other,
    without_tables_a_database_answers_and_says_how_much_is_missing,
}

/// Whether both halves can be used.
pub(crate) async fn ready(store: &SqlStore) -> Result<(), StoreError> {
    for half in Half::BOTH {
        StoreHealth::ready(store, half).await?;
    }
    match store.missing_migrations().await? {
        0 => Ok(()),
        missing => Err(StoreError::Unavailable(format!("{missing} migrations are missing"))),
    }
}

/// Asks until there is an answer: on a machine that has much else to do a look may end without one, and a database that is
/// free again is so a moment later.
pub(crate) async fn answered<T: Debug, F>(ask: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, StoreError>>,
{
    let begun = Instant::now();
    loop {
        match ask().await {
            Err(StoreError::Unavailable(_)) if begun.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            answer => return answer.unwrap(),
        }
    }
}

fn event(number: u8) -> Event {
    let at = at(u64::from(number));
    Event {
        id: EventId::new(at, &[number; 10]),
        sequence: None,
        kind: EventKind::LoggedOut,
        actor: ActorRef::User(user_id(1)),
        subject: Some(user_id(1)),
        at,
        address: None,
        request_id: None,
        detail: Vec::new(),
        private: Vec::new(),
    }
}

async fn what_waits_for_the_chain_is_counted_from_its_earliest_moment_on(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    assert_eq!(answered(|| store.backlog()).await, Backlog::default());
    record(&store, &[event(5), event(3), event(4)]).await;
    assert_eq!(answered(|| store.backlog()).await, Backlog { events: 3, since: Some(at(3)) });
    join(&store, &*database.sealing()).await;
    assert_eq!(answered(|| store.backlog()).await, Backlog::default());
    record(&store, &[event(7)]).await;
    assert_eq!(answered(|| store.backlog()).await, Backlog { events: 1, since: Some(at(7)) });
}

async fn what_was_not_committed_does_not_wait(database: &Database) {
    let store = database.store().await.unwrap();
    settled(&store, &somebody(1, "ann")).await;
    let mut work = store.begin().await.unwrap();
    work.audit().record(&event(3)).await.unwrap();
    assert_eq!(answered(|| store.backlog()).await, Backlog::default());
    drop(work);
    assert_eq!(answered(|| store.backlog()).await, Backlog::default());
}

async fn more_than_anybody_wants_to_know_is_not_counted(database: &Database) {
    let store = database.store().await.unwrap();
    let mut raw = database.raw().await.unwrap();
    let (most, no) = (Backlog::MOST, raw.truth(false));
    let id = match &raw {
        Raw::Sqlite(_) => "unhex(printf('%032x', n))",
        Raw::Postgres(_) => "CAST(lpad(to_hex(n), 32, '0') AS UUID)",
    };
    let events = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n <= {most})
         INSERT INTO events (id, kind, actor, at, in_clear, detail)
         SELECT {id}, 'logged_out', 'system', n, {no}, '{{}}' FROM numbers"
    );
    raw.run(&events).await.unwrap();
    assert_eq!(raw.number("SELECT count(*) FROM events").await.unwrap(), i64::from(most) + 1);
    let backlog = Backlog { events: u64::from(most), since: Some(Timestamp::from_micros(1)) };
    assert_eq!(answered(|| store.backlog()).await, backlog);
}

/// Somebody keeps others from changing the vault.
async fn spoil_vault(database: &Database) -> Raw {
    let mut vault = database.raw_vault().await.unwrap();
    let spoil = match vault {
        Raw::Sqlite(_) => "BEGIN IMMEDIATE".to_owned(),
        Raw::Postgres(_) => {
            let name = database.vault_file().display().to_string();
            format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on")
        }
    };
    vault.run(&spoil).await.unwrap();
    vault
}

async fn a_half_in_trouble_says_nothing_of_the_other(database: &Database) {
    database.store().await.unwrap().close().await;
    let _spoilt = spoil_vault(database).await;
    let store = database.open(&database.impatient()).await.unwrap();
    answered(|| StoreHealth::ready(&store, Half::Main)).await;
    let ready = StoreHealth::ready(&store, Half::Vault).await;
    assert!(matches!(ready, Err(StoreError::Unavailable(_))), "{ready:?}");
    assert_eq!(answered(|| store.backlog()).await, Backlog::default());
}

async fn without_tables_a_database_answers_and_says_how_much_is_missing(database: &Database) {
    let store = database.open(&database.settings()).await.unwrap();
    for half in Half::BOTH {
        answered(|| StoreHealth::ready(&store, half)).await;
    }
    assert_eq!(answered(|| store.missing_migrations()).await, store.pending_migrations().await.unwrap());
    let ready = ready(&store).await;
    assert!(matches!(ready, Err(StoreError::Unavailable(_))), "{ready:?}");
    assert!(store.backlog().await.is_err());
}
