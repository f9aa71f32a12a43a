//! Setting a password by a link.

use crate::fault::{Describe, FaultKind};
use crate::hashing::HashError;
use crate::store::{PasswordLink, StoreError};
use crate::testing::cast::{ann, anns, assert_event, finds, gone, hashes, other_hash, password, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::tokens::PresentedPasswordLink;
use crate::users::SetPasswordError;
use domain::Timestamp;
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::violation::Violation;
use mockall::predicate::eq;
use std::time::Duration;

/// The secret carries our seal and says that it sets Ann's password; this is the link that is stored.
fn presented(stored: Option<PasswordLink>) -> Stage {
    let mut stage = stage();
    presents(&mut stage, stored);
    stage
}

fn presents(stage: &mut Stage, stored: Option<PasswordLink>) {
    let link = PresentedPasswordLink { user_id: samples::user_id(1), digest: samples::digest(6) };
    stage
        .opaque_tokens
        .expect_read_password_link()
        .withf(|text| text == "secret")
        .times(1)
        .return_once(move |_| Some(link));
    stage
        .users
        .expect_password_link()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(move |_| Ok(stored));
}

fn link(digest: u8, expires_at: Timestamp) -> PasswordLink {
    PasswordLink { user_id: samples::user_id(1), digest: samples::digest(digest), expires_at }
}

fn later() -> Timestamp {
    samples::NOW.plus(Duration::from_micros(1))
}

/// The link works, and Ann is whose password it sets.
fn working() -> Stage {
    let mut stage = stage();
    works_again(&mut stage);
    stage
}

/// The same, once more.
fn works_again(stage: &mut Stage) {
    presents(stage, Some(link(6, later())));
    stage
        .users
        .expect_profile()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(ann(Role::User))));
}

/// A unit of work in which the link is there, or has just done its work for somebody else.
fn takes(stage: &Stage, there: bool) -> StagedWork {
    let mut work = stage.work();
    let id = samples::user_id(1);
    finds(&mut work, Some(anns(Role::User)));
    work.attempts.expect_clear_of().with(eq(id)).times(1).return_once(|_| Ok(true));
    work.sessions.expect_end_all_of().with(eq(id), eq(None)).times(1).return_once(|_, _| Ok(2));
    work.password_links
        .expect_take()
        .with(eq(id), eq(samples::digest(6)))
        .times(1)
        .return_once(move |_, _| Ok(there));
    work
}

async fn set(stage: Stage, text: &str) -> (Result<(), SetPasswordError>, House) {
    let house = stage.open();
    (house.users.set_password(&samples::visitor(), "secret", password(text)).await, house)
}

#[tokio::test]
async fn a_link_sets_the_password_ends_every_session_and_forgets_failed_attempts() {
    let mut stage = working();
    hashes(&mut stage, samples::OTHER_PASSWORD, other_hash());
    let mut work = takes(&stage, true);
    work.users
        .expect_set_password()
        .with(eq(samples::user_id(1)), eq(other_hash()), eq(samples::NOW))
        .times(1)
        .return_once(|_, _, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = set(stage, samples::OTHER_PASSWORD).await;
    assert!(answer.is_ok() && committed.happened());
    let steps =
        ["hash", "begin", "users", "attempts", "sessions", "password_links", "users", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let detail = [("sessions_ended", "2")];
    assert_event(event, EventKind::PasswordSet, ActorRef::Visitor, Some(samples::user_id(1)), &detail);
}

#[tokio::test]
async fn a_password_is_set_at_the_next_try_where_somebody_else_was_at_one_of_the_sessions() {
    let mut stage = working();
    let mut met = stage.work();
    finds(&mut met, Some(anns(Role::User)));
    met.attempts.expect_clear_of().times(1).return_once(|_| Ok(true));
    met.sessions.expect_end_all_of().times(1).return_once(|_, _| Err(StoreError::Conflict));
    works_again(&mut stage);
    stage.hasher.expect_hash().times(2).returning(|_| Ok(other_hash()));
    let mut work = takes(&stage, true);
    work.users.expect_set_password().times(1).return_once(|_, _, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([met, work]);
    assert!(set(stage, samples::OTHER_PASSWORD).await.0.is_ok());
    assert!(committed.happened());
    assert_eq!(events.kinds(), [EventKind::PasswordSet]);
}

#[tokio::test]
async fn of_two_uses_of_one_link_the_second_changes_nothing() {
    let mut stage = working();
    hashes(&mut stage, samples::OTHER_PASSWORD, other_hash());
    let work = takes(&stage, false);
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_link_that_is_too_old_was_replaced_or_is_gone_costs_no_hash() {
    for (stored, why) in [
        (Some(link(6, samples::NOW)), "too old"),
        (Some(link(7, later())), "replaced"),
        (None, "used or never made"),
    ] {
        let (answer, house) = set(presented(stored), samples::OTHER_PASSWORD).await;
        assert_eq!(told(&answer.expect_err(why)), (FaultKind::Missing, "not-found"), "{why}");
        assert!(house.journal.steps().is_empty(), "{why}");
    }
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_anything_is_read() {
    let mut stage = stage();
    stage.hasher_is_full = true;
    let (answer, house) = set(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_text_that_is_no_link_of_ours_asks_nothing_of_the_store() {
    let mut forged = stage();
    forged.opaque_tokens.expect_read_password_link().times(1).return_once(|_| None);
    let (answer, house) = set(forged, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn an_account_that_has_just_gone_has_no_password_to_set() {
    let mut before = presented(Some(link(6, later())));
    before.users.expect_profile().times(1).return_once(|_| Ok(None));
    let (answer, _) = set(before, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));

    let mut meanwhile = working();
    hashes(&mut meanwhile, samples::OTHER_PASSWORD, other_hash());
    let mut work = meanwhile.work();
    finds(&mut work, None);
    let committed = work.committed();
    meanwhile.begins([work]);
    let (answer, _) = set(meanwhile, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_password_that_breaks_a_rule_leaves_the_link_working() {
    let (answer, house) = set(working(), "harbour-annlee-tramway").await;
    let fault = answer.unwrap_err().fault();
    let [wrong] = &fault.violations[..] else { panic!("one field") };
    assert_eq!((wrong.field, &wrong.violation), ("password", &Violation::ContainsUsername));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_full_hashing_queue_leaves_the_link_working() {
    let mut stage = working();
    stage.hasher.expect_hash().times(1).return_once(|_| Err(HashError::Busy));
    let (answer, house) = set(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert_eq!(house.journal.steps(), ["hash"]);
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_told_as_a_link_that_does_not_work() {
    let mut gone_stage = stage();
    let read = PresentedPasswordLink { user_id: samples::user_id(1), digest: samples::digest(6) };
    gone_stage.opaque_tokens.expect_read_password_link().times(1).return_once(move |_| Some(read));
    gone_stage.users.expect_password_link().times(1).return_once(|_| Err(gone()));
    let (answer, _) = set(gone_stage, samples::OTHER_PASSWORD).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
}

#[tokio::test]
async fn a_page_knows_beforehand_whether_a_link_works() {
    for (stored, works) in
        [(Some(link(6, later())), true), (Some(link(6, samples::NOW)), false), (None, false)]
    {
        let house = presented(stored).open();
        assert_eq!(house.users.is_password_link_open("secret").await.unwrap(), works);
    }
}
