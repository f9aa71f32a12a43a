use super::{issued, names, opens, signs};
use crate::actor::Origin;
use crate::fault::FaultKind;
use crate::sessions::{Grant, LogInError};
use crate::store::Account;
use crate::testing::cast::{
    DIFFERS, MATCHES, anns, assert_event, checks, failure_work, failures, finds, stage, told,
};
use crate::testing::{House, Stage, cast, samples};
use crate::tokens::{AccessClaims, KeyError};
use domain::access::{Role, Scope, Scopes};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::{
    BegunSession, Channel, DeviceName, Family, Generation, LogIn, LogInDraft, Method, Token,
};
use domain::users::{RoleEnd, User};
use std::time::Duration;

fn under() -> String {
    format!("account:{}", samples::user_id(1))
}

async fn log_in(stage: Stage, login: &str, asked: Option<Scopes>) -> (Result<Grant, LogInError>, House) {
    let house = stage.open();
    let form = samples::log_in(login).unwrap();
    (house.sessions.log_in(&samples::visitor(), form, asked).await, house)
}

/// Ann is known by that text and her password is right.
fn proved(key: &'static str, role: Role) -> Stage {
    let mut stage = stage();
    names(&mut stage, key, Some(anns(role)));
    checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
    stage
}

#[tokio::test]
async fn a_log_in_gives_both_tokens_and_writes_everything_down_at_once() {
    let mut stage = proved("annlee", Role::User);
    stage
        .opaque_tokens
        .expect_refresh()
        .times(1)
        .return_once(|_, _, _| issued("refresh-1", samples::digest(5)));
    stage
        .access_tokens
        .expect_sign()
        .withf(|claims| {
            let AccessClaims { user_id, scopes, role, issued_at, expires_at, .. } = *claims;
            (user_id, scopes, role) == (samples::user_id(1), Role::User.scopes(), Role::User)
                && issued_at == samples::NOW
                && expires_at == samples::NOW.plus(Duration::from_mins(10))
        })
        .times(1)
        .return_once(|_| Ok(Token::new("access".to_owned())));
    let mut work = opens(&stage, anns(Role::User));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = log_in(stage, "annlee", None).await;
    let grant = answer.unwrap();
    assert_eq!((grant.access_token.expose(), grant.refresh_token.expose()), ("access", "refresh-1"));
    assert_eq!(grant.expires_in, Duration::from_mins(10));
    assert_eq!(grant.scopes, Role::User.scopes());
    assert!(committed.happened());
    let steps = [
        "enter",
        "verify",
        "begin",
        "users",
        "sessions",
        "refresh_tokens",
        "users",
        "attempts",
        "audit",
        "commit",
    ];
    assert_eq!(house.journal.steps()[..10], steps);
    assert_eq!(house.journal.steps()[10..], ["leave"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    let session = grant.session_id.to_string();
    let detail = [("session", session.as_str()), ("channel", "api")];
    assert_event(event, EventKind::LoggedIn, ActorRef::Visitor, Some(samples::user_id(1)), &detail);
}

#[tokio::test]
async fn the_session_says_how_and_from_where_and_its_family_begins_with_the_first_generation() {
    let mut stage = proved("annlee", Role::User);
    signs(&mut stage);
    let mut work = stage.work();
    finds(&mut work, Some(anns(Role::User)));
    work.sessions
        .expect_insert()
        .withf(|BegunSession { session, device }| {
            (session.user_id, session.channel, session.method)
                == (samples::user_id(1), Channel::Api, Method::Password)
                && device.address == Some(samples::ADDRESS)
                && session.cookie_digest.is_none()
                && session.scopes == Role::User.scopes()
                && (session.created_at, session.last_used_at) == (samples::NOW, samples::NOW)
        })
        .times(1)
        .return_once(|_| Ok(()));
    work.refresh_tokens
        .expect_insert()
        .withf(|family| {
            let Family { generation, digest, predecessor, client, scopes, issued_at, .. } = family;
            (*generation, *digest, *issued_at) == (Generation::FIRST, samples::digest(5), samples::NOW)
                && (*predecessor, *client, *scopes) == (None, cast::client(), Role::User.scopes())
        })
        .times(1)
        .return_once(|_| Ok(()));
    work.users.expect_record_log_in().times(1).return_once(|_, _| Ok(()));
    work.attempts.expect_clear_of().times(1).return_once(|_| Ok(false));
    work.keep_events();
    stage.begins([work]);
    assert!(log_in(stage, "annlee", None).await.0.is_ok());
}

#[tokio::test]
async fn a_name_in_any_spelling_and_an_address_lead_to_the_same_account() {
    for (typed, key) in [(" ANNLEE ", "annlee"), ("AnnLee@Example.com", "annlee@example.com")] {
        let mut stage = proved(key, Role::User);
        signs(&mut stage);
        let mut work = opens(&stage, anns(Role::User));
        work.keep_events();
        stage.begins([work]);
        assert!(log_in(stage, typed, None).await.0.is_ok(), "{typed}");
    }
}

#[tokio::test]
async fn a_name_that_no_account_has_fails_like_a_wrong_password_and_takes_as_long() {
    for typed in ["nobody", "nobody@example.com", "!! not a name !!"] {
        let mut stage = stage();
        names(&mut stage, typed, None);
        checks(&mut stage, &format!("name:{typed}"), None, None, DIFFERS);
        let (work, events) = failure_work(&stage, None, None);
        let committed = work.committed();
        stage.begins([work]);
        let (answer, house) = log_in(stage, typed, None).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
        assert!(committed.happened());
        assert!(house.journal.steps().contains(&"verify"));
        let [event] = &events.all()[..] else { panic!("one event") };
        assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, None, &[]);
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_in_the_same_words_as_an_unknown_name() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    checks(&mut stage, &under(), Some(samples::hash()), Some(failures(1)), DIFFERS);
    let (work, events) = failure_work(&stage, Some(samples::user_id(1)), Some(failures(1)));
    stage.begins([work]);
    let (answer, house) = log_in(stage, "annlee", None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Unauthenticated, "invalid-credentials"));
    let steps = ["enter", "verify", "begin", "attempts", "attempts", "audit", "commit", "failed", "leave"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, Some(samples::user_id(1)), &[]);
}

#[tokio::test]
async fn failures_that_came_before_are_forgotten_with_the_log_in() {
    let mut stage = stage();
    names(&mut stage, "annlee", Some(anns(Role::User)));
    checks(&mut stage, &under(), Some(samples::hash()), Some(failures(3)), MATCHES);
    signs(&mut stage);
    let mut work = opens(&stage, anns(Role::User));
    work.keep_events();
    stage.begins([work]);
    assert!(log_in(stage, "annlee", None).await.0.is_ok());
}

#[tokio::test]
async fn whoever_asks_for_less_gets_less() {
    for asked in [Scopes::NONE, [Scope::ProfileRead].into_iter().collect()] {
        let mut stage = proved("annlee", Role::Admin);
        signs(&mut stage);
        let mut work = stage.work();
        finds(&mut work, Some(anns(Role::Admin)));
        work.sessions
            .expect_insert()
            .withf(move |begun| begun.session.scopes == asked)
            .times(1)
            .return_once(|_| Ok(()));
        work.refresh_tokens.expect_insert().times(1).return_once(|_| Ok(()));
        work.users.expect_record_log_in().times(1).return_once(|_, _| Ok(()));
        work.attempts.expect_clear_of().times(1).return_once(|_| Ok(false));
        work.keep_events();
        stage.begins([work]);
        assert_eq!(log_in(stage, "annlee", Some(asked)).await.0.unwrap().scopes, asked);
    }
}

#[tokio::test]
async fn whoever_asks_for_more_than_their_role_gives_gets_nothing_and_is_written_down() {
    let asked: Scopes = [Scope::ProfileRead, Scope::UserRead].into_iter().collect();
    let mut stage = proved("annlee", Role::User);
    let mut work = stage.work();
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = log_in(stage, "annlee", Some(asked)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Invalid, "invalid-scope"));
    assert_eq!(house.journal.steps(), ["enter", "verify", "begin", "audit", "commit", "leave"]);
    assert!(committed.happened());
    let [event] = &events.all()[..] else { panic!("one event") };
    let detail = [("reason", "invalid-scope")];
    assert_event(event, EventKind::LogInFailed, ActorRef::Visitor, Some(samples::user_id(1)), &detail);
}

#[tokio::test]
async fn the_device_is_called_as_the_client_says_or_else_by_its_browser() {
    let named = |device_name| LogIn::parse(LogInDraft { device_name, ..draft() }).unwrap();
    let nowhere = Origin { user_agent: None, ..samples::origin() };
    for (form, origin, expected) in [
        (named(Some("Ann's phone")), samples::origin(), Some("Ann's phone")),
        (named(None), samples::origin(), Some(samples::USER_AGENT)),
        (named(Some("  ")), samples::origin(), Some(samples::USER_AGENT)),
        (named(None), nowhere, None),
    ] {
        let mut stage = proved("annlee", Role::User);
        signs(&mut stage);
        let mut work = stage.work();
        finds(&mut work, Some(anns(Role::User)));
        work.sessions
            .expect_insert()
            .withf(move |begun| begun.device.name.as_ref().map(DeviceName::as_str) == expected)
            .times(1)
            .return_once(|_| Ok(()));
        work.refresh_tokens.expect_insert().times(1).return_once(|_| Ok(()));
        work.users.expect_record_log_in().times(1).return_once(|_, _| Ok(()));
        work.attempts.expect_clear_of().times(1).return_once(|_| Ok(false));
        work.keep_events();
        stage.begins([work]);
        let house = stage.open();
        let actor = crate::actor::Actor::visitor(origin);
        assert!(house.sessions.log_in(&actor, form, None).await.is_ok());
    }
}

fn draft() -> LogInDraft<'static> {
    LogInDraft { login: Some("annlee"), password: Some(samples::PASSWORD), device_name: None }
}

#[tokio::test]
async fn an_access_token_never_outlives_its_session() {
    let mut stage = proved("annlee", Role::User);
    stage.settings.api.absolute = Duration::from_mins(3);
    stage
        .opaque_tokens
        .expect_refresh()
        .times(1)
        .return_once(|_, _, _| issued("refresh-1", samples::digest(5)));
    stage
        .access_tokens
        .expect_sign()
        .withf(|claims| claims.expires_at == samples::NOW.plus(Duration::from_mins(3)))
        .times(1)
        .return_once(|_| Ok(Token::new("access".to_owned())));
    let mut work = opens(&stage, anns(Role::User));
    work.keep_events();
    stage.begins([work]);
    assert_eq!(log_in(stage, "annlee", None).await.0.unwrap().expires_in, Duration::from_mins(3));
}

#[tokio::test]
async fn an_access_token_never_outlives_a_role_that_was_given_for_a_time() {
    for (end, role, lasts) in [(4, Role::Moderator, 4), (0, Role::User, 10)] {
        let at = samples::NOW.plus(Duration::from_mins(end));
        let role_end = Some(RoleEnd { at, then: Role::User });
        let raised = || {
            let account = anns(Role::Moderator);
            Account { user: User { role_end, ..account.user }, ..account }
        };
        let mut stage = stage();
        names(&mut stage, "annlee", Some(raised()));
        checks(&mut stage, &under(), Some(samples::hash()), None, MATCHES);
        stage
            .opaque_tokens
            .expect_refresh()
            .times(1)
            .return_once(|_, _, _| issued("first", samples::digest(5)));
        stage
            .access_tokens
            .expect_sign()
            .withf(move |claims| {
                (claims.role, claims.scopes) == (role, role.scopes())
                    && claims.expires_at == samples::NOW.plus(Duration::from_mins(lasts))
            })
            .times(1)
            .return_once(|_| Ok(Token::new("access".to_owned())));
        let mut work = opens(&stage, raised());
        work.keep_events();
        stage.begins([work]);
        assert_eq!(log_in(stage, "annlee", None).await.0.unwrap().expires_in, Duration::from_mins(lasts));
    }
}

#[tokio::test]
async fn without_a_key_to_sign_with_nobody_is_logged_in() {
    let mut stage = proved("annlee", Role::User);
    stage
        .opaque_tokens
        .expect_refresh()
        .times(1)
        .return_once(|_, _, _| issued("refresh-1", samples::digest(5)));
    stage.access_tokens.expect_sign().times(1).return_once(|_| Err(KeyError::Broken));
    let (answer, house) = log_in(stage, "annlee", None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Internal, "internal"));
    assert_eq!(house.journal.steps(), ["enter", "verify", "leave"]);
}

#[tokio::test]
async fn where_no_more_passwords_are_taken_nobody_is_looked_up_or_counted() {
    for login in ["annlee", "nobody"] {
        let mut stage = stage();
        stage.hasher_is_full = true;
        let (answer, house) = log_in(stage, login, None).await;
        let kind = FaultKind::Unavailable { retry_after: Duration::from_secs(1) };
        assert_eq!(told(&answer.unwrap_err()), (kind, "busy"));
        assert!(house.journal.steps().is_empty());
        assert!(house.throttle.entered().is_empty());
    }
}
