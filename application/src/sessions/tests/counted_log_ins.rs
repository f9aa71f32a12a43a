//! Every log-in is counted once, by what came of it.

use super::{issued, names, opens, signs};
use crate::hashing::HashError;
use crate::testing::cast::{
    DIFFERS, KEY, MATCHES, anns, checks, failure_work, failures, finds, gone, keyed, stage, suspended,
};
use crate::testing::{Stage, Tally, samples};
use crate::tokens::KeyError;
use domain::access::{Role, Scope, Scopes};
use domain::sessions::{Attempts, Token};
use mockall::predicate::eq;
use std::time::Duration;

const LOG_INS: &str = "xtrem_log_ins_total";

fn under() -> String {
    format!("account:{}", samples::user_id(1))
}

/// Ann's name is known.
fn known() -> Stage {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    stage
}

/// And her password is right.
fn proved() -> Stage {
    let mut stage = known();
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    stage
}

/// What a log-in over the API counts.
async fn counted(stage: Stage, asked: Option<Scopes>) -> Vec<(String, f64)> {
    let (house, tally) = (stage.open(), Tally::default());
    let _taken = tally.take();
    let form = samples::log_in("annlee").unwrap();
    let _ = house.sessions.log_in(&samples::visitor(), form, asked).await;
    tally.of(LOG_INS)
}

fn once(channel: &str, outcome: &str) -> Vec<(String, f64)> {
    vec![(format!("method=password channel={channel} outcome={outcome}"), 1.0)]
}

#[tokio::test]
async fn one_that_succeeds() {
    let mut stage = proved();
    signs(&mut stage);
    let mut work = opens(&stage, anns(Role::User));
    work.keep_events();
    stage.begins([work]);
    assert_eq!(counted(stage, None).await, once("api", "succeeded"));
}

#[tokio::test]
async fn one_at_a_browser() {
    let mut stage = proved();
    stage.opaque_tokens.expect_cookie().times(1).return_once(|_| issued("cookie", samples::digest(6)));
    stage.opaque_tokens.expect_device_mark().times(1).return_once(|_, _| Token::new("mark".to_owned()));
    let mut work = stage.work();
    finds(&mut work, Some(anns(Role::User)));
    work.sessions.expect_insert().times(1).return_once(|_| Ok(()));
    work.users.expect_record_log_in().times(1).return_once(|_, _| Ok(()));
    work.attempts.expect_clear_of().times(1).return_once(|_| Ok(true));
    work.keep_events();
    stage.begins([work]);
    let (house, tally) = (stage.open(), Tally::default());
    let _taken = tally.take();
    let form = || samples::log_in("annlee").unwrap();
    assert!(house.sessions.log_in_web(&samples::visitor(), form(), None).await.is_ok());
    assert_eq!(tally.of(LOG_INS), once("web", "succeeded"));
}

#[tokio::test]
async fn one_that_fails_at_a_browser() {
    let stage = known();
    stage.throttle.refuse(Duration::from_secs(17));
    let (house, tally) = (stage.open(), Tally::default());
    let _taken = tally.take();
    let form = samples::log_in("annlee").unwrap();
    assert!(house.sessions.log_in_web(&samples::visitor(), form, None).await.is_err());
    assert_eq!(tally.of(LOG_INS), once("web", "throttled"));
}

#[tokio::test]
async fn one_with_a_wrong_password_or_a_name_that_nobody_has() {
    let mut wrong = known();
    checks(&mut wrong, &under(), Some(samples::hash()), None, DIFFERS);
    let (work, _) = failure_work(&wrong, Some(samples::user_id(1)), None);
    wrong.begins([work]);
    assert_eq!(counted(wrong, None).await, once("api", "failed"));
    let mut unknown = stage();
    names(&mut unknown, "annlee", None);
    checks(&mut unknown, "name:annlee", None, None, DIFFERS);
    let (work, _) = failure_work(&unknown, None, None);
    unknown.begins([work]);
    assert_eq!(counted(unknown, None).await, once("api", "failed"));
}

#[tokio::test]
async fn one_whose_account_was_deleted_at_the_same_moment() {
    let mut stage = proved();
    signs(&mut stage);
    let mut work = stage.work();
    finds(&mut work, None);
    names(&mut stage, "annlee", None);
    checks(&mut stage, "name:annlee", None, None, DIFFERS);
    let (failure, _) = failure_work(&stage, None, None);
    stage.begins([work, failure]);
    assert_eq!(counted(stage, None).await, once("api", "failed"));
}

#[tokio::test]
async fn one_that_has_to_wait_or_for_which_waiting_does_not_help() {
    for (before, outcome) in [(failures(7), "throttled"), (failures(Attempts::LIMIT), "locked")] {
        let mut stage = known();
        keyed(&mut stage, &under());
        stage.attempts.expect_find().with(eq(KEY)).times(1).return_once(move |_| Ok(Some(before)));
        assert_eq!(counted(stage, None).await, once("api", outcome));
    }
}

#[tokio::test]
async fn one_to_a_suspended_account() {
    let mut stage = proved();
    signs(&mut stage);
    let mut work = stage.work();
    finds(&mut work, Some(suspended(anns(Role::User))));
    work.keep_events();
    stage.begins([work]);
    assert_eq!(counted(stage, None).await, once("api", "suspended"));
}

#[tokio::test]
async fn one_that_asks_for_too_much() {
    let mut stage = proved();
    let mut work = stage.work();
    work.keep_events();
    stage.begins([work]);
    let asked = [Scope::AdminWrite].into_iter().collect();
    assert_eq!(counted(stage, Some(asked)).await, once("api", "invalid_scope"));
}

#[tokio::test]
async fn one_that_finds_the_line_of_hashes_full_or_a_hasher_that_has_stopped() {
    for (error, outcome) in [(HashError::Busy, "busy"), (HashError::Broken, "error")] {
        let mut stage = known();
        keyed(&mut stage, &under());
        stage.attempts.expect_find().times(1).return_once(|_| Ok(None));
        stage.hasher.expect_verify().times(1).return_once(move |_, _| Err(error));
        assert_eq!(counted(stage, None).await, once("api", outcome));
    }
}

#[tokio::test]
async fn one_that_fails_for_want_of_a_store_or_of_a_key() {
    let mut without_store = stage();
    without_store.users.expect_account().times(1).return_once(|_| Err(gone()));
    assert_eq!(counted(without_store, None).await, once("api", "error"));
    let mut without_key = proved();
    without_key
        .opaque_tokens
        .expect_refresh()
        .times(1)
        .return_once(|_, _, _| issued("refresh-1", samples::digest(5)));
    without_key.access_tokens.expect_sign().times(1).return_once(|_| Err(KeyError::Broken));
    assert_eq!(counted(without_key, None).await, once("api", "error"));
}
