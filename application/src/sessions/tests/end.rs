use super::{boss, reaches};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::sessions::EndError;
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{acts, acts_as, admin_without, ann_with, anns, assert_event, gone, stage, told};
use crate::testing::{Events, Stage, StagedWork, samples};
use domain::access::{Reason, Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::ids::SessionId;
use domain::sessions::Channel;
use mockall::predicate::eq;

fn ann() -> Actor {
    ann_with(Role::User, [Scope::ProfileWrite])
}

/// The session of that number, which belongs to Ann.
fn anns_session(number: u8) -> LiveSession {
    let mut live = samples::live_session(number, Channel::Web, Role::User);
    live.session.user_id = samples::user_id(1);
    live
}

/// A unit of work that finds that session.
fn finds(stage: &Stage, id: SessionId, live: Option<LiveSession>) -> StagedWork {
    let mut work = stage.work();
    work.sessions.expect_find().with(eq(id)).times(1).return_once(|_| Ok(live));
    work
}

/// A unit of work that finds that session of Ann's and ends it.
fn ends(stage: &Stage, number: u8) -> (StagedWork, Events) {
    let id = samples::session_id(number);
    let mut work = finds(stage, id, Some(anns_session(number)));
    work.sessions.expect_end().with(eq(id)).times(1).return_once(|_| Ok(true));
    let events = work.keep_events();
    (work, events)
}

/// A unit of work that ends so many sessions of Ann's.
fn ends_all(stage: &Stage, except: Option<SessionId>, ended: u64) -> StagedWork {
    let mut work = stage.work();
    work.sessions
        .expect_end_all_of()
        .with(eq(samples::user_id(1)), eq(except))
        .times(1)
        .return_once(move |_, _| Ok(ended));
    work
}

#[tokio::test]
async fn people_end_their_own_sessions_also_the_one_in_use() {
    for number in [1, 4] {
        let mut stage = stage();
        let (work, events) = ends(&stage, number);
        let committed = work.committed();
        stage.begins([work]);
        let house = stage.open();
        house.sessions.end_own(&ann(), samples::session_id(number)).await.unwrap();
        assert!(committed.happened());
        assert_eq!(house.journal.steps(), ["begin", "sessions", "sessions", "audit", "commit"]);
        let [event] = &events.all()[..] else { panic!("one event") };
        let (user, session) = (samples::user_id(1), samples::session_id(number).to_string());
        let detail = [("session", session.as_str()), ("channel", "web")];
        assert_event(event, EventKind::SessionEnded, ActorRef::User(user), Some(user), &detail);
    }
}

#[tokio::test]
async fn a_session_of_somebody_else_is_told_like_one_that_is_not_there_and_the_reason_is_known_inside() {
    let theirs = samples::live_session(3, Channel::Api, Role::User);
    for (live, reason) in [(Some(theirs), Some(Reason::NotTheOwner)), (None, None)] {
        let mut stage = stage();
        let id = samples::session_id(3);
        let work = finds(&stage, id, live);
        let committed = work.committed();
        stage.begins([work]);
        let fault = stage.open().sessions.end_own(&ann(), id).await.unwrap_err().fault();
        assert_eq!((fault.kind, fault.code, fault.reason), (FaultKind::Missing, "not-found", reason));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn ending_all_others_spares_the_one_in_use_and_is_told_once() {
    let mut stage = stage();
    let mut work = ends_all(&stage, Some(samples::session_id(1)), 2);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    assert_eq!(house.sessions.end_others(&ann()).await.unwrap(), 2);
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "sessions", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    let user = samples::user_id(1);
    let detail = [("sessions_ended", "2")];
    assert_event(event, EventKind::SessionsEnded, ActorRef::User(user), Some(user), &detail);
}

#[tokio::test]
async fn ending_all_of_them_is_tried_again_where_somebody_else_was_at_one_of_them() {
    for others in [true, false] {
        let except = others.then(|| samples::session_id(1));
        let mut stage = stage();
        let mut met = stage.work();
        met.sessions.expect_end_all_of().times(1).return_once(|_, _| Err(StoreError::Conflict));
        let mut work = ends_all(&stage, except, 2);
        if !others {
            reaches(&mut stage, Some(anns(Role::User)));
            acts(&mut met, &boss());
            acts(&mut work, &boss());
        }
        let (events, committed) = (work.keep_events(), work.committed());
        stage.begins([met, work]);
        let sessions = stage.open().sessions;
        let ended = if others {
            sessions.end_others(&ann()).await
        } else {
            sessions.end_all_of(&boss(), samples::user_id(1)).await
        };
        assert_eq!(ended.unwrap(), 2);
        assert!(committed.happened());
        assert_eq!(events.kinds(), [EventKind::SessionsEnded]);
    }
}

#[tokio::test]
async fn where_there_is_nothing_to_end_nothing_is_told() {
    let mut stage = stage();
    let work = ends_all(&stage, Some(samples::session_id(1)), 0);
    let committed = work.committed();
    stage.begins([work]);
    assert_eq!(stage.open().sessions.end_others(&ann()).await.unwrap(), 0);
    assert!(!committed.happened());
}

#[tokio::test]
async fn an_administrator_ends_one_session_of_a_user_or_all_of_them() {
    let (boss_id, user) = (samples::user_id(2), samples::user_id(1));
    let mut one = stage();
    reaches(&mut one, Some(anns(Role::User)));
    let (mut work, events) = ends(&one, 4);
    acts(&mut work, &boss());
    one.begins([work]);
    one.open().sessions.end_of(&boss(), user, samples::session_id(4)).await.unwrap();
    let event = &events.all()[0];
    assert_eq!((event.kind, event.actor), (EventKind::SessionEnded, ActorRef::User(boss_id)));
    assert_eq!(event.subject, Some(user));

    let mut all = stage();
    reaches(&mut all, Some(anns(Role::User)));
    let mut work = ends_all(&all, None, 3);
    acts(&mut work, &boss());
    let events = work.keep_events();
    all.begins([work]);
    assert_eq!(all.open().sessions.end_all_of(&boss(), user).await.unwrap(), 3);
    let detail = [("sessions_ended", "3")];
    assert_event(&events.all()[0], EventKind::SessionsEnded, ActorRef::User(boss_id), Some(user), &detail);
}

#[tokio::test]
async fn the_session_that_an_administrator_ends_has_to_be_that_users() {
    let mut stage = stage();
    reaches(&mut stage, Some(anns(Role::User)));
    let id = samples::session_id(3);
    let mut work = finds(&stage, id, Some(samples::live_session(3, Channel::Api, Role::User)));
    acts(&mut work, &boss());
    let committed = work.committed();
    stage.begins([work]);
    let answer = stage.open().sessions.end_of(&boss(), samples::user_id(1), id).await;
    assert!(matches!(answer, Err(EndError::NotTheirs)));
    assert!(!committed.happened());
}

#[tokio::test]
async fn whoever_has_lost_the_right_meanwhile_ends_nothing_of_others() {
    let demoted = samples::live_session(2, Channel::Api, Role::User);
    for (live, code) in [(None, "unauthenticated"), (Some(demoted), "insufficient-scope")] {
        for all in [true, false] {
            let mut stage = stage();
            reaches(&mut stage, Some(anns(Role::User)));
            let mut work = stage.work();
            acts_as(&mut work, live.clone(), samples::session_id(2));
            let committed = work.committed();
            stage.begins([work]);
            let (house, user) = (stage.open(), samples::user_id(1));
            let error = if all {
                house.sessions.end_all_of(&boss(), user).await.unwrap_err()
            } else {
                house.sessions.end_of(&boss(), user, samples::session_id(4)).await.unwrap_err()
            };
            assert_eq!(error.fault().code, code);
            assert!(!committed.happened());
        }
    }
}

#[tokio::test]
async fn what_could_not_be_committed_is_not_told_as_done() {
    let mut one = stage();
    let (mut work, _) = ends(&one, 4);
    work.refuse_commit(gone());
    one.begins([work]);
    assert!(one.open().sessions.end_own(&ann(), samples::session_id(4)).await.is_err());
    let mut all = stage();
    let mut work = ends_all(&all, Some(samples::session_id(1)), 2);
    work.keep_events();
    work.refuse_commit(gone());
    all.begins([work]);
    assert!(all.open().sessions.end_others(&ann()).await.is_err());
}

#[tokio::test]
async fn administrators_sessions_are_ended_only_by_those_who_may_change_roles() {
    let user = samples::user_id(1);
    for (account, code) in [(None, "not-found"), (Some(anns(Role::Admin)), "insufficient-scope")] {
        let mut one = stage();
        reaches(&mut one, account.clone());
        let narrow = admin_without(Scope::AdminWrite);
        let house = one.open();
        let error = house.sessions.end_of(&narrow, user, samples::session_id(1)).await.unwrap_err();
        assert_eq!(error.fault().code, code);
        assert!(house.journal.steps().is_empty());
        let mut all = stage();
        reaches(&mut all, account);
        let error = all.open().sessions.end_all_of(&narrow, user).await.unwrap_err();
        assert_eq!(error.fault().code, code);
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let (user, id) = (samples::user_id(1), samples::session_id(1));
    let lacking = |error: EndError| (error.fault().kind, error.fault().scope);
    let reader = ann_with(Role::User, [Scope::ProfileRead]);
    let own = (FaultKind::Forbidden, Some(Scope::ProfileWrite));
    assert_eq!(lacking(house.sessions.end_own(&reader, id).await.unwrap_err()), own);
    assert_eq!(lacking(house.sessions.end_others(&reader).await.unwrap_err()), own);
    let narrow = admin_without(Scope::UserWrite);
    let others = (FaultKind::Forbidden, Some(Scope::UserWrite));
    assert_eq!(lacking(house.sessions.end_of(&narrow, user, id).await.unwrap_err()), others);
    assert_eq!(lacking(house.sessions.end_all_of(&narrow, user).await.unwrap_err()), others);
    let visitor = samples::visitor();
    for error in [
        house.sessions.end_own(&visitor, id).await.unwrap_err(),
        house.sessions.end_others(&visitor).await.unwrap_err(),
        house.sessions.end_of(&visitor, user, id).await.unwrap_err(),
        house.sessions.end_all_of(&visitor, user).await.unwrap_err(),
    ] {
        assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    }
    assert!(house.journal.steps().is_empty());
}
