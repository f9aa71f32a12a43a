use super::{ends_reused, family, live, presents, refreshing};
use crate::fault::FaultKind;
use crate::sessions::{Grant, RefreshError};
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{assert_event, closed, gone, stage, told};
use crate::testing::{House, Stage, samples};
use crate::tokens::KeyError;
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::sessions::{Family, Token};
use mockall::predicate::eq;

/// This is found of session 1 when its token comes.
fn finds(stage: &mut Stage, found: Option<(LiveSession, Family)>) {
    let find = stage.sessions.expect_find_with_family().with(eq(samples::session_id(1)));
    find.times(1).return_once(|_| Ok(found));
}

async fn refresh(stage: Stage) -> (Result<Grant, RefreshError>, House) {
    let house = stage.open();
    (house.sessions.refresh(&samples::visitor(), "refresh", None).await, house)
}

/// The token is refused, and nothing is begun.
async fn assert_refused(stage: Stage, why: &str) {
    let (answer, house) = refresh(stage).await;
    let error = answer.expect_err(why);
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "invalid-grant"), "{why}");
    assert!(house.journal.steps().is_empty(), "{why}");
}

#[tokio::test]
async fn a_text_that_is_no_token_of_ours_asks_nothing_of_the_store() {
    let mut stage = stage();
    stage.opaque_tokens.expect_read_refresh().withf(|text| text == "refresh").times(1).return_once(|_| None);
    let (answer, house) = refresh(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-grant"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn a_used_token_ends_its_session_and_says_so_in_the_trail_and_to_its_owner() {
    let suspended = closed(live(Role::User));
    for live in [live(Role::User), suspended] {
        let mut stage = stage();
        presents(&mut stage, 1, 1);
        let mut work = refreshing(&mut stage, live, family(3));
        ends_reused(&mut work);
        let (events, committed) = (work.keep_events(), work.committed());
        stage.begins([work]);
        let (answer, house) = refresh(stage).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-grant"));
        assert!(committed.happened());
        let steps = ["begin", "sessions", "notices", "audit", "commit"];
        assert_eq!(house.journal.steps(), steps);
        let [event] = &events.all()[..] else { panic!("one event") };
        let session = samples::session_id(1).to_string();
        let detail = [("session", session.as_str()), ("channel", "api")];
        let subject = Some(samples::user_id(1));
        assert_event(event, EventKind::RefreshTokenReused, ActorRef::Visitor, subject, &detail);
    }
}

#[tokio::test]
async fn an_end_that_could_not_be_committed_is_not_told_as_done() {
    let mut stage = stage();
    presents(&mut stage, 1, 1);
    let mut work = refreshing(&mut stage, live(Role::User), family(3));
    ends_reused(&mut work);
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    let (answer, _) = refresh(stage).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
}

#[tokio::test]
async fn a_token_that_was_never_issued_ends_nothing() {
    for (generation, digest, why) in [(3, 8, "another digest"), (4, 4, "a generation to come")] {
        let mut stage = stage();
        presents(&mut stage, generation, digest);
        finds(&mut stage, Some((live(Role::User), family(3))));
        assert_refused(stage, why).await;
    }
}

#[tokio::test]
async fn without_session_or_family_there_is_nothing_to_carry_on() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    finds(&mut stage, None);
    assert_refused(stage, "ended").await;
}

#[tokio::test]
async fn a_suspended_owner_gets_no_further() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    let suspended = closed(live(Role::User));
    finds(&mut stage, Some((suspended, family(3))));
    assert_refused(stage, "suspended").await;
}

#[tokio::test]
async fn a_session_that_lay_idle_or_lasted_long_enough_is_not_carried_on() {
    let lifetimes = stage().settings.api;
    let mut used = live(Role::User);
    used.session.last_used_at = samples::NOW.plus(lifetimes.absolute);
    for (live, age, why) in [(live(Role::User), lifetimes.idle, "idle"), (used, lifetimes.absolute, "old")] {
        let mut stage = stage();
        stage.clock.advance(age);
        presents(&mut stage, 3, 3);
        finds(&mut stage, Some((live, family(3))));
        assert_refused(stage, why).await;
    }
}

#[tokio::test]
async fn without_a_key_to_sign_with_the_token_presented_still_works() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    stage
        .opaque_tokens
        .expect_refresh()
        .times(1)
        .return_once(|_, _, _| super::issued("next", samples::digest(4)));
    stage.access_tokens.expect_sign().times(1).return_once(|_| Err(KeyError::Broken));
    finds(&mut stage, Some((live(Role::User), family(3))));
    let (answer, house) = refresh(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Internal, "internal"));
    assert!(house.journal.steps().is_empty(), "nothing is written");
}

#[tokio::test]
async fn a_session_that_ends_between_the_look_and_the_turn_to_write_is_not_carried_on() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    let first = stage.opaque_tokens.expect_refresh().times(1);
    first.return_once(|_, _, _| super::issued("next", samples::digest(4)));
    stage.access_tokens.expect_sign().times(1).return_once(|_| Ok(Token::new("access".to_owned())));
    let mut late = refreshing(&mut stage, live(Role::User), family(3));
    late.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Err(StoreError::Conflict));
    let mut again = stage.work();
    again.sessions.expect_find().times(1).return_once(|_| Ok(None));
    let committed = [late.committed(), again.committed()];
    stage.begins([late, again]);
    let (answer, _) = refresh(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-grant"));
    assert_eq!(committed.map(|committed| committed.happened()), [false, false]);
}
