use super::{asks_ann_again, boss, boss_until, holds, raised, spares, takes_turn, updates};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::{Account, StoreError};
use crate::testing::cast::{
    DIFFERS, MATCHES, acts, admin_without, anns, assert_event, assert_private_event, detail, failure_work,
    finds, password, reason, stage, suspended, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::{ManageError, SuspensionOrder, UserRecord};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::{Status, Suspension, User};
use domain::violation::Violation;
use mockall::predicate::eq;
use std::time::Duration;

fn order() -> SuspensionOrder {
    SuspensionOrder { reason: reason("Sends spam."), until: None, password: None }
}

fn tomorrow() -> Timestamp {
    samples::NOW.plus(Duration::from_hours(24))
}

/// A unit of work in whose turn Ann's account is found and her sessions end.
fn closing(stage: &Stage, account: Account) -> StagedWork {
    let mut work = finding(stage, &boss(), account);
    ends_sessions(&mut work);
    work
}

/// A unit of work in whose turn Ann's account is found.
fn finding(stage: &Stage, actor: &Actor, account: Account) -> StagedWork {
    let mut work = holds(stage, actor, account);
    takes_turn(&mut work);
    work
}

fn ends_sessions(work: &mut StagedWork) {
    work.sessions
        .expect_end_all_of()
        .with(eq(samples::user_id(1)), eq(None))
        .times(1)
        .return_once(|_, _| Ok(3));
}

async fn suspend(stage: Stage, order: SuspensionOrder) -> (Result<UserRecord, ManageError>, House) {
    let house = stage.open();
    (house.users.suspend(&boss(), samples::user_id(1), order).await, house)
}

#[tokio::test]
async fn a_suspension_ends_every_session_and_is_told_with_its_reason() {
    let mut stage = stage();
    let mut work = closing(&stage, anns(Role::User));
    let suspension = Suspension { reason: reason("Sends spam."), since: samples::NOW, until: None };
    updates(&mut work, move |user| user.suspension.as_ref() == Some(&suspension));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = suspend(stage, order()).await;
    let record = answer.unwrap();
    assert_eq!((record.user.status(), record.person.masked), (Status::Suspended, true));
    assert!(committed.happened());
    let steps =
        ["begin", "instance", "sessions", "users", "personal_data", "sessions", "users", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (ActorRef::User(samples::user_id(2)), Some(samples::user_id(1)));
    let (detail, private) = ([("sessions_ended", "3")], [("reason", "Sends spam.")]);
    assert_private_event(event, EventKind::UserSuspended, boss, ann, &detail, &private);
}

#[tokio::test]
async fn a_suspension_is_tried_again_where_somebody_else_was_at_one_of_the_sessions() {
    let mut stage = stage();
    let mut met = finding(&stage, &boss(), anns(Role::User));
    met.sessions.expect_end_all_of().times(1).return_once(|_, _| Err(StoreError::Conflict));
    let mut work = closing(&stage, anns(Role::User));
    updates(&mut work, |user| user.suspension.is_some());
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([met, work]);
    assert!(suspend(stage, order()).await.0.is_ok());
    assert!(committed.happened());
    assert_eq!(events.kinds(), [EventKind::UserSuspended]);
}

#[tokio::test]
async fn a_suspension_for_a_time_says_until_when() {
    let mut stage = stage();
    let mut work = closing(&stage, anns(Role::User));
    updates(&mut work, |user| user.standing().suspended_until == Some(tomorrow()));
    let events = work.keep_events();
    stage.begins([work]);
    assert!(suspend(stage, SuspensionOrder { until: Some(tomorrow()), ..order() }).await.0.is_ok());
    let micros = tomorrow().as_micros().to_string();
    assert_eq!(detail(&events.all()[0])[1], ("until", micros.as_str()));
}

#[tokio::test]
async fn suspending_twice_replaces_reason_and_end_but_not_the_beginning() {
    let mut stage = stage();
    stage.clock.advance(Duration::from_hours(1));
    let mut work = closing(&stage, suspended(anns(Role::User)));
    updates(&mut work, |user| {
        user.suspension.as_ref().is_some_and(|now| {
            (now.since, now.reason.as_str()) == (samples::NOW, "Went on.") && now.until.is_none()
        })
    });
    work.keep_events();
    stage.begins([work]);
    assert!(suspend(stage, SuspensionOrder { reason: reason("Went on."), ..order() }).await.0.is_ok());
}

#[tokio::test]
async fn a_suspension_that_would_be_over_already_is_refused_with_its_field() {
    let mut stage = stage();
    let work = finding(&stage, &boss(), anns(Role::User));
    let committed = work.committed();
    stage.begins([work]);
    let order = SuspensionOrder { until: Some(samples::NOW), ..order() };
    let fault = suspend(stage, order).await.0.unwrap_err().fault();
    let [wrong] = &fault.violations[..] else { panic!("one field") };
    assert_eq!((wrong.field, &wrong.violation), ("until", &Violation::NotInFuture));
    assert!(!committed.happened());
}

#[tokio::test]
async fn the_last_administrator_is_not_suspended_and_another_one_is() {
    for another in [false, true] {
        let mut stage = stage();
        let mut work = finding(&stage, &boss(), anns(Role::Admin));
        spares(&mut work, another);
        if another {
            ends_sessions(&mut work);
            updates(&mut work, |user| user.status() == Status::Suspended);
            work.keep_events();
        }
        let committed = work.committed();
        stage.begins([work]);
        let (answer, _) = suspend(stage, order()).await;
        if let Err(error) = &answer {
            assert_eq!(told(error), (FaultKind::Conflict, "last-administrator"));
        }
        assert_eq!((answer.is_ok(), committed.happened()), (another, another));
    }
}

#[tokio::test]
async fn whoever_suspends_themselves_gives_their_password() {
    let own = |password| SuspensionOrder { password, ..order() };
    let (ann, id) = (samples::member(1, Role::Admin), samples::user_id(1));
    let house = stage().open();
    let error = house.users.suspend(&ann, id, own(None)).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Forbidden, "password-needed"));
    assert!(house.journal.steps().is_empty());

    let mut wrong = stage();
    asks_ann_again(&mut wrong, DIFFERS);
    let (work, _) = failure_work(&wrong, Some(id), None);
    wrong.begins([work]);
    let answer = wrong.open().users.suspend(&ann, id, own(Some(password(samples::PASSWORD)))).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "wrong-password"));

    let mut right = stage();
    asks_ann_again(&mut right, MATCHES);
    let mut work = finding(&right, &ann, anns(Role::Admin));
    ends_sessions(&mut work);
    spares(&mut work, true);
    updates(&mut work, |user| user.status() == Status::Suspended);
    work.keep_events();
    right.begins([work]);
    let house = right.open();
    assert!(house.users.suspend(&ann, id, own(Some(password(samples::PASSWORD)))).await.is_ok());
    assert_eq!(house.journal.steps()[..3], ["enter", "verify", "begin"]);
}

#[tokio::test]
async fn who_administers_for_a_time_suspends_no_lasting_administrator() {
    let mut stage = stage();
    let mut work = stage.work();
    takes_turn(&mut work);
    acts(&mut work, &boss_until(tomorrow()));
    finds(&mut work, Some(anns(Role::Admin)));
    let committed = work.committed();
    stage.begins([work]);
    let answer = stage.open().users.suspend(&boss_until(tomorrow()), samples::user_id(1), order()).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "above-own-role"));
    assert!(!committed.happened());
}

async fn reinstate(stage: Stage) -> (Result<UserRecord, ManageError>, House) {
    let house = stage.open();
    (house.users.reinstate(&boss(), samples::user_id(1)).await, house)
}

#[tokio::test]
async fn a_reinstated_account_is_open_again_and_told() {
    let mut stage = stage();
    let mut work = holds(&stage, &boss(), suspended(anns(Role::User)));
    updates(&mut work, |user| user.suspension.is_none());
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = reinstate(stage).await;
    assert_eq!(answer.unwrap().user.status(), Status::Active);
    assert!(committed.happened());
    assert_eq!(
        house.journal.steps(),
        ["begin", "sessions", "users", "personal_data", "users", "audit", "commit"]
    );
    let [event] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (ActorRef::User(samples::user_id(2)), Some(samples::user_id(1)));
    assert_event(event, EventKind::UserReinstated, boss, ann, &[]);
}

#[tokio::test]
async fn of_an_account_that_is_open_or_has_opened_by_itself_nothing_changes() {
    let mut over = suspended(anns(Role::User));
    if let Some(suspension) = &mut over.user.suspension {
        suspension.until = Some(samples::NOW);
    }
    for account in [anns(Role::User), over] {
        let mut stage = stage();
        let work = holds(&stage, &boss(), account);
        let committed = work.committed();
        stage.begins([work]);
        let User { suspension, .. } = reinstate(stage).await.0.unwrap().user;
        assert_eq!(suspension, None);
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn administrators_are_closed_and_opened_only_by_those_who_may_change_roles() {
    for (reopens, account) in [(false, anns(Role::Admin)), (true, suspended(raised(Role::Admin, tomorrow())))]
    {
        let mut stage = stage();
        let scopes = Role::Admin.scopes().iter().filter(|scope| *scope != Scope::AdminWrite).collect();
        let actor = samples::member_by(2, domain::sessions::Channel::Api, Role::Admin, scopes);
        let mut work = stage.work();
        acts(&mut work, &actor);
        finds(&mut work, Some(account));
        if !reopens {
            takes_turn(&mut work);
        }
        let committed = work.committed();
        stage.begins([work]);
        let (house, id) = (stage.open(), samples::user_id(1));
        let answer = if reopens {
            house.users.reinstate(&actor, id).await
        } else {
            house.users.suspend(&actor, id, order()).await
        };
        let fault = answer.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminWrite)));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let id = samples::user_id(3);
    let narrow: [(Actor, _, _); 2] = [
        (admin_without(Scope::UserWrite), FaultKind::Forbidden, Some(Scope::UserWrite)),
        (samples::visitor(), FaultKind::Unauthenticated, None),
    ];
    for (actor, kind, scope) in narrow {
        for answer in
            [house.users.suspend(&actor, id, order()).await, house.users.reinstate(&actor, id).await]
        {
            let fault = answer.unwrap_err().fault();
            assert_eq!((fault.kind, fault.scope), (kind, scope));
        }
    }
    assert!(house.journal.steps().is_empty());
}
