use super::issued;
use crate::actor::Actor;
use crate::fault::FaultKind;
use crate::store::StoreError;
use crate::testing::cast::{ann_with, assert_event, gone, stage, told};
use crate::testing::{Stage, samples};
use domain::access::{Role, Scopes};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Channel;
use mockall::predicate::eq;

fn browser() -> Actor {
    samples::member_by(1, Channel::Web, Role::User, Role::User.scopes())
}

fn renewing() -> Stage {
    let mut stage = stage();
    stage
        .opaque_tokens
        .expect_cookie()
        .with(eq(samples::session_id(1)))
        .times(1)
        .return_once(|_| issued("fresh", samples::digest(8)));
    stage
}

#[tokio::test]
async fn logging_out_ends_the_session_and_needs_no_scope() {
    let mut stage = stage();
    let mut work = stage.work();
    let id = samples::session_id(1);
    work.sessions
        .expect_find()
        .with(eq(id))
        .times(1)
        .return_once(|_| Ok(Some(samples::live_session(1, Channel::Api, Role::User))));
    work.sessions.expect_end().with(eq(id)).times(1).return_once(|_| Ok(true));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    house.sessions.log_out(&ann_with(Role::User, Scopes::NONE.iter())).await.unwrap();
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "sessions", "sessions", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    let (user, session) = (samples::user_id(1), id.to_string());
    let detail = [("session", session.as_str()), ("channel", "api")];
    assert_event(event, EventKind::LoggedOut, ActorRef::User(user), Some(user), &detail);
}

#[tokio::test]
async fn a_session_that_is_gone_already_can_not_be_ended_again() {
    let mut stage = stage();
    let mut work = stage.work();
    work.sessions.expect_find().times(1).return_once(|_| Ok(None));
    let committed = work.committed();
    stage.begins([work]);
    let error = stage.open().sessions.log_out(&samples::member(1, Role::User)).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_log_out_that_could_not_be_committed_is_not_told_as_one() {
    let mut stage = stage();
    let mut work = stage.work();
    let live = samples::live_session(1, Channel::Api, Role::User);
    work.sessions.expect_find().times(1).return_once(|_| Ok(Some(live)));
    work.sessions.expect_end().times(1).return_once(|_| Ok(true));
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    let error = stage.open().sessions.log_out(&samples::member(1, Role::User)).await.unwrap_err();
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&error), (kind, "unavailable"));
}

#[tokio::test]
async fn a_renewed_cookie_takes_the_place_of_the_old_one() {
    let mut stage = renewing();
    let mut work = stage.work();
    work.sessions
        .expect_replace_cookie()
        .with(eq(samples::session_id(1)), eq(samples::digest(8)))
        .times(1)
        .return_once(|_, _| Ok(()));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    assert_eq!(house.sessions.renew_cookie(&browser()).await.unwrap().expose(), "fresh");
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "sessions", "commit"]);
}

#[tokio::test]
async fn a_cookie_that_could_not_be_stored_is_not_handed_out() {
    let mut stage = renewing();
    let mut work = stage.work();
    work.sessions.expect_replace_cookie().times(1).return_once(|_, _| Err(gone()));
    let committed = work.committed();
    stage.begins([work]);
    assert!(stage.open().sessions.renew_cookie(&browser()).await.is_err());
    assert!(!committed.happened());
}

#[tokio::test]
async fn who_has_no_session_can_neither_end_nor_renew_one() {
    let house = stage().open();
    for actor in [samples::visitor(), Actor::system()] {
        for error in [
            house.sessions.log_out(&actor).await.unwrap_err(),
            house.sessions.renew_cookie(&actor).await.unwrap_err(),
        ] {
            assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
        }
    }
    assert!(house.journal.steps().is_empty());
}
