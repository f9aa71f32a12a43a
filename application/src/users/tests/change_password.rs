use super::drops_link;
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::hashing::HashError;
use crate::store::Account;
use crate::testing::cast::{
    DIFFERS, MATCHES, admin_without, ann, anns, assert_event, checks, failure_work, finds, hashes,
    other_hash, stage, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::{ChangePasswordError, PasswordChange, PasswordChangeDraft};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::PasswordHash;
use domain::violation::{FieldViolation, Violation};
use mockall::predicate::eq;

fn change(current: &str, new: &str) -> PasswordChange {
    PasswordChange::parse(PasswordChangeDraft { current_password: Some(current), new_password: Some(new) })
        .unwrap()
}

/// Ann is known, with her name and her stored password.
fn known() -> Stage {
    let mut stage = stage();
    let id = samples::user_id(1);
    stage.users.expect_account_of().with(eq(id)).times(1).return_once(|_| Ok(Some(anns(Role::User))));
    stage.users.expect_profile().with(eq(id)).times(1).return_once(|_| Ok(Some(ann(Role::User))));
    stage
}

fn under() -> String {
    format!("member:{}", samples::user_id(1))
}

/// And her current password is right.
fn proved() -> Stage {
    let mut stage = known();
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    stage
}

fn stores(work: &mut StagedWork) {
    let id = samples::user_id(1);
    work.users
        .expect_set_password()
        .with(eq(id), eq(other_hash()), eq(samples::NOW))
        .times(1)
        .return_once(|_, _, _| Ok(()));
    work.sessions
        .expect_end_all_of()
        .with(eq(id), eq(Some(samples::session_id(1))))
        .times(1)
        .return_once(|_, _| Ok(2));
    work.attempts.expect_clear_of().with(eq(id)).times(1).return_once(|_| Ok(true));
}

async fn changed(stage: Stage, new: &str) -> (Result<(), ChangePasswordError>, House) {
    let house = stage.open();
    let actor = samples::member(1, Role::User);
    (house.users.change_password(&actor, change(samples::PASSWORD, new)).await, house)
}

#[tokio::test]
async fn a_new_password_ends_every_session_but_the_own_one_and_every_link_to_set_another() {
    let mut stage = proved();
    hashes(&mut stage, samples::OTHER_PASSWORD, other_hash());
    let mut work = stage.work();
    finds(&mut work, Some(anns(Role::User)));
    stores(&mut work);
    drops_link(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = changed(stage, samples::OTHER_PASSWORD).await;
    assert!(answer.is_ok() && committed.happened());
    let steps = [
        "enter",
        "verify",
        "hash",
        "begin",
        "users",
        "users",
        "sessions",
        "password_links",
        "attempts",
        "audit",
        "commit",
        "leave",
    ];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    let detail = [("sessions_ended", "2")];
    assert_event(event, EventKind::PasswordChanged, ActorRef::User(id), Some(id), &detail);
}

#[tokio::test]
async fn a_wrong_current_password_changes_nothing_and_is_counted_under_the_member() {
    let mut stage = known();
    checks(&mut stage, &under(), Some(samples::hash()), None, DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let (answer, house) = changed(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    assert_event(event, EventKind::PasswordCheckFailed, ActorRef::User(id), Some(id), &[]);
    let steps = ["enter", "verify", "begin", "attempts", "attempts", "audit", "commit", "failed", "leave"];
    assert_eq!(house.journal.steps(), steps);
}

#[tokio::test]
async fn a_new_password_that_breaks_a_rule_costs_no_hash_and_no_attempt() {
    let rules = [
        ("short-one", Violation::TooShort { minimum: 12 }),
        ("harbour-annlee-tramway", Violation::ContainsUsername),
        ("aaaaaaaaaaaaaaaaaa", Violation::TooCommon),
        ("zyzyzyzyzyzyzyzyzyzy", Violation::TooWeak),
    ];
    for (new, violation) in rules {
        let (answer, house) = changed(known(), new).await;
        let fault = answer.unwrap_err().fault();
        assert_eq!((fault.kind, fault.code), (FaultKind::Invalid, "invalid-input"));
        assert_eq!(fault.violations, [FieldViolation { field: "new_password", violation }]);
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn the_password_in_use_is_no_new_password_and_only_its_owner_learns_that() {
    let (answer, house) = changed(proved(), samples::PASSWORD).await;
    let fault = answer.unwrap_err().fault();
    let violation = Violation::SamePassword;
    assert_eq!(fault.violations, [FieldViolation { field: "new_password", violation }]);
    assert_eq!(house.journal.steps(), ["enter", "verify", "leave"]);

    let mut guessing = known();
    checks(&mut guessing, &under(), Some(samples::hash()), None, DIFFERS);
    let (work, _) = failure_work(&guessing, Some(samples::user_id(1)), None);
    guessing.begins([work]);
    let (answer, _) = changed(guessing, samples::PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));
}

fn with_another_hash() -> Account {
    Account { password_hash: Some(PasswordHash::new("$elsewhere".to_owned())), ..anns(Role::User) }
}

/// Ann's current password is right, but when it comes to it her account is like this; then it is looked at again.
fn overtaken(now: Option<Account>) -> (Stage, StagedWork) {
    let mut stage = proved();
    hashes(&mut stage, samples::OTHER_PASSWORD, other_hash());
    let mut work = stage.work();
    finds(&mut work, now.clone());
    stage.users.expect_account_of().times(1).return_once(|_| Ok(now));
    (stage, work)
}

#[tokio::test]
async fn a_password_that_was_changed_meanwhile_is_the_one_that_counts() {
    let (mut stage, before) = overtaken(Some(with_another_hash()));
    stage.users.expect_profile().times(1).return_once(|_| Ok(Some(ann(Role::User))));
    checks(&mut stage, &under(), with_another_hash().password_hash, None, DIFFERS);
    let (failure, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([before, failure]);
    let (answer, _) = changed(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));
    assert_eq!(events.kinds(), [EventKind::PasswordCheckFailed]);
}

#[tokio::test]
async fn a_password_is_changed_though_a_log_in_has_renewed_its_hash_meanwhile() {
    let (mut stage, before) = overtaken(Some(with_another_hash()));
    stage.users.expect_profile().times(1).return_once(|_| Ok(Some(ann(Role::User))));
    checks(&mut stage, &under(), with_another_hash().password_hash, None, MATCHES);
    hashes(&mut stage, samples::OTHER_PASSWORD, other_hash());
    let mut work = stage.work();
    finds(&mut work, Some(with_another_hash()));
    stores(&mut work);
    drops_link(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([before, work]);
    let (answer, house) = changed(stage, samples::OTHER_PASSWORD).await;
    assert!(answer.is_ok() && committed.happened());
    assert_eq!(events.kinds(), [EventKind::PasswordChanged]);
    assert!(!house.journal.steps().contains(&"failed"));
}

#[tokio::test]
async fn whoever_was_deleted_meanwhile_is_not_logged_in_any_more() {
    let (mut stage, before) = overtaken(None);
    let committed = before.committed();
    stage.begins([before]);
    let (answer, _) = changed(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_full_hashing_queue_leaves_the_password_as_it_was() {
    let mut stage = proved();
    stage.hasher.expect_hash().times(1).return_once(|_| Err(HashError::Busy));
    let (answer, house) = changed(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert_eq!(house.journal.steps(), ["enter", "verify", "hash", "leave"]);
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_anything_is_read() {
    let mut stage = stage();
    stage.hasher_is_full = true;
    let (answer, house) = changed(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn whoever_was_deleted_a_moment_ago_is_not_logged_in_any_more() {
    let mut stage = stage();
    stage.users.expect_account_of().times(1).return_once(|_| Ok(None));
    let (answer, house) = changed(stage, samples::OTHER_PASSWORD).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let form = || change(samples::PASSWORD, samples::OTHER_PASSWORD);
    let narrow = admin_without(Scope::ProfileWrite);
    let fault = house.users.change_password(&narrow, form()).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::ProfileWrite)));
    for actor in [samples::visitor(), Actor::system()] {
        let error = house.users.change_password(&actor, form()).await.unwrap_err();
        assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    }
    assert!(house.journal.steps().is_empty());
}

#[test]
fn a_form_names_everything_that_is_missing_and_never_prints_what_it_holds() {
    let draft = PasswordChangeDraft { current_password: None, new_password: Some("") };
    let required = |field| FieldViolation { field, violation: Violation::Required };
    let wrong = PasswordChange::parse(draft).unwrap_err();
    assert_eq!(wrong, [required("current_password"), required("new_password")]);
    let printed = format!("{draft:?} {:?}", change(samples::PASSWORD, samples::OTHER_PASSWORD));
    assert!(!printed.contains("zebra") && !printed.contains("harbour"));
}
