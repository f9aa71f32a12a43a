use super::{boss, boss_until, drops_link, holds, raised, spares, takes_turn, updates};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::{Account, StoreError};
use crate::testing::cast::{
    acts, acts_as, admin_without, ann, anns, assert_private_event, detail, finds, reason, stage, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::users::{ManageError, RoleChange, UserRecord};
use domain::Timestamp;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Channel;
use domain::users::RoleEnd;
use domain::violation::Violation;
use mockall::predicate::eq;
use std::time::Duration;

fn tomorrow() -> Timestamp {
    samples::NOW.plus(Duration::from_hours(24))
}

fn until(role: Role, at: Timestamp) -> RoleChange {
    RoleChange { until: Some(at), ..RoleChange::to(role) }
}

/// A unit of work in whose turn Ann's role is changed.
fn changing(stage: &Stage, account: Account) -> StagedWork {
    let mut work = holds(stage, &boss(), account);
    takes_turn(&mut work);
    work
}

fn closes_setup(work: &mut StagedWork) {
    work.instance.expect_settle_administration().with(eq(samples::NOW)).times(1).return_once(|_| Ok(true));
}

async fn set_role(stage: Stage, change: RoleChange) -> (Result<UserRecord, ManageError>, House) {
    let house = stage.open();
    (house.users.set_role(&boss(), samples::user_id(1), change).await, house)
}

#[tokio::test]
async fn a_changed_role_is_stored_and_told_with_what_it_was_before_and_why() {
    let mut stage = stage();
    let mut work = changing(&stage, anns(Role::User));
    drops_link(&mut work);
    updates(&mut work, |user| (user.role, user.role_end) == (Role::Moderator, None));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let why = Some(reason("Helps out."));
    let (answer, house) =
        set_role(stage, RoleChange { reason: why, ..RoleChange::to(Role::Moderator) }).await;
    let record = answer.unwrap();
    assert_eq!((record.user.role, record.person.masked), (Role::Moderator, true));
    assert!(committed.happened());
    let steps = [
        "begin",
        "instance",
        "sessions",
        "users",
        "personal_data",
        "password_links",
        "users",
        "audit",
        "commit",
    ];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let actor = ActorRef::User(samples::user_id(2));
    let (detail, private) = ([("from", "user"), ("to", "moderator")], [("reason", "Helps out.")]);
    let subject = Some(samples::user_id(1));
    assert_private_event(event, EventKind::RoleChanged, actor, subject, &detail, &private);
}

#[tokio::test]
async fn a_role_for_a_time_is_stored_with_its_end_and_what_follows() {
    let mut stage = stage();
    let mut work = changing(&stage, anns(Role::User));
    let end = RoleEnd { at: tomorrow(), then: Role::User };
    drops_link(&mut work);
    updates(&mut work, move |user| (user.role, user.role_end) == (Role::Admin, Some(end)));
    let events = work.keep_events();
    stage.begins([work]);
    let (answer, _) = set_role(stage, until(Role::Admin, tomorrow())).await;
    assert_eq!(answer.unwrap().user.role_end, Some(end), "and the setup stays open for a lasting one");
    let micros = tomorrow().as_micros().to_string();
    assert_eq!(detail(&events.all()[0]), [("from", "user"), ("to", "admin"), ("until", micros.as_str())]);
}

#[tokio::test]
async fn what_could_not_end_well_is_refused_with_its_field() {
    for (account, change, violation) in [
        (anns(Role::User), until(Role::Moderator, samples::NOW), Violation::NotInFuture),
        (anns(Role::Moderator), until(Role::User, tomorrow()), Violation::NotARaise),
        (raised(Role::Moderator, tomorrow()), until(Role::User, tomorrow()), Violation::NotARaise),
    ] {
        let mut stage = stage();
        let work = changing(&stage, account);
        let committed = work.committed();
        stage.begins([work]);
        let fault = set_role(stage, change).await.0.unwrap_err().fault();
        let [wrong] = &fault.violations[..] else { panic!("one field") };
        assert_eq!((wrong.field, &wrong.violation), ("expires_at", &violation));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn a_role_that_has_ended_by_itself_is_not_what_the_next_one_follows() {
    let mut stage = stage();
    let mut work = changing(&stage, raised(Role::Moderator, samples::NOW));
    drops_link(&mut work);
    updates(&mut work, |user| (user.role, user.role_end) == (Role::Moderator, None));
    let events = work.keep_events();
    stage.begins([work]);
    assert!(set_role(stage, RoleChange::to(Role::Moderator)).await.0.is_ok());
    assert_eq!(detail(&events.all()[0]), [("from", "user"), ("to", "moderator")]);
}

#[tokio::test]
async fn giving_the_role_that_is_there_changes_nothing_and_is_no_error() {
    for (account, change) in [
        (anns(Role::Moderator), RoleChange::to(Role::Moderator)),
        (raised(Role::Moderator, tomorrow()), until(Role::Moderator, tomorrow())),
    ] {
        let mut stage = stage();
        let expected = account.user.clone();
        let work = changing(&stage, account);
        let committed = work.committed();
        stage.begins([work]);
        let (answer, house) = set_role(stage, change).await;
        assert_eq!(answer.unwrap(), UserRecord { user: expected, person: ann(Role::User).personal.masked() });
        assert!(!committed.happened());
        assert!(!house.journal.steps().contains(&"audit"));
    }
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut stage = stage();
    let mut work = changing(&stage, anns(Role::Admin));
    spares(&mut work, false);
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, RoleChange::to(Role::Moderator)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "last-administrator"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn an_administrator_beside_whom_there_is_another_can_become_a_user() {
    let mut stage = stage();
    let mut work = changing(&stage, anns(Role::Admin));
    spares(&mut work, true);
    updates(&mut work, |user| user.role == Role::User);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, _) = set_role(stage, RoleChange::to(Role::User)).await;
    assert_eq!(answer.unwrap().user.role, Role::User);
    assert!(committed.happened());
    assert_eq!(detail(&events.all()[0]), [("from", "admin"), ("to", "user")]);
}

#[tokio::test]
async fn an_administrator_for_a_time_counts_for_nobody_and_is_missed_by_nobody() {
    let mut stage = stage();
    let mut work = changing(&stage, raised(Role::Admin, tomorrow()));
    updates(&mut work, |user| (user.role, user.role_end) == (Role::User, None));
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    assert!(set_role(stage, RoleChange::to(Role::User)).await.0.is_ok(), "nobody is asked who else there is");
    assert!(committed.happened());
}

#[tokio::test]
async fn a_lasting_administrator_closes_the_setup_in_the_same_turn() {
    for account in [anns(Role::User), raised(Role::Admin, tomorrow())] {
        let mut stage = stage();
        let is_raise = account.user.role == Role::User;
        let mut work = changing(&stage, account);
        work.password_links.expect_remove().times(usize::from(is_raise)).returning(|_| Ok(false));
        closes_setup(&mut work);
        updates(&mut work, |user| (user.role, user.role_end) == (Role::Admin, None));
        work.keep_events();
        let committed = work.committed();
        stage.begins([work]);
        let (answer, house) = set_role(stage, RoleChange::to(Role::Admin)).await;
        assert_eq!(answer.unwrap().user.role, Role::Admin);
        assert!(committed.happened());
        let steps = house.journal.steps();
        assert_eq!(steps[..5], ["begin", "instance", "sessions", "users", "personal_data"]);
        assert_eq!(steps[steps.len() - 4..], ["instance", "users", "audit", "commit"]);
    }
}

#[tokio::test]
async fn nobody_gets_a_role_who_is_not_there() {
    let mut stage = stage();
    let mut work = stage.work();
    takes_turn(&mut work);
    acts(&mut work, &boss());
    finds(&mut work, None);
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, RoleChange::to(Role::Moderator)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn somebody_else_who_was_faster_is_a_conflict() {
    let mut stage = stage();
    let mut work = changing(&stage, anns(Role::User));
    drops_link(&mut work);
    work.users.expect_update().times(1).return_once(|_, _| Err(StoreError::Conflict));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, RoleChange::to(Role::Moderator)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "conflict"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let id = samples::user_id(1);
    for role in Role::ALL {
        let actor = admin_without(Scope::AdminWrite);
        let fault = house.users.set_role(&actor, id, RoleChange::to(role)).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminWrite)));
    }
    let answer = house.users.set_role(&samples::visitor(), id, RoleChange::to(Role::Admin)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn who_administers_for_a_time_gives_nothing_that_outlasts_it() {
    let house = stage().open();
    let later = tomorrow().plus(Duration::from_micros(1));
    for change in [RoleChange::to(Role::Admin), until(Role::Admin, later)] {
        let answer = house.users.set_role(&boss_until(tomorrow()), samples::user_id(1), change).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "above-own-role"));
    }
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn who_has_come_to_administer_for_a_time_only_meanwhile_gives_nothing_that_outlasts_it() {
    let mut stage = stage();
    let mut work = stage.work();
    takes_turn(&mut work);
    let mut meanwhile = samples::live_session(2, Channel::Api, Role::Admin);
    meanwhile.standing.role_end = Some(RoleEnd { at: tomorrow(), then: Role::User });
    acts_as(&mut work, Some(meanwhile), samples::session_id(2));
    finds(&mut work, Some(anns(Role::User)));
    work.personal_data.expect_find().times(1).return_once(|_| Ok(Some(ann(Role::User).personal)));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = set_role(stage, RoleChange::to(Role::Admin)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "above-own-role"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn the_command_line_may_set_roles_without_a_session() {
    let mut stage = stage();
    let mut work = holds(&stage, &Actor::system(), anns(Role::User));
    takes_turn(&mut work);
    drops_link(&mut work);
    updates(&mut work, |user| user.role == Role::Moderator);
    let events = work.keep_events();
    stage.begins([work]);
    let house = stage.open();
    let change = RoleChange::to(Role::Moderator);
    let record = house.users.set_role(&Actor::system(), samples::user_id(1), change).await.unwrap();
    assert!(!record.person.masked, "the command line has the database in its hands");
    assert_eq!(events.all()[0].actor, ActorRef::System);
}
