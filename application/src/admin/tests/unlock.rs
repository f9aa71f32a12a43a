use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{admin_without, anns, assert_event, stage, told};
use crate::testing::{Stage, samples};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::LoginName;
use mockall::predicate::eq;

fn named() -> LoginName {
    LoginName::parse("annlee")
}

fn known() -> Stage {
    let mut stage = stage();
    stage
        .users
        .expect_account()
        .withf(|login| login.key() == named().key())
        .times(1)
        .return_once(|_| Ok(Some(anns(Role::User))));
    stage
}

#[tokio::test]
async fn unlocking_forgets_the_failures_and_says_so_in_the_trail() {
    let mut stage = known();
    let mut work = stage.work();
    work.attempts.expect_clear_of().with(eq(samples::user_id(1))).times(1).return_once(|_| Ok(true));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    assert!(house.admin.unlock(&samples::member(2, Role::Admin), &named()).await.unwrap());
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "attempts", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    let actor = ActorRef::User(samples::user_id(2));
    assert_event(event, EventKind::AttemptsCleared, actor, Some(samples::user_id(1)), &[]);
}

#[tokio::test]
async fn where_there_were_no_failures_nothing_happens() {
    let mut stage = known();
    let mut work = stage.work();
    work.attempts.expect_clear_of().times(1).return_once(|_| Ok(false));
    let committed = work.committed();
    stage.begins([work]);
    assert!(!stage.open().admin.unlock(&Actor::system(), &named()).await.unwrap());
    assert!(!committed.happened());
}

#[tokio::test]
async fn nobody_can_be_unlocked_who_is_not_there() {
    let mut stage = stage();
    stage.users.expect_account().times(1).return_once(|_| Ok(None));
    let error = stage.open().admin.unlock(&Actor::system(), &named()).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Missing, "not-found"));
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let fault = house.admin.unlock(&admin_without(Scope::UserWrite), &named()).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::UserWrite)));
    let error = house.admin.unlock(&samples::visitor(), &named()).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(house.journal.steps().is_empty());
}
