//! Every refresh token that is presented is counted once, by what came of it; and what stands in no trail is in the log.

use super::{ends_reused, family, issued, live, looks_again, presents, refreshing};
use crate::store::StoreError;
use crate::testing::cast::{closed, gone, stage};
use crate::testing::{Stage, Tally, alarms, samples};
use domain::access::{Role, Scope, Scopes};
use domain::sessions::Token;

/// A stage on which generation 3 is presented.
fn presented() -> Stage {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    stage
}

/// And it may get so many answers.
fn answered(answers: usize) -> Stage {
    let mut stage = presented();
    stage
        .opaque_tokens
        .expect_refresh()
        .times(answers)
        .returning(|_, _, _| issued("refresh-4", samples::digest(4)));
    stage.access_tokens.expect_sign().times(answers).returning(|_| Ok(Token::new("access".to_owned())));
    stage
}

/// It was counted once, with that outcome. Says what was logged.
async fn assert_counted(stage: Stage, asked: Option<Scopes>, outcome: &str) -> Vec<String> {
    alarms::listen();
    let (house, tally) = (stage.open(), Tally::default());
    let _taken = tally.take();
    let _ = house.sessions.refresh(&samples::visitor(), "refresh", asked).await;
    assert_eq!(tally.of("xtrem_refreshes_total"), [(format!("outcome={outcome}"), 1.0)]);
    alarms::lines()
}

/// That line, and no other, with the request and nothing that was typed. The session is named if the token is its own.
fn assert_told(lines: &[String], outcome: &str) {
    let request = samples::origin().request_id.unwrap();
    let session = match outcome {
        "unknown" | "error" => String::new(),
        _ => format!(" session={}", samples::session_id(1)),
    };
    let expected = format!(
        "INFO message=not recorded kind=\"refresh\" actor=\"visitor\" request_id={request} \
         detail=\"outcome={outcome}{session}\""
    );
    assert_eq!(lines, [expected]);
}

#[tokio::test]
async fn one_that_is_rotated_has_its_line_by_its_event() {
    let mut stage = answered(1);
    let mut work = refreshing(&mut stage, live(Role::User), family(3));
    work.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Ok(()));
    work.keep_events();
    stage.begins([work]);
    assert!(assert_counted(stage, None, "rotated").await.is_empty());
}

#[tokio::test]
async fn one_whose_answer_was_lost() {
    let mut stage = answered(1);
    refreshing(&mut stage, live(Role::User), family(4));
    assert_told(&assert_counted(stage, None, "forgiven").await, "forgiven");
}

#[tokio::test]
async fn one_that_lost_a_race_is_counted_by_what_came_of_it_in_the_end() {
    let mut stage = answered(2);
    let mut first = refreshing(&mut stage, live(Role::User), family(3));
    first.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Err(StoreError::Conflict));
    let works = [first, looks_again(&stage, live(Role::User), family(4))];
    stage.begins(works);
    assert_told(&assert_counted(stage, None, "forgiven").await, "forgiven");
}

#[tokio::test]
async fn one_that_lost_it_twice() {
    let mut stage = answered(2);
    let first = refreshing(&mut stage, live(Role::User), family(3));
    let works = [first, looks_again(&stage, live(Role::User), family(3))].map(|mut work| {
        work.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Err(StoreError::Conflict));
        work
    });
    stage.begins(works);
    assert_told(&assert_counted(stage, None, "error").await, "error");
}

#[tokio::test]
async fn one_that_had_been_used_has_its_line_by_its_event() {
    let mut stage = presented();
    let mut work = refreshing(&mut stage, live(Role::User), family(5));
    ends_reused(&mut work);
    work.keep_events();
    stage.begins([work]);
    assert!(assert_counted(stage, None, "reused").await.is_empty());
}

#[tokio::test]
async fn one_whose_session_somebody_else_has_just_ended_is_no_second_reuse() {
    let mut stage = presented();
    let mut work = refreshing(&mut stage, live(Role::User), family(5));
    work.sessions.expect_end().times(1).return_once(|_| Ok(false));
    stage.begins([work]);
    assert_told(&assert_counted(stage, None, "unknown").await, "unknown");
}

#[tokio::test]
async fn one_whose_session_is_over_or_whose_owner_is_suspended() {
    let mut over = presented();
    over.clock.advance(over.settings.api.idle);
    refreshing(&mut over, live(Role::User), family(3));
    assert_told(&assert_counted(over, None, "expired").await, "expired");
    let mut suspended = presented();
    refreshing(&mut suspended, closed(live(Role::User)), family(3));
    assert_told(&assert_counted(suspended, None, "expired").await, "expired");
}

#[tokio::test]
async fn one_that_is_none_of_ours_names_no_session() {
    let mut stage = stage();
    stage.opaque_tokens.expect_read_refresh().times(1).return_once(|_| None);
    let lines = assert_counted(stage, None, "unknown").await;
    let [line] = &lines[..] else { panic!("one line") };
    assert!(line.ends_with("detail=\"outcome=unknown\""), "{line}");
}

#[tokio::test]
async fn one_that_was_never_issued_or_whose_session_has_ended() {
    let mut never = stage();
    presents(&mut never, 3, 8);
    refreshing(&mut never, live(Role::User), family(3));
    assert_told(&assert_counted(never, None, "unknown").await, "unknown");
    let mut ended = presented();
    ended.sessions.expect_find_with_family().times(1).return_once(|_| Ok(None));
    assert_told(&assert_counted(ended, None, "unknown").await, "unknown");
}

#[tokio::test]
async fn one_that_asks_for_too_much() {
    let mut stage = presented();
    refreshing(&mut stage, live(Role::User), family(3));
    let asked = [Scope::AdminWrite].into_iter().collect();
    assert_told(&assert_counted(stage, Some(asked), "invalid_scope").await, "invalid_scope");
}

#[tokio::test]
async fn one_that_fails_for_want_of_a_store() {
    let mut stage = presented();
    stage.sessions.expect_find_with_family().times(1).return_once(|_| Err(gone()));
    assert_told(&assert_counted(stage, None, "error").await, "error");
}
