//! What may happen to an account between the check of its password and the log-in that is written down.

use super::{names, opens, signs};
use crate::fault::FaultKind;
use crate::hashing::HashError;
use crate::sessions::{Grant, LogInError};
use crate::store::{Account, StoreError};
use crate::testing::cast::{
    DIFFERS, MATCHES, OUTDATED, anns, assert_event, checks, failure_work, finds, gone, hashes, other_hash,
    stage, suspended, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use mockall::predicate::eq;

fn under() -> String {
    format!("account:{}", samples::user_id(1))
}

async fn log_in(stage: Stage) -> (Result<Grant, LogInError>, House) {
    let house = stage.open();
    let form = samples::log_in("annlee").unwrap();
    (house.sessions.log_in(&samples::visitor(), form, None).await, house)
}

fn proved(account: Account) -> Stage {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(account));
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    stage
}

#[tokio::test]
async fn a_suspended_account_is_told_so_and_audited_when_the_password_is_right() {
    for before in [anns(Role::User), suspended(anns(Role::User))] {
        let mut stage = proved(before);
        signs(&mut stage);
        let mut work = stage.work();
        finds(&mut work, Some(suspended(anns(Role::User))));
        let (events, committed) = (work.keep_events(), work.committed());
        stage.begins([work]);
        let (answer, house) = log_in(stage).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "account-suspended"));
        assert!(committed.happened());
        assert_eq!(house.journal.steps(), ["enter", "verify", "begin", "users", "audit", "commit", "leave"]);
        let [event] = &events.all()[..] else { panic!("one event") };
        let detail = [("reason", "account-suspended")];
        assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, Some(samples::user_id(1)), &detail);
    }
}

#[tokio::test]
async fn nobody_learns_of_a_suspension_without_the_password() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(suspended(anns(Role::User))));
    checks(&mut stage, &under(), Some(samples::hash()), None, DIFFERS);
    let (work, _) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let (answer, _) = log_in(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
}

#[tokio::test]
async fn a_suspension_that_has_ended_by_itself_keeps_nobody_out_though_nobody_wrote_it_down() {
    let mut over = suspended(anns(Role::User));
    if let Some(suspension) = &mut over.user.suspension {
        suspension.until = Some(samples::NOW);
    }
    let mut stage = proved(over.clone());
    signs(&mut stage);
    let mut work = opens(&stage, over);
    work.keep_events();
    stage.begins([work]);
    assert!(log_in(stage).await.0.is_ok());
}

fn with_another_hash() -> Account {
    Account { password_hash: Some(other_hash()), ..anns(Role::User) }
}

/// A unit of work that finds the account like this, and nothing to do.
fn overtaken(stage: &Stage, now: Option<Account>) -> StagedWork {
    let mut work = stage.work();
    finds(&mut work, now);
    work
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_the_one_that_counts() {
    let mut stage = proved(anns(Role::User));
    signs(&mut stage);
    let before = overtaken(&stage, Some(with_another_hash()));
    names(&mut stage, "annlee", Some(with_another_hash()));
    checks(&mut stage, &under(), Some(other_hash()), None, DIFFERS);
    let (failure, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([before, failure]);
    let (answer, house) = log_in(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
    assert_eq!(events.kinds(), [EventKind::LogInFailed]);
    assert_eq!(house.journal.steps()[..6], ["enter", "verify", "begin", "users", "commit", "leave"]);
}

#[tokio::test]
async fn an_account_that_was_deleted_meanwhile_opens_nothing() {
    let mut stage = proved(anns(Role::User));
    signs(&mut stage);
    let before = overtaken(&stage, None);
    names(&mut stage, "annlee", None);
    checks(&mut stage, "name:annlee", None, None, DIFFERS);
    let (failure, _) = failure_work(&stage, None, None);
    stage.begins([before, failure]);
    let (answer, _) = log_in(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
}

#[tokio::test]
async fn a_right_password_logs_in_though_another_log_in_has_renewed_its_hash_meanwhile() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    checks(&mut stage, &under(), Some(samples::hash()), None, OUTDATED);
    hashes(&mut stage, samples::PASSWORD, other_hash());
    signs(&mut stage);
    let before = overtaken(&stage, Some(with_another_hash()));
    names(&mut stage, "annlee", Some(with_another_hash()));
    checks(&mut stage, &under(), Some(other_hash()), None, MATCHES);
    signs(&mut stage);
    let mut work = opens(&stage, with_another_hash());
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([before, work]);
    let (answer, house) = log_in(stage).await;
    assert!(answer.is_ok() && committed.happened());
    assert_eq!(events.kinds(), [EventKind::LoggedIn]);
    assert!(!house.journal.steps().contains(&"failed"), "the password was right");
}

#[tokio::test]
async fn what_was_seen_of_another_log_in_that_is_lost_is_not_told() {
    let mut stage = proved(anns(Role::User));
    signs(&mut stage);
    let mut before = overtaken(&stage, Some(with_another_hash()));
    before.refuse_commit(gone());
    stage.begins([before]);
    let (answer, _) = log_in(stage).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
}

#[tokio::test]
async fn an_outdated_hash_is_renewed_with_the_log_in_and_told_in_the_trail() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    checks(&mut stage, &under(), Some(samples::hash()), None, OUTDATED);
    hashes(&mut stage, samples::PASSWORD, other_hash());
    signs(&mut stage);
    let mut work = opens(&stage, anns(Role::User));
    work.users
        .expect_set_password()
        .with(eq(samples::user_id(1)), eq(other_hash()), eq(samples::NOW))
        .times(1)
        .return_once(|_, _, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = log_in(stage).await;
    let session = answer.unwrap().session_id.to_string();
    assert!(committed.happened());
    assert_eq!(house.journal.steps()[..4], ["enter", "verify", "hash", "begin"]);
    let [rehashed, logged_in] = &events.all()[..] else { panic!("two events") };
    let id = Some(samples::user_id(1));
    let detail = [("session", session.as_str()), ("channel", "api")];
    assert_event(rehashed, EventKind::PasswordRehashed, ActorRef::Visitor, id, &detail);
    assert_event(logged_in, EventKind::LoggedIn, ActorRef::Visitor, id, &detail);
}

#[tokio::test]
async fn a_log_in_succeeds_though_its_hash_could_not_be_renewed() {
    for error in [HashError::Busy, HashError::Broken] {
        let mut stage = stage();
        names(&mut stage, "annlee", Some(anns(Role::User)));
        checks(&mut stage, &under(), Some(samples::hash()), None, OUTDATED);
        stage.hasher.expect_hash().times(1).return_once(move |_| Err(error));
        signs(&mut stage);
        let mut work = opens(&stage, anns(Role::User));
        let (events, committed) = (work.keep_events(), work.committed());
        stage.begins([work]);
        let (answer, _) = log_in(stage).await;
        assert!(answer.is_ok() && committed.happened());
        assert_eq!(events.kinds(), [EventKind::LoggedIn]);
    }
}

#[tokio::test]
async fn a_log_in_that_could_not_be_committed_hands_no_token_out() {
    let mut stage = proved(anns(Role::User));
    signs(&mut stage);
    let mut work = opens(&stage, anns(Role::User));
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    let (answer, house) = log_in(stage).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
    assert!(!house.journal.steps().contains(&"failed"), "the password was right");
}

#[tokio::test]
async fn a_directory_that_is_gone_is_not_the_same_as_nobody_there() {
    let mut stage = stage();
    stage.users.expect_account().times(1).return_once(|_| Err(gone()));
    let (answer, house) = log_in(stage).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
    assert!(house.journal.steps().is_empty());
}
