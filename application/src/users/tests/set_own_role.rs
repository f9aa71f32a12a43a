//! Administrators who change their own role.

use super::{asks_ann_again, holds, spares, takes_turn, updates};
use crate::fault::FaultKind;
use crate::testing::cast::{DIFFERS, MATCHES, anns, failure_work, password, stage, told};
use crate::testing::{House, Stage, samples};
use crate::users::{ManageError, RoleChange, UserRecord};
use domain::access::Role;
use domain::audit::EventKind;

fn down() -> RoleChange {
    RoleChange { password: Some(password(samples::PASSWORD)), ..RoleChange::to(Role::User) }
}

async fn set_role(stage: Stage, change: RoleChange) -> (Result<UserRecord, ManageError>, House) {
    let house = stage.open();
    let ann = samples::member(1, Role::Admin);
    (house.users.set_role(&ann, samples::user_id(1), change).await, house)
}

#[tokio::test]
async fn nobody_lowers_themselves_without_their_password() {
    let (answer, house) = set_role(stage(), RoleChange::to(Role::User)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "password-needed"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_anything_is_read() {
    let mut stage = stage();
    stage.hasher_is_full = true;
    let (answer, house) = set_role(stage, down()).await;
    assert_eq!(told(&answer.unwrap_err()).1, "busy");
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_wrong_password_lowers_nobody_and_is_counted() {
    let mut stage = stage();
    asks_ann_again(&mut stage, DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let (answer, _) = set_role(stage, down()).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));
    assert_eq!(events.kinds(), [EventKind::PasswordCheckFailed]);
}

#[tokio::test]
async fn with_their_password_administrators_step_down_and_see_themselves_open() {
    let mut stage = stage();
    asks_ann_again(&mut stage, MATCHES);
    let mut work = holds(&stage, &samples::member(1, Role::Admin), anns(Role::Admin));
    takes_turn(&mut work);
    spares(&mut work, true);
    updates(&mut work, |user| user.role == Role::User);
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    let (answer, house) = set_role(stage, down()).await;
    assert!(!answer.unwrap().person.masked);
    assert!(committed.happened());
    let steps = [
        "enter",
        "verify",
        "begin",
        "instance",
        "sessions",
        "users",
        "personal_data",
        "users",
        "users",
        "audit",
        "commit",
        "leave",
    ];
    assert_eq!(house.journal.steps(), steps, "the password is checked with no lock in hand");
}

#[tokio::test]
async fn giving_oneself_what_one_has_asks_for_no_password() {
    let mut stage = stage();
    let mut work = holds(&stage, &samples::member(1, Role::Admin), anns(Role::Admin));
    takes_turn(&mut work);
    stage.begins([work]);
    assert!(set_role(stage, RoleChange::to(Role::Admin)).await.0.is_ok());
}
