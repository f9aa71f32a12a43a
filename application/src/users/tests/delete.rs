use super::{
    acknowledged, acknowledgement, boss, boss_until, erases, holds, meets_a_conflict, raised, spares,
    takes_turn, tidies,
};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::Account;
use crate::testing::cast::{acts, admin_without, anns, assert_event, finds, gone, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::ManageError;
use crate::vault::Receipt;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use std::time::Duration;

fn deleting(stage: &Stage, account: Account) -> StagedWork {
    let mut work = holds(stage, &boss(), account);
    takes_turn(&mut work);
    work
}

async fn delete(stage: Stage, actor: &Actor) -> (Result<Receipt, ManageError>, House) {
    let house = stage.open();
    (house.users.delete(actor, samples::user_id(1)).await, house)
}

#[tokio::test]
async fn an_account_goes_with_the_person_behind_it_and_only_the_event_stays() {
    let mut stage = stage();
    tidies(&mut stage, Ok(1));
    let mut work = deleting(&stage, anns(Role::User));
    erases(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = delete(stage, &boss()).await;
    assert_eq!(acknowledged(&house, &answer.unwrap()), acknowledgement());
    assert!(committed.happened());
    let steps = [
        "begin",
        "instance",
        "sessions",
        "users",
        "personal_data",
        "personal_data",
        "users",
        "erasures",
        "audit",
        "commit",
        "tidy",
    ];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (samples::user_id(2), samples::user_id(1));
    assert_event(event, EventKind::UserDeleted, ActorRef::User(boss), Some(ann), &[]);
}

#[tokio::test]
async fn a_deletion_is_tried_again_where_somebody_else_was_at_something_of_the_account() {
    let mut stage = stage();
    tidies(&mut stage, Ok(1));
    let mut met = deleting(&stage, anns(Role::User));
    meets_a_conflict(&mut met);
    let mut work = deleting(&stage, anns(Role::User));
    erases(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([met, work]);
    assert!(delete(stage, &boss()).await.0.is_ok());
    assert!(committed.happened());
    assert_eq!(events.kinds(), [EventKind::UserDeleted]);
}

#[tokio::test]
async fn nobody_deletes_themselves_without_their_password() {
    let house = stage().open();
    let answer = house.users.delete(&samples::member(1, Role::Admin), samples::user_id(1)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "password-needed"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn the_last_administrator_is_not_deleted_and_another_one_is() {
    for (another, deleted) in [(false, false), (true, true)] {
        let mut stage = stage();
        let mut work = deleting(&stage, anns(Role::Admin));
        spares(&mut work, another);
        if deleted {
            erases(&mut work);
            tidies(&mut stage, Err(gone()));
            work.keep_events();
        }
        let committed = work.committed();
        stage.begins([work]);
        let (answer, _) = delete(stage, &boss()).await;
        assert_eq!(answer.is_ok(), deleted);
        if let Err(error) = answer {
            assert_eq!(told(&error), (FaultKind::Conflict, "last-administrator"));
        }
        assert_eq!(committed.happened(), deleted);
    }
}

#[tokio::test]
async fn administrators_are_deleted_only_by_those_who_may_delete_administrators() {
    let mut stage = stage();
    let scopes = Role::Admin.scopes().iter().filter(|scope| *scope != Scope::AdminDelete).collect();
    let actor = samples::member_by(2, domain::sessions::Channel::Api, Role::Admin, scopes);
    let mut work = stage.work();
    takes_turn(&mut work);
    acts(&mut work, &actor);
    finds(&mut work, Some(anns(Role::Admin)));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    let fault = house.users.delete(&actor, samples::user_id(1)).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminDelete)));
    assert!(!committed.happened());
}

#[tokio::test]
async fn who_administers_for_a_time_deletes_no_lasting_administrator() {
    let end = samples::NOW.plus(Duration::from_hours(1));
    for (account, reached) in [(anns(Role::Admin), false), (raised(Role::Admin, end), true)] {
        let mut stage = stage();
        let mut work = stage.work();
        takes_turn(&mut work);
        acts(&mut work, &boss_until(end));
        finds(&mut work, Some(account));
        if reached {
            work.personal_data.expect_find().times(1).return_once(|_| Err(gone()));
        }
        stage.begins([work]);
        let (answer, _) = delete(stage, &boss_until(end)).await;
        let above = (FaultKind::Forbidden, "above-own-role");
        assert_eq!(told(&answer.unwrap_err()) != above, reached);
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let id = samples::user_id(3);
    let fault = house.users.delete(&admin_without(Scope::UserDelete), id).await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::UserDelete)));
    let error = house.users.delete(&samples::visitor(), id).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn whoever_is_not_there_is_missing() {
    let mut stage = stage();
    let mut work = stage.work();
    takes_turn(&mut work);
    finds(&mut work, None);
    stage.begins([work]);
    let (answer, _) = delete(stage, &Actor::system()).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
}
