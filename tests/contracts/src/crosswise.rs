//! Those who want what another one holds who wants what they hold.

use crate::people::{logged_in, session_id, somebody, user_id};
use crate::services::{Services, hasher, services};
use crate::two_databases::established;
use crate::{Database, Raw, on_both_engines};
use application::actor::Actor;
use application::store::{SessionDirectory, UserDirectory};
use application::users::SuspensionOrder;
use domain::ids::UserId;
use domain::users::{Justification, Status};
use persistence::SqlStore;
use std::sync::Arc;
use std::time::Duration;

on_both_engines! {
    whoever_ends_all_sessions_outlives_somebody_who_takes_their_rows_crosswise,
    whoever_suspends_somebody_outlives_somebody_who_takes_their_rows_crosswise,
    whoever_erases_somebody_outlives_somebody_who_takes_their_rows_crosswise,
}

/// How many of the store wait for a row.
const WAITING: &str = "
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'xtrem' AND wait_event_type = 'Lock'";

/// Does something that ends the session of that number, while somebody else has the session and then wants its token, which
/// is taken by then. Nothing comes of it where it was the other one who was sent away: PostgreSQL asks each who waits, after a
/// while, whether they wait in a circle, and sends away whoever finds that they do.
async fn crosswise<T: Send + 'static>(
    mut other: Raw,
    database: &Database,
    number: u8,
    act: impl Future<Output = T> + Send + 'static,
) -> Option<T> {
    let id = session_id(number);
    other.run(&format!("BEGIN; SELECT 1 FROM sessions WHERE id = '{id}' FOR UPDATE")).await.unwrap();
    let acting = tokio::spawn(act);
    let mut looking = database.raw().await.unwrap();
    while looking.number(WAITING).await.unwrap() == 0 {
        assert!(!acting.is_finished(), "it did not wait");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let taken =
        other.run(&format!("SELECT 1 FROM refresh_tokens WHERE session_id = '{id}' FOR UPDATE")).await;
    other.run("ROLLBACK").await.unwrap();
    let outcome = acting.await.unwrap();
    taken.is_ok().then_some(outcome)
}

/// What comes of something that ends the session of somebody who has one, where another one is preferred to it.
async fn outlived<T, F>(database: &Database, store: &SqlStore, act: impl Fn(Arc<Services>, UserId) -> F) -> T
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let services = services(database, store, &hasher(2));
    for number in 1..10 {
        logged_in(store, &somebody(number, &format!("user-{number}")), number).await;
        let act = act(Arc::clone(&services), user_id(number));
        let outcome = match database.raw().await.unwrap() {
            // There nobody else writes meanwhile.
            Raw::Sqlite(_) => Some(act.await),
            other @ Raw::Postgres(_) => crosswise(other, database, number, act).await,
        };
        if let Some(outcome) = outcome {
            assert_eq!(SessionDirectory::find(store, session_id(number)).await.unwrap(), None);
            return outcome;
        }
    }
    panic!("the other one was sent away each time");
}

async fn whoever_ends_all_sessions_outlives_somebody_who_takes_their_rows_crosswise(database: &Database) {
    let store = established(database, 1).await;
    let end = |services: Arc<Services>, user| async move {
        services.sessions.end_all_of(&Actor::system(), user).await
    };
    assert_eq!(outlived(database, &store, end).await.unwrap(), 1);
}

async fn whoever_suspends_somebody_outlives_somebody_who_takes_their_rows_crosswise(database: &Database) {
    let store = established(database, 1).await;
    let suspend = |services: Arc<Services>, user| async move {
        let reason = Justification::parse("Sends spam.").unwrap();
        let order = SuspensionOrder { reason, until: None, password: None };
        services.users.suspend(&Actor::system(), user, order).await
    };
    assert_eq!(outlived(database, &store, suspend).await.unwrap().user.status(), Status::Suspended);
}

async fn whoever_erases_somebody_outlives_somebody_who_takes_their_rows_crosswise(database: &Database) {
    let store = established(database, 1).await;
    let erase = |services: Arc<Services>, user| async move {
        (user, services.users.delete(&Actor::system(), user).await)
    };
    let (user, erased) = outlived(database, &store, erase).await;
    assert!(erased.is_ok(), "{erased:?}");
    assert_eq!(store.account_of(user).await.unwrap(), None);
}
