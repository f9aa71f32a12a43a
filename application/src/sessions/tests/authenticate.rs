use crate::actor::{Actor, Identity, Member};
use crate::fault::FaultKind;
use crate::sessions::AuthenticateError;
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{anns, closed, gone, stage, told};
use crate::testing::{House, Stage, samples};
use crate::tokens::{AccessClaims, TokenFlaw};
use domain::access::{Role, Scope, Scopes};
use domain::ids::UserId;
use domain::sessions::{Channel, Generation, Session};
use domain::users::RoleEnd;
use mockall::predicate::eq;
use std::time::Duration;

/// A token of session 1 that says whose it is and what it may do.
fn claims(user_id: UserId, scopes: Scopes) -> AccessClaims {
    AccessClaims {
        user_id,
        session_id: samples::session_id(1),
        generation: Generation::FIRST,
        scopes,
        role: Role::Admin,
        issued_at: samples::NOW,
        expires_at: samples::NOW.plus(Duration::from_mins(10)),
    }
}

/// The token is one of ours and belongs to that session.
fn signed(claims: AccessClaims, live: Option<LiveSession>) -> Stage {
    let mut stage = stage();
    stage
        .access_tokens
        .expect_verify()
        .withf(|token, _| token == "access")
        .times(1)
        .return_once(move |_, _| Ok(claims));
    stage.sessions.expect_find().with(eq(samples::session_id(1))).times(1).return_once(|_| Ok(live));
    stage
}

fn anns_token(live: LiveSession) -> Stage {
    signed(claims(samples::user_id(1), live.session.scopes), Some(live))
}

fn live(role: Role) -> LiveSession {
    samples::live_session(1, Channel::Api, role)
}

async fn authenticate(stage: Stage) -> (Result<Actor, AuthenticateError>, House) {
    let house = stage.open();
    (house.sessions.authenticate(samples::origin(), "access").await, house)
}

/// It may be asked once more how the owner stands, so that the refusal can be explained.
async fn assert_invalid(mut stage: Stage, why: &str) {
    stage.users.expect_account_of().times(0..=1).returning(|_| Ok(Some(anns(Role::User))));
    let (answer, house) = authenticate(stage).await;
    let error = answer.expect_err(why);
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "invalid-token"), "{why}");
    assert!(house.journal.steps().is_empty(), "{why}: nothing is written for it");
}

#[tokio::test]
async fn whoever_brings_a_good_token_is_known_with_their_session_and_where_they_are() {
    let (answer, house) = authenticate(anns_token(live(Role::User))).await;
    let expected = Member {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        channel: Channel::Api,
        role: Role::User,
        role_end: None,
        granted: Role::User.scopes(),
        scopes: Role::User.scopes(),
    };
    let actor = answer.unwrap();
    assert_eq!(actor.identity, Identity::Member(expected));
    assert_eq!(actor.origin, samples::origin());
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_token_that_nobody_signed_asks_nothing_of_the_store() {
    let mut stage = stage();
    stage.access_tokens.expect_verify().times(1).return_once(|_, _| Err(TokenFlaw::Unreadable));
    assert_invalid(stage, "forged").await;
}

#[tokio::test]
async fn a_token_is_verified_by_the_clock_of_the_house() {
    let mut stage = stage();
    stage.clock.advance(Duration::from_hours(7));
    let now = samples::NOW.plus(Duration::from_hours(7));
    stage
        .access_tokens
        .expect_verify()
        .withf(move |_, at| *at == now)
        .times(1)
        .return_once(|_, _| Err(TokenFlaw::Unreadable));
    assert_invalid(stage, "late").await;
}

#[tokio::test]
async fn a_token_stands_and_falls_with_its_session_and_its_owner() {
    let scopes = Role::User.scopes();
    let alive = live(Role::User);
    assert_invalid(signed(claims(samples::user_id(1), scopes), None), "ended").await;
    assert_invalid(signed(claims(samples::user_id(2), scopes), Some(alive.clone())), "somebody else's").await;
    let suspended = closed(alive);
    assert_invalid(signed(claims(samples::user_id(1), scopes), Some(suspended)), "suspended").await;
    let web = samples::live_session(1, Channel::Web, Role::User);
    assert_invalid(signed(claims(samples::user_id(1), scopes), Some(web)), "a browser's session").await;
}

#[tokio::test]
async fn a_session_that_lay_idle_or_lasted_long_enough_is_over() {
    let lifetimes = stage().settings.api;
    let idle = anns_token(live(Role::User));
    idle.clock.advance(lifetimes.idle);
    assert_invalid(idle, "idle").await;

    let used_just_now = samples::NOW.plus(lifetimes.absolute);
    let mut old = live(Role::User);
    old.session.last_used_at = used_just_now;
    let old = anns_token(old);
    old.clock.set(used_just_now);
    assert_invalid(old, "old").await;
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_felt_on_the_very_next_request() {
    let granted = claims(samples::user_id(1), Role::Admin.scopes());
    let (answer, _) = authenticate(signed(granted, Some(live(Role::User)))).await;
    let member = answer.unwrap().member().unwrap();
    assert_eq!((member.role, member.scopes), (Role::User, Role::User.scopes()));
}

#[tokio::test]
async fn what_was_given_or_taken_for_a_time_ends_by_itself_though_nobody_wrote_it_down() {
    let mut raised = live(Role::Admin);
    let end = samples::NOW.plus(Duration::from_hours(1));
    raised.standing.role_end = Some(RoleEnd { at: end, then: Role::User });
    let token = claims(samples::user_id(1), Role::Admin.scopes());
    for (now, role, role_end) in [
        (end.minus(Duration::from_micros(1)), Role::Admin, raised.standing.role_end),
        (end, Role::User, None),
    ] {
        let stage = signed(token, Some(raised.clone()));
        stage.clock.set(now);
        let member = authenticate(stage).await.0.unwrap().member().unwrap();
        assert_eq!((member.role, member.role_end, member.scopes), (role, role_end, role.scopes()));
    }
    let mut over = closed(live(Role::User));
    over.standing.suspended_until = Some(end);
    assert_invalid(anns_token(over.clone()), "still suspended").await;
    let stage = anns_token(over);
    stage.clock.set(end);
    assert!(authenticate(stage).await.0.is_ok(), "nobody has to reinstate what has ended");
}

#[tokio::test]
async fn a_narrow_token_stays_narrow_whatever_its_session_was_granted() {
    let scopes: Scopes = [Scope::ProfileRead].into_iter().collect();
    let (answer, _) =
        authenticate(signed(claims(samples::user_id(1), scopes), Some(live(Role::Admin)))).await;
    assert_eq!(answer.unwrap().member().unwrap().scopes, scopes);
}

#[tokio::test]
async fn the_last_use_is_noted_once_a_stride_and_written_down_later_with_nobody_waiting_for_it() {
    let early = anns_token(live(Role::User));
    early.clock.set(samples::NOW.plus(Session::STRIDE).minus(Duration::from_micros(1)));
    let (answer, house) = authenticate(early).await;
    assert!(answer.is_ok());
    assert!(house.sessions.write_uses().await.is_ok(), "there is nothing to write, so nothing is begun");

    let mut due = anns_token(live(Role::User));
    due.clock.advance(Session::STRIDE);
    let mut work = due.work();
    work.sessions
        .expect_record_uses()
        .withf(|uses| uses == [(samples::session_id(1), samples::NOW.plus(Session::STRIDE))])
        .times(1)
        .return_once(|_| Ok(()));
    let committed = work.committed();
    due.begins([work]);
    let (answer, house) = authenticate(due).await;
    assert!(answer.is_ok() && house.journal.steps().is_empty());
    house.sessions.write_uses().await.unwrap();
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "sessions", "commit"]);
    assert!(house.sessions.write_uses().await.is_ok(), "a note is written once");
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_told_as_a_bad_token() {
    let mut stage = stage();
    let good = claims(samples::user_id(1), Role::User.scopes());
    stage.access_tokens.expect_verify().times(1).return_once(move |_, _| Ok(good));
    stage.sessions.expect_find().times(1).return_once(|_| Err(gone()));
    let (answer, _) = authenticate(stage).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
}
