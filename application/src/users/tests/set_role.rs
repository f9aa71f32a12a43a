use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::{Saved, StoreError};
use crate::testing::cast::{admin_without, ann, anns, assert_event, finds, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::SetRoleError;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::Profile;
use mockall::Sequence;
use mockall::predicate::eq;

/// The administrator who changes roles is user 2; the one whose role changes is Ann.
fn boss() -> Actor {
    samples::member(2, Role::Admin)
}

/// Ann has that role when her role is to be changed.
fn holds(stage: &Stage, role: Role) -> StagedWork {
    let mut work = stage.work();
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
    finds(&mut work, Some(anns(role)));
    work.personal_data.expect_find().times(1).return_once(move |_| Ok(Some(ann(role).personal)));
    work
}

fn updates(work: &mut StagedWork, role: Role) {
    work.users
        .expect_update()
        .withf(move |user, email| {
            (user.id, user.role, user.version) == (samples::user_id(1), role, 1)
                && email.as_str() == "annlee@example.com"
        })
        .times(1)
        .return_once(|_, _| Ok(Saved::Yes));
}

async fn set_role(stage: Stage, role: Role) -> (Result<Profile, SetRoleError>, House) {
    let house = stage.open();
    (house.users.set_role(&boss(), samples::user_id(1), role).await, house)
}

#[tokio::test]
async fn a_changed_role_is_stored_and_told_with_what_it_was_before() {
    let mut stage = stage();
    let mut work = holds(&stage, Role::User);
    updates(&mut work, Role::Moderator);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = set_role(stage, Role::Moderator).await;
    assert_eq!(answer.unwrap().user.role, Role::Moderator);
    assert!(committed.happened());
    let steps = ["begin", "instance", "users", "personal_data", "users", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let actor = ActorRef::User(samples::user_id(2));
    let detail = [("from", "user"), ("to", "moderator")];
    assert_event(event, EventKind::RoleChanged, actor, Some(samples::user_id(1)), &detail);
}

#[tokio::test]
async fn giving_the_role_that_is_there_changes_nothing_and_is_no_error() {
    let mut stage = stage();
    let work = holds(&stage, Role::Moderator);
    let committed = work.committed();
    stage.begins([work]);
    let (answer, house) = set_role(stage, Role::Moderator).await;
    assert_eq!(answer.unwrap(), ann(Role::Moderator));
    assert!(!committed.happened());
    assert!(!house.journal.steps().contains(&"audit"));
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut stage = stage();
    let mut work = holds(&stage, Role::Admin);
    work.users
        .expect_has_administrator_besides()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(false));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, Role::User).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "last-administrator"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn an_administrator_beside_whom_there_is_another_can_become_a_user() {
    let mut stage = stage();
    let mut work = holds(&stage, Role::Admin);
    work.users.expect_has_administrator_besides().times(1).return_once(|_| Ok(true));
    updates(&mut work, Role::User);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, _) = set_role(stage, Role::User).await;
    assert_eq!(answer.unwrap().user.role, Role::User);
    assert!(committed.happened());
    assert_eq!(events.all()[0].detail, [("from", "admin".to_owned()), ("to", "user".to_owned())]);
}

#[tokio::test]
async fn a_new_administrator_closes_the_setup_in_the_same_turn() {
    let mut stage = stage();
    let mut work = stage.work();
    let mut order = Sequence::new();
    work.instance.expect_lock_administrators().times(1).in_sequence(&mut order).return_once(|| Ok(()));
    finds(&mut work, Some(anns(Role::User)));
    work.personal_data.expect_find().times(1).return_once(|_| Ok(Some(ann(Role::User).personal)));
    work.instance
        .expect_settle_administration()
        .with(eq(samples::NOW))
        .times(1)
        .in_sequence(&mut order)
        .return_once(|_| Ok(true));
    updates(&mut work, Role::Admin);
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, Role::Admin).await;
    assert_eq!(answer.unwrap().user.role, Role::Admin);
    assert!(committed.happened());
}

#[tokio::test]
async fn nobody_gets_a_role_who_is_not_there() {
    let mut stage = stage();
    let mut work = stage.work();
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
    finds(&mut work, None);
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, Role::Moderator).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn somebody_else_who_was_faster_is_a_conflict() {
    let mut stage = stage();
    let mut work = holds(&stage, Role::User);
    work.users.expect_update().times(1).return_once(|_, _| Err(StoreError::Conflict));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, Role::Moderator).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "conflict"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    for role in Role::ALL {
        let actor = admin_without(Scope::AdminWrite);
        let fault = house.users.set_role(&actor, samples::user_id(1), role).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminWrite)));
    }
    let answer = house.users.set_role(&samples::visitor(), samples::user_id(1), Role::Admin).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn the_command_line_may_set_roles_without_a_session() {
    let mut stage = stage();
    let mut work = holds(&stage, Role::User);
    updates(&mut work, Role::Moderator);
    let events = work.keep_events();
    stage.begins([work]);
    let house = stage.open();
    let answer = house.users.set_role(&Actor::system(), samples::user_id(1), Role::Moderator).await;
    assert!(answer.is_ok());
    assert_eq!(events.all()[0].actor, ActorRef::System);
}
