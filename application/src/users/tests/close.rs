use super::{acknowledged, acknowledgement, asks_ann_again, erases, meets_a_conflict, tidies};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{
    DIFFERS, MATCHES, acts, acts_as, admin_without, anns, assert_event, checks, failure_work, gone, password,
    stage, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::CloseError;
use crate::vault::Receipt;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Attempts;
use mockall::predicate::eq;

/// Ann's password is asked for and is that of her account.
fn proved(role: Role, before: Option<Attempts>) -> Stage {
    let mut stage = stage();
    stage
        .users
        .expect_account_of()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(move |_| Ok(Some(anns(role))));
    checks(&mut stage, &format!("member:{}", samples::user_id(1)), Some(samples::hash()), before, MATCHES);
    stage
}

/// A unit of work that has the turn of administrators and finds Ann with that role.
fn work_with(stage: &Stage, role: Role) -> StagedWork {
    let mut work = stage.work();
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
    acts(&mut work, &samples::member(1, role));
    work
}

async fn close(stage: Stage) -> (Result<Receipt, CloseError>, House) {
    let house = stage.open();
    let actor = samples::member(1, Role::User);
    (house.users.close(&actor, &password(samples::PASSWORD)).await, house)
}

#[tokio::test]
async fn closing_removes_the_person_and_the_account_and_keeps_only_the_event() {
    let mut stage = proved(Role::User, None);
    tidies(&mut stage, Ok(1));
    let mut work = work_with(&stage, Role::User);
    erases(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = close(stage).await;
    assert_eq!(acknowledged(&house, &answer.unwrap()), acknowledgement());
    assert!(committed.happened());
    let steps = [
        "enter",
        "verify",
        "begin",
        "instance",
        "sessions",
        "personal_data",
        "users",
        "erasures",
        "audit",
        "commit",
        "tidy",
        "leave",
    ];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    assert_event(event, EventKind::UserDeleted, ActorRef::User(id), Some(id), &[]);
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_anything_is_read() {
    let mut stage = stage();
    stage.hasher_is_full = true;
    let (answer, house) = close(stage).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn closing_is_tried_again_where_somebody_else_was_at_something_of_the_account() {
    let mut stage = proved(Role::User, None);
    asks_ann_again(&mut stage, MATCHES);
    tidies(&mut stage, Ok(1));
    let mut met = work_with(&stage, Role::User);
    meets_a_conflict(&mut met);
    let mut work = work_with(&stage, Role::User);
    erases(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([met, work]);
    assert!(close(stage).await.0.is_ok());
    assert!(committed.happened());
    assert_eq!(events.kinds(), [EventKind::UserDeleted]);
}

#[tokio::test]
async fn what_can_not_be_tidied_up_at_once_is_erased_all_the_same() {
    let mut stage = proved(Role::User, None);
    tidies(&mut stage, Err(gone()));
    let mut work = work_with(&stage, Role::User);
    erases(&mut work);
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    let (answer, house) = close(stage).await;
    assert_eq!(acknowledged(&house, &answer.unwrap()), acknowledgement());
    assert!(committed.happened());
}

#[tokio::test]
async fn an_erasure_that_is_not_committed_has_no_receipt_and_leaves_everything_where_it_is() {
    let mut stage = proved(Role::User, None);
    let mut work = work_with(&stage, Role::User);
    erases(&mut work);
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    let (answer, _) = close(stage).await;
    assert_eq!(told(&answer.unwrap_err()).1, "unavailable", "and nothing was tidied up or signed");
}

#[tokio::test]
async fn a_wrong_password_deletes_nothing_and_is_counted_under_the_member() {
    let mut stage = stage();
    stage.users.expect_account_of().times(1).return_once(|_| Ok(Some(anns(Role::User))));
    checks(&mut stage, &format!("member:{}", samples::user_id(1)), Some(samples::hash()), None, DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let (answer, _) = close(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));
    let [event] = &events.all()[..] else { panic!("one event") };
    let id = samples::user_id(1);
    assert_event(event, EventKind::PasswordCheckFailed, ActorRef::User(id), Some(id), &[]);
}

#[tokio::test]
async fn the_last_administrator_can_not_leave() {
    let mut stage = proved(Role::Admin, None);
    let mut work = work_with(&stage, Role::Admin);
    work.users
        .expect_has_administrator_besides()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(false));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, house) = close(stage).await;
    assert!(!house.journal.steps().contains(&"failed"), "the password was right");
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "last-administrator"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn who_became_the_last_administrator_while_the_password_was_checked_can_not_leave_either() {
    let mut stage = proved(Role::User, None);
    let mut work = work_with(&stage, Role::Admin);
    work.users.expect_has_administrator_besides().times(1).return_once(|_| Ok(false));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = close(stage).await;
    assert!(matches!(answer, Err(CloseError::LastAdministrator)));
    assert!(!committed.happened());
}

#[tokio::test]
async fn an_administrator_beside_whom_there_is_another_can_leave() {
    let mut stage = proved(Role::Admin, None);
    let mut work = work_with(&stage, Role::Admin);
    work.users.expect_has_administrator_besides().times(1).return_once(|_| Ok(true));
    tidies(&mut stage, Ok(1));
    erases(&mut work);
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = close(stage).await;
    assert!(answer.is_ok() && committed.happened());
}

#[tokio::test]
async fn whoever_is_gone_before_the_check_or_was_logged_out_meanwhile_is_not_logged_in() {
    let mut before = stage();
    before.users.expect_account_of().times(1).return_once(|_| Ok(None));
    let (answer, house) = close(before).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(house.journal.steps().is_empty());

    let mut after = proved(Role::User, None);
    let mut work = after.work();
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
    acts_as(&mut work, None, samples::session_id(1));
    let committed = work.committed();
    after.begins([work]);
    let (answer, _) = close(after).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let password = password(samples::PASSWORD);
    let narrow = admin_without(Scope::ProfileWrite);
    let fault = house.users.close(&narrow, &password).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::ProfileWrite)));
    for actor in [samples::visitor(), Actor::system()] {
        let error = house.users.close(&actor, &password).await.unwrap_err();
        assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    }
    assert!(house.journal.steps().is_empty());
}
