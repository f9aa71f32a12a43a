use super::{boss, boss_until, holds};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{
    acts, admin_without, ann, anns, assert_private_event, finds, gone, reason, stage, told,
};
use crate::testing::{House, Stage, samples};
use crate::users::{ManageError, UserRecord};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use std::time::Duration;

async fn open(stage: Stage, actor: &Actor) -> (Result<UserRecord, ManageError>, House) {
    let house = stage.open();
    let why = reason("They asked for help.");
    (house.users.open_personal_data(actor, samples::user_id(1), &why).await, house)
}

#[tokio::test]
async fn what_is_opened_is_written_down_with_the_reason_and_the_role_before_it_is_shown() {
    let mut stage = stage();
    let mut work = holds(&stage, &boss(), anns(Role::User));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = open(stage, &boss()).await;
    assert_eq!(answer.unwrap().person, ann(Role::User).personal.open());
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "sessions", "users", "personal_data", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (ActorRef::User(samples::user_id(2)), Some(samples::user_id(1)));
    let private = [("reason", "They asked for help.")];
    assert_private_event(event, EventKind::PersonalDataOpened, boss, ann, &[("role", "admin")], &private);
}

#[tokio::test]
async fn what_could_not_be_written_down_is_not_shown() {
    for at_commit in [false, true] {
        let mut stage = stage();
        let mut work = holds(&stage, &boss(), anns(Role::User));
        if at_commit {
            work.keep_events();
            work.refuse_commit(gone());
        } else {
            work.audit.expect_record().times(1).return_once(|_| Err(gone()));
        }
        stage.begins([work]);
        assert!(open(stage, &boss()).await.0.is_err());
    }
}

#[tokio::test]
async fn the_command_line_is_written_down_too_and_ones_own_data_are_nobodys_news() {
    let mut machine = stage();
    let mut work = holds(&machine, &Actor::system(), anns(Role::User));
    let events = work.keep_events();
    machine.begins([work]);
    assert!(open(machine, &Actor::system()).await.0.is_ok());
    assert_eq!(events.all()[0].actor, ActorRef::System);

    let mut own = stage();
    let work = holds(&own, &samples::member(1, Role::Admin), anns(Role::Admin));
    let committed = work.committed();
    own.begins([work]);
    assert!(!open(own, &samples::member(1, Role::Admin)).await.0.unwrap().person.masked);
    assert!(!committed.happened());
}

#[tokio::test]
async fn who_administers_for_a_time_does_not_look_at_a_lasting_administrator() {
    let mut stage = stage();
    let mut work = stage.work();
    let actor = boss_until(samples::NOW.plus(Duration::from_hours(1)));
    acts(&mut work, &actor);
    finds(&mut work, Some(anns(Role::Admin)));
    stage.begins([work]);
    let (answer, _) = open(stage, &actor).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "above-own-role"));
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    for (actor, kind, scope) in [
        (admin_without(Scope::AdminRead), FaultKind::Forbidden, Some(Scope::AdminRead)),
        (samples::visitor(), FaultKind::Unauthenticated, None),
    ] {
        let (answer, house) = open(stage(), &actor).await;
        let fault = answer.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (kind, scope));
        assert!(house.journal.steps().is_empty());
    }
}
