use crate::fault::FaultKind;
use crate::hashing::HashError;
use crate::store::{Account, StoreError};
use crate::testing::cast::{
    DIFFERS, KEY, MATCHES, OUTDATED, anns, assert_event, checks, failure_work, failures, gone, keyed,
    password, stage, told,
};
use crate::testing::{House, Stage, Tally, alarms, samples};
use crate::users::CheckError;
use crate::users::password_check::{Attempt, CountedUnder, Proof};
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Attempts;
use mockall::predicate::eq;
use std::time::Duration;

async fn attempt(stage: Stage, account: Option<&Account>) -> (Result<Proof, CheckError>, House) {
    let house = stage.open();
    let attempt = Attempt {
        account,
        counted_under: CountedUnder::Name("somebody"),
        password: &password(samples::PASSWORD),
        failure: EventKind::LogInFailed,
    };
    (house.check.attempt(&samples::visitor(), attempt).await, house)
}

/// What is told, and what happened.
async fn refused(stage: Stage, account: Option<&Account>) -> (CheckError, House) {
    let (answer, house) = attempt(stage, account).await;
    (answer.err().unwrap(), house)
}

#[tokio::test]
async fn the_right_password_is_proved_without_any_unit_of_work() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", Some(samples::hash()), None, MATCHES);
    let (answer, house) = attempt(stage, Some(&anns(Role::User))).await;
    let proof = answer.ok().unwrap();
    assert!(!proof.is_outdated());
    assert_eq!(house.journal.steps(), ["enter", "verify"], "the turn is kept as long as the proof");
    drop(proof);
    assert_eq!(house.journal.steps(), ["enter", "verify", "leave"]);
    assert_eq!(house.throttle.entered(), [(Some(samples::ADDRESS), "name:somebody".to_owned())]);
}

#[tokio::test]
async fn a_proof_knows_that_the_stored_form_is_outdated() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", Some(samples::hash()), None, OUTDATED);
    let (answer, _) = attempt(stage, Some(&anns(Role::User))).await;
    assert!(answer.is_ok_and(|proof| proof.is_outdated()));
}

#[tokio::test]
async fn a_wrong_password_is_counted_and_audited_before_it_is_told() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", Some(samples::hash()), Some(failures(2)), DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), Some(failures(2)));
    let committed = work.committed();
    stage.begins([work]);
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    assert_eq!(told(&error), (FaultKind::Forbidden, "wrong-password"));
    assert!(committed.happened());
    let steps = ["enter", "verify", "begin", "attempts", "attempts", "audit", "commit", "failed", "leave"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, Some(samples::user_id(1)), &[]);
}

#[tokio::test]
async fn an_unknown_account_is_treated_step_by_step_like_a_known_one() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", None, None, DIFFERS);
    let (work, events) = failure_work(&stage, None, None);
    let committed = work.committed();
    stage.begins([work]);
    let (error, house) = refused(stage, None).await;
    assert_eq!(told(&error), (FaultKind::Forbidden, "wrong-password"));
    assert!(committed.happened());
    let steps = ["enter", "verify", "begin", "attempts", "attempts", "audit", "commit", "failed", "leave"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, None, &[]);
}

#[tokio::test]
async fn an_account_without_a_password_is_compared_with_nothing() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", None, None, DIFFERS);
    let (work, _) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let bare = Account { password_hash: None, ..anns(Role::User) };
    let (error, _) = refused(stage, Some(&bare)).await;
    assert!(matches!(error, CheckError::Wrong));
}

#[tokio::test]
async fn a_failure_is_counted_from_what_is_stored_now_not_from_what_was_read_before_hashing() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", Some(samples::hash()), None, DIFFERS);
    let (work, _) = failure_work(&stage, Some(samples::user_id(1)), Some(failures(41)));
    stage.begins([work]);
    let (error, _) = refused(stage, Some(&anns(Role::User))).await;
    assert!(matches!(error, CheckError::Wrong));
}

#[tokio::test]
async fn an_account_that_has_to_wait_waits_without_a_hash() {
    let mut stage = stage();
    keyed(&mut stage, "name:somebody");
    stage.attempts.expect_find().with(eq(KEY)).times(1).return_once(|_| Ok(Some(failures(7))));
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    let kind = FaultKind::TooMany { retry_after: Duration::from_secs(4) };
    assert_eq!(told(&error), (kind, "too-many-attempts"));
    assert_eq!(house.journal.steps(), ["enter", "leave"]);
}

#[tokio::test]
async fn a_wait_that_is_over_is_over() {
    let mut stage = stage();
    stage.clock.advance(Duration::from_secs(4));
    checks(&mut stage, "name:somebody", Some(samples::hash()), Some(failures(7)), MATCHES);
    let (answer, _) = attempt(stage, Some(&anns(Role::User))).await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn where_throttling_is_off_no_count_makes_anybody_wait() {
    let mut stage = stage();
    stage.throttled = false;
    checks(&mut stage, "name:somebody", Some(samples::hash()), Some(failures(Attempts::LIMIT)), MATCHES);
    let (answer, _) = attempt(stage, Some(&anns(Role::User))).await;
    assert!(answer.is_ok());
}

#[tokio::test]
async fn an_address_that_has_used_up_its_attempts_reaches_neither_store_nor_hasher() {
    let stage = stage();
    stage.throttle.refuse(Duration::from_secs(17));
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    let kind = FaultKind::TooMany { retry_after: Duration::from_secs(17) };
    assert_eq!(told(&error), (kind, "too-many-attempts"));
    assert_eq!(house.journal.steps(), ["enter"]);
}

#[tokio::test]
async fn a_full_hashing_queue_is_no_failed_attempt() {
    let mut stage = stage();
    keyed(&mut stage, "name:somebody");
    stage.attempts.expect_find().times(1).return_once(|_| Ok(None));
    stage.hasher.expect_verify().times(1).return_once(|_, _| Err(HashError::Busy));
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    let kind = FaultKind::Unavailable { retry_after: HashError::RETRY_AFTER };
    assert_eq!(told(&error), (kind, "busy"));
    assert_eq!(house.journal.steps(), ["enter", "verify", "leave"]);
}

#[tokio::test]
async fn a_failure_that_cannot_be_written_down_is_not_told_as_a_wrong_password() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", Some(samples::hash()), None, DIFFERS);
    let (mut work, _) = failure_work(&stage, Some(samples::user_id(1)), None);
    work.refuse_commit(gone());
    stage.begins([work]);
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    assert!(matches!(error, CheckError::Store(StoreError::Unavailable(_))));
    assert!(house.journal.steps().contains(&"failed"), "it counts against the address all the same");
}

#[tokio::test]
async fn a_store_that_cannot_say_how_many_failures_there_were_lets_nobody_try() {
    let mut stage = stage();
    keyed(&mut stage, "name:somebody");
    stage.attempts.expect_find().times(1).return_once(|_| Err(gone()));
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    assert!(matches!(error, CheckError::Store(StoreError::Unavailable(_))));
    assert_eq!(house.journal.steps(), ["enter", "leave"]);
}

#[tokio::test]
async fn after_a_hundred_failures_even_the_right_password_is_not_looked_at_and_waiting_does_not_help() {
    let mut stage = stage();
    keyed(&mut stage, "name:somebody");
    stage.attempts.expect_find().times(1).return_once(|_| Ok(Some(failures(Attempts::LIMIT))));
    stage.clock.advance(Duration::from_hours(24 * 365));
    let (error, house) = refused(stage, Some(&anns(Role::User))).await;
    assert!(matches!(error, CheckError::Locked));
    assert_eq!(told(&error).1, "account-locked");
    assert_eq!(house.journal.steps(), ["enter", "leave"]);
}

#[tokio::test]
async fn an_attempt_that_is_not_made_is_counted_by_what_kept_it_and_is_a_line_in_the_log() {
    let refusing = stage();
    refusing.throttle.refuse(Duration::from_secs(17));
    let crowded = stage();
    crowded.throttle.crowd(Duration::from_secs(17));
    let counted = |before| {
        let mut stage = stage();
        keyed(&mut stage, "name:somebody");
        stage.attempts.expect_find().times(1).return_once(move |_| Ok(Some(before)));
        stage
    };
    for (stage, by) in [
        (refusing, "address"),
        (crowded, "account"),
        (counted(failures(7)), "account"),
        (counted(failures(Attempts::LIMIT)), "locked"),
    ] {
        alarms::listen();
        let tally = Tally::default();
        let _taken = tally.take();
        refused(stage, Some(&anns(Role::User))).await;
        assert_eq!(tally.of("xtrem_throttled_attempts_total"), [(format!("by={by}"), 1.0)]);
        let (ann, request) = (samples::user_id(1), samples::origin().request_id.unwrap());
        let expected = format!(
            "INFO message=not recorded kind=\"attempt_throttled\" actor=\"visitor\" subject={ann} \
             request_id={request} detail=\"by={by}\""
        );
        assert_eq!(alarms::lines(), [expected]);
    }
}

#[tokio::test]
async fn an_attempt_that_is_made_is_none_that_was_throttled() {
    let mut stage = stage();
    checks(&mut stage, "name:somebody", Some(samples::hash()), Some(failures(2)), DIFFERS);
    let (work, _) = failure_work(&stage, Some(samples::user_id(1)), Some(failures(2)));
    stage.begins([work]);
    let tally = Tally::default();
    let _taken = tally.take();
    refused(stage, Some(&anns(Role::User))).await;
    assert!(tally.names().is_empty(), "{tally:?}");
}
