use super::{issued, names};
use crate::fault::FaultKind;
use crate::sessions::{LogInError, WebSession};
use crate::testing::cast::{
    DIFFERS, MATCHES, anns, assert_event, checks, detail, failure_work, finds, stage, suspended, told,
};
use crate::testing::{House, Stage, StagedWork, samples};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::{BegunSession, Channel, Token};
use mockall::predicate::eq;

fn under() -> String {
    format!("account:{}", samples::user_id(1))
}

async fn log_in(stage: Stage, mark: Option<&str>) -> (Result<WebSession, LogInError>, House) {
    let house = stage.open();
    let form = samples::log_in("annlee").unwrap();
    (house.sessions.log_in_web(&samples::visitor(), form, mark).await, house)
}

/// A browser's mark turns out to be that of this user's device.
fn marked(stage: &mut Stage, owner: u8) {
    stage
        .opaque_tokens
        .expect_read_device_mark()
        .withf(|mark, now| mark == "mark" && *now == samples::NOW)
        .times(1)
        .return_once(move |_, _| Some((samples::user_id(owner), "device of the mark".to_owned())));
}

/// The log-in gets a cookie and a mark, and its session is stored.
fn opens(stage: &mut Stage) -> StagedWork {
    stage.opaque_tokens.expect_cookie().times(1).return_once(|_| issued("cookie", samples::digest(6)));
    stage
        .opaque_tokens
        .expect_device_mark()
        .with(eq(samples::user_id(1)), eq(samples::NOW))
        .times(1)
        .return_once(|_, _| Token::new("new mark".to_owned()));
    let mut work = stage.work();
    finds(&mut work, Some(anns(Role::User)));
    work.attempts.expect_clear_of().with(eq(samples::user_id(1))).times(1).return_once(|_| Ok(true));
    work.sessions
        .expect_insert()
        .withf(|BegunSession { session, .. }| {
            (session.user_id, session.channel) == (samples::user_id(1), Channel::Web)
                && session.cookie_digest == Some(samples::digest(6))
                && session.scopes == Scope::ALL.into_iter().collect()
        })
        .times(1)
        .return_once(|_| Ok(()));
    work.users.expect_record_log_in().times(1).return_once(|_, _| Ok(()));
    work
}

#[tokio::test]
async fn a_browser_gets_a_cookie_and_a_mark_but_no_tokens() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    let mut work = opens(&mut stage);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = log_in(stage, None).await;
    let WebSession { cookie, device_mark, user } = answer.unwrap();
    assert_eq!((cookie.expose(), device_mark.expose()), ("cookie", "new mark"));
    assert_eq!(user, anns(Role::User).user);
    assert!(committed.happened());
    let steps =
        ["enter", "verify", "begin", "users", "sessions", "users", "attempts", "audit", "commit", "leave"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_eq!((event.kind, event.actor), (EventKind::LoggedIn, ActorRef::Visitor));
    assert_eq!(detail(event)[1], ("channel", "web"));
}

#[tokio::test]
async fn attempts_on_a_known_device_of_the_owner_count_under_the_device() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    marked(&mut stage, 1);
    checks(&mut stage, "device of the mark", Some(samples::hash()), None, MATCHES);
    let mut work = opens(&mut stage);
    work.keep_events();
    stage.begins([work]);
    let (answer, house) = log_in(stage, Some("mark")).await;
    assert!(answer.is_ok());
    assert_eq!(house.throttle.entered(), [(Some(samples::ADDRESS), "device of the mark".to_owned())]);
}

#[tokio::test]
async fn failures_on_a_known_device_count_under_the_device_and_belong_to_its_owner() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    marked(&mut stage, 1);
    checks(&mut stage, "device of the mark", Some(samples::hash()), None, DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), None);
    stage.begins([work]);
    let (answer, _) = log_in(stage, Some("mark")).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, Some(samples::user_id(1)), &[]);
}

#[tokio::test]
async fn the_mark_of_somebody_elses_device_counts_for_nothing() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    marked(&mut stage, 2);
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    let mut work = opens(&mut stage);
    work.keep_events();
    stage.begins([work]);
    assert!(log_in(stage, Some("mark")).await.0.is_ok());
}

#[tokio::test]
async fn a_mark_does_not_help_against_an_account_that_is_not_there() {
    let mut stage = stage();
    names(&mut stage, "annlee", None);
    marked(&mut stage, 1);
    checks(&mut stage, "name:annlee", None, None, DIFFERS);
    let (work, _) = failure_work(&stage, None, None);
    stage.begins([work]);
    let (answer, _) = log_in(stage, Some("mark")).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
}

#[tokio::test]
async fn a_forged_mark_counts_for_nothing() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    stage.opaque_tokens.expect_read_device_mark().times(1).return_once(|_, _| None);
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    let mut work = opens(&mut stage);
    work.keep_events();
    stage.begins([work]);
    assert!(log_in(stage, Some("forged")).await.0.is_ok());
}

#[tokio::test]
async fn a_suspended_account_gets_no_cookie() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(suspended(anns(Role::User))));
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    stage.opaque_tokens.expect_cookie().returning(|_| issued("cookie", samples::digest(6)));
    let mut work = stage.work();
    finds(&mut work, Some(suspended(anns(Role::User))));
    let events = work.keep_events();
    stage.begins([work]);
    let (answer, _) = log_in(stage, None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "account-suspended"));
    assert_eq!(events.kinds(), [EventKind::LogInFailed]);
}
