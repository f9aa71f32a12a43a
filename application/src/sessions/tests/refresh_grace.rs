//! A client whose answer was lost, and whoever only looks like one.

use super::{ends_reused, family, issued, live, looks_again, presents, refreshing};
use crate::actor::{Actor, Origin};
use crate::fault::FaultKind;
use crate::sessions::{Grant, RefreshError};
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{closed, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use crate::tokens::AccessClaims;
use domain::access::{Role, Scope, Scopes};
use domain::audit::EventKind;
use domain::sessions::{Family, Generation, Token};
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MOMENT: Duration = Duration::from_micros(1);

/// The access tokens that were signed, by what they say.
type Signed = Arc<Mutex<Vec<AccessClaims>>>;

/// Generation 3 is presented, so many times is its successor made from it, and whatever is signed is kept.
fn lost(answers: usize) -> (Stage, Signed) {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    stage
        .opaque_tokens
        .expect_refresh()
        .withf(|session, generation, before| {
            (*session, *generation) == (samples::session_id(1), Generation::from_number(4))
                && *before == Some(&samples::digest(3))
        })
        .times(answers)
        .returning(|_, _, _| issued("refresh-4", samples::digest(4)));
    let signed = Signed::default();
    let kept = signed.clone();
    stage.access_tokens.expect_sign().times(answers).returning(move |claims| {
        kept.lock().unwrap().push(*claims);
        Ok(Token::new(format!("access of {}", claims.generation.number())))
    });
    (stage, signed)
}

async fn refresh(stage: Stage, asked: Option<Scopes>) -> (Result<Grant, RefreshError>, House) {
    refresh_from(stage, samples::origin(), asked).await
}

async fn refresh_from(
    stage: Stage,
    origin: Origin,
    asked: Option<Scopes>,
) -> (Result<Grant, RefreshError>, House) {
    let house = stage.open();
    (house.sessions.refresh(&Actor::visitor(origin), "refresh", asked).await, house)
}

/// The family has come to generation 4 already when generation 3 is presented.
async fn again(
    (mut stage, signed): (Stage, Signed),
    live: LiveSession,
    asked: Option<Scopes>,
) -> (Result<Grant, RefreshError>, Signed) {
    refreshing(&mut stage, live, family(4));
    let (answer, house) = refresh(stage, asked).await;
    assert!(house.journal.steps().is_empty(), "nothing is written");
    (answer, signed)
}

/// A token that has been used ends its session, however short ago that was.
async fn assert_reused(mut stage: Stage, origin: Origin, family: Family, why: &str) {
    let mut work = refreshing(&mut stage, live(Role::User), family);
    ends_reused(&mut work);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, _) = refresh_from(stage, origin, None).await;
    assert_eq!(told(&answer.expect_err(why)), (FaultKind::Unauthenticated, "invalid-grant"), "{why}");
    assert_eq!(events.kinds(), [EventKind::RefreshTokenReused], "{why}");
    assert!(committed.happened(), "{why}");
}

#[tokio::test]
async fn a_lost_answer_is_given_again_word_for_word_and_nothing_is_written() {
    let (mut stage, first_signed) = lost(1);
    let mut work = refreshing(&mut stage, live(Role::User), family(3));
    work.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Ok(()));
    work.keep_events();
    stage.begins([work]);
    let first = refresh(stage, None).await.0.unwrap();

    let retry = lost(1);
    retry.0.clock.advance(Duration::from_secs(10).saturating_sub(MOMENT));
    let (second, signed) = again(retry, live(Role::User), None).await;
    let second = second.unwrap();
    assert_eq!(*signed.lock().unwrap(), *first_signed.lock().unwrap(), "the same words are signed");
    let words = |grant: &Grant| {
        let (access, refresh) = (grant.access_token.expose(), grant.refresh_token.expose());
        (access.to_owned(), refresh.to_owned(), grant.expires_in, grant.scopes, grant.session_id)
    };
    assert_eq!(words(&second), words(&first));
}

#[tokio::test]
async fn after_the_grace_the_same_token_is_a_used_one() {
    let (stage, _) = lost(0);
    stage.clock.advance(stage.settings.refresh_grace);
    assert_reused(stage, samples::origin(), family(4), "ten seconds later").await;
}

#[tokio::test]
async fn a_grace_of_nothing_forgives_nothing() {
    let (mut stage, _) = lost(0);
    stage.settings.refresh_grace = Duration::ZERO;
    assert_reused(stage, samples::origin(), family(4), "at the same moment").await;
}

#[tokio::test]
async fn nobody_else_gets_the_answer_that_a_client_lost() {
    let elsewhere = Origin { address: "198.51.100.9".parse().ok(), ..samples::origin() };
    let program = Origin { user_agent: Some("curl/8".to_owned()), ..samples::origin() };
    for (origin, why) in [(elsewhere, "from elsewhere"), (program, "by another program")] {
        assert_reused(lost(0).0, origin, family(4), why).await;
    }
}

#[tokio::test]
async fn a_device_that_changed_its_address_within_its_own_network_is_the_same_client() {
    let from = |address: &str| Origin { address: address.parse::<IpAddr>().ok(), ..samples::origin() };
    let house = stage().open();
    let client = |address: &str| house.sessions.client(&Actor::visitor(from(address)));
    let at_first = Family { client: client("2001:db8:1:2::1"), ..family(4) };
    let (mut same, _) = lost(1);
    refreshing(&mut same, live(Role::User), at_first.clone());
    assert!(refresh_from(same, from("2001:db8:1:2:ffff::9"), None).await.0.is_ok());
    assert_reused(lost(0).0, from("2001:db8:1:3::1"), at_first, "another network").await;
}

#[tokio::test]
async fn the_first_use_of_the_successor_ends_the_grace() {
    assert_reused(lost(0).0, samples::origin(), family(5), "its successor was used").await;
}

#[tokio::test]
async fn another_question_than_the_lost_one_gets_no_answer_and_ends_nothing() {
    let narrower: Scopes = [Scope::ProfileRead].into_iter().collect();
    let (answer, _) = again(lost(0), live(Role::User), Some(narrower)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Invalid, "invalid-scope"));
    let (answer, _) = again(lost(1), live(Role::User), Some(Role::User.scopes())).await;
    assert!(answer.is_ok(), "the same question in more words");
}

#[tokio::test]
async fn what_was_narrowed_at_first_is_as_narrow_again() {
    let narrow: Scopes = [Scope::ProfileRead].into_iter().collect();
    let (mut stage, signed) = lost(1);
    refreshing(&mut stage, live(Role::User), Family { scopes: narrow, ..family(4) });
    let grant = refresh(stage, Some(narrow)).await.0.unwrap();
    assert_eq!((grant.scopes, signed.lock().unwrap()[0].scopes), (narrow, narrow));
}

#[tokio::test]
async fn a_grace_gives_nothing_that_the_account_has_lost_since() {
    let (answer, _) = again(lost(0), closed(live(Role::User)), None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-grant"));

    let (mut stage, signed) = lost(1);
    refreshing(&mut stage, live(Role::User), Family { scopes: Role::Admin.scopes(), ..family(4) });
    assert_eq!(refresh(stage, None).await.0.unwrap().scopes, Role::User.scopes());
    assert_eq!(signed.lock().unwrap()[0].role, Role::User);
}

#[tokio::test]
async fn a_successor_that_can_not_be_made_again_is_not_replaced_by_another_one() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    stage.opaque_tokens.expect_refresh().times(1).return_once(|_, _, _| issued("other", samples::digest(9)));
    let (answer, _) = again((stage, Signed::default()), live(Role::User), None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-grant"));
}

/// The first of two units of work loses the race for the token.
fn loses(stage: &mut Stage, at_commit: bool) -> StagedWork {
    let mut work = refreshing(stage, live(Role::User), family(3));
    if at_commit {
        work.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Ok(()));
        work.keep_events();
        work.refuse_commit(StoreError::Conflict);
    } else {
        work.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Err(StoreError::Conflict));
    }
    work
}

#[tokio::test]
async fn of_two_answers_to_one_client_at_the_same_moment_both_are_the_same() {
    for at_commit in [false, true] {
        let (mut stage, signed) = lost(2);
        let works = [loses(&mut stage, at_commit), looks_again(&stage, live(Role::User), family(4))];
        let committed = works.each_ref().map(StagedWork::committed);
        stage.begins(works);
        let (answer, _) = refresh(stage, None).await;
        assert_eq!(answer.unwrap().refresh_token.expose(), "refresh-4");
        let signed = signed.lock().unwrap();
        assert_eq!(signed[0], signed[1]);
        assert_eq!(committed.map(|committed| committed.happened()), [false, false]);
    }
}

#[tokio::test]
async fn of_two_clients_with_one_token_at_the_same_moment_the_second_is_seen_as_reusing_it() {
    let (mut stage, _) = lost(1);
    let first = loses(&mut stage, false);
    let other = Family { client: samples::digest(200), ..family(4) };
    let mut second = looks_again(&stage, live(Role::User), other);
    ends_reused(&mut second);
    let events = second.keep_events();
    let committed = [first.committed(), second.committed()];
    stage.begins([first, second]);
    let (answer, _) = refresh(stage, None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-grant"));
    assert_eq!(committed.map(|committed| committed.happened()), [false, true]);
    assert_eq!(events.kinds(), [EventKind::RefreshTokenReused]);
}
