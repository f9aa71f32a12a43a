//! Log-ins with real hashes.

use crate::people::{somebody, user_id};
use crate::services::{hasher, services};
use crate::{Database, on_both_engines};
use application::actor::{Actor, Origin};
use application::store::{SessionDirectory, Store};
use domain::sessions::{LogIn, LogInDraft};
use domain::users::Password;
use std::sync::Arc;

on_both_engines! {
    of_many_log_ins_at_once_with_an_outdated_hash_all_succeed,
}

const PASSWORD: &str = "zebra quartz lantern";

fn form() -> LogIn {
    LogIn::parse(LogInDraft { login: Some("annlee"), password: Some(PASSWORD), device_name: None }).unwrap()
}

async fn of_many_log_ins_at_once_with_an_outdated_hash_all_succeed(database: &Database) {
    let store = database.store().await.unwrap();
    let outdated = hasher(2).hash(&Password::parse(PASSWORD).unwrap()).await.unwrap();
    let ann = somebody(1, "annlee");
    let mut work = store.begin().await.unwrap();
    work.users().insert(&ann.user, &ann.personal.email, Some(&outdated)).await.unwrap();
    work.personal_data().put(ann.user.id, &ann.personal).await.unwrap();
    work.commit().await.unwrap();
    let services = services(database, &store, &hasher(3));
    let log_ins: Vec<_> = (0..6)
        .map(|_| {
            let services = Arc::clone(&services);
            tokio::spawn(async move {
                let visitor = Actor::visitor(Origin::default());
                services.sessions.log_in_web(&visitor, form(), None).await.map(|session| session.user.id)
            })
        })
        .collect();
    for log_in in log_ins {
        assert_eq!(log_in.await.unwrap().unwrap(), user_id(1));
    }
    assert_eq!(SessionDirectory::of(&store, user_id(1), None, 10).await.unwrap().len(), 6);
    let mut raw = database.raw().await.unwrap();
    let renewed = "SELECT count(*) FROM events WHERE kind = 'password_rehashed'";
    assert_eq!(raw.number(renewed).await.unwrap(), 1, "once is enough");
}
