use crate::actor::Actor;
use crate::fault::FaultKind;
use crate::sessions::AuthenticateError;
use crate::store::LiveSession;
use crate::testing::cast::{closed, stage, told};
use crate::testing::{House, Stage, samples};
use crate::tokens::PresentedCookie;
use domain::access::{Role, Scope};
use domain::sessions::{Channel, Session};
use mockall::predicate::eq;

/// A cookie of session 1 with that digest came back, and this is the session.
fn presented(digest: u8, live: Option<LiveSession>) -> Stage {
    let mut stage = stage();
    stage.opaque_tokens.expect_read_cookie().withf(|text| text == "cookie").times(1).return_once(move |_| {
        Some(PresentedCookie { session_id: samples::session_id(1), digest: samples::digest(digest) })
    });
    stage.sessions.expect_find().with(eq(samples::session_id(1))).times(1).return_once(|_| Ok(live));
    stage
}

fn live(role: Role) -> LiveSession {
    samples::live_session(1, Channel::Web, role)
}

async fn authenticate(stage: Stage) -> (Result<Actor, AuthenticateError>, House) {
    let house = stage.open();
    (house.sessions.authenticate_cookie(samples::origin(), "cookie").await, house)
}

async fn assert_invalid(stage: Stage, why: &str) {
    let (answer, house) = authenticate(stage).await;
    let error = answer.expect_err(why);
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "invalid-token"), "{why}");
    assert!(house.journal.steps().is_empty(), "{why}: nothing is written for it");
}

#[tokio::test]
async fn the_cookie_of_a_session_says_who_is_at_the_browser() {
    let (answer, _) = authenticate(presented(1, Some(live(Role::User)))).await;
    let actor = answer.unwrap();
    let member = actor.member().unwrap();
    assert_eq!((member.user_id, member.session_id), (samples::user_id(1), samples::session_id(1)));
    assert_eq!((member.channel, member.scopes), (Channel::Web, Role::User.scopes()));
    assert_eq!(actor.origin, samples::origin());
}

#[tokio::test]
async fn a_browser_may_do_what_the_role_of_this_moment_gives() {
    for role in Role::ALL {
        let mut everything = live(role);
        everything.session.scopes = Scope::ALL.into_iter().collect();
        let (answer, _) = authenticate(presented(1, Some(everything))).await;
        assert_eq!(answer.unwrap().member().unwrap().scopes, role.scopes());
    }
}

#[tokio::test]
async fn a_forged_cookie_asks_nothing_of_the_store() {
    let mut stage = stage();
    stage.opaque_tokens.expect_read_cookie().times(1).return_once(|_| None);
    assert_invalid(stage, "forged").await;
}

#[tokio::test]
async fn a_cookie_stands_and_falls_with_its_session_and_its_owner() {
    assert_invalid(presented(1, None), "ended").await;
    assert_invalid(presented(2, Some(live(Role::User))), "replaced").await;
    let suspended = closed(live(Role::User));
    assert_invalid(presented(1, Some(suspended)), "suspended").await;
    let api = samples::live_session(1, Channel::Api, Role::User);
    assert_invalid(presented(1, Some(api)), "a session that tokens carry").await;
    let mut bare = live(Role::User);
    bare.session.cookie_digest = None;
    assert_invalid(presented(1, Some(bare)), "a session without a cookie").await;
}

#[tokio::test]
async fn a_browser_is_logged_out_sooner_than_an_application() {
    let stage = presented(1, Some(live(Role::User)));
    assert!(stage.settings.web.idle < stage.settings.api.idle);
    stage.clock.advance(stage.settings.web.idle);
    assert_invalid(stage, "idle").await;
}

#[tokio::test]
async fn an_administrator_is_logged_out_of_a_browser_sooner_than_others() {
    let settings = stage().settings;
    assert!(settings.web_admin.absolute < settings.web.absolute);
    for (role, stays) in [(Role::Admin, false), (Role::Moderator, true)] {
        let now = samples::NOW.plus(settings.web_admin.absolute);
        let mut used = live(role);
        used.session.last_used_at = now;
        let stage = presented(1, Some(used));
        stage.clock.set(now);
        assert_eq!(authenticate(stage).await.0.is_ok(), stays);
    }
    let mut long = presented(1, Some(live(Role::Admin)));
    long.settings.web_admin.idle = settings.web.idle * 9;
    long.clock.advance(settings.web.idle);
    assert_invalid(long, "no longer than others either").await;
}

#[tokio::test]
async fn a_replaced_cookie_does_not_keep_its_session_alive() {
    let stage = presented(2, Some(live(Role::User)));
    stage.clock.advance(Session::STRIDE);
    let (answer, house) = authenticate(stage).await;
    assert!(matches!(answer, Err(AuthenticateError::Refused(_))));
    assert!(house.sessions.write_uses().await.is_ok(), "there is nothing to write, so nothing is begun");
}

#[tokio::test]
async fn the_last_use_is_noted_for_a_browser_too() {
    let mut stage = presented(1, Some(live(Role::User)));
    stage.clock.advance(Session::STRIDE);
    let mut work = stage.work();
    work.sessions.expect_record_uses().times(1).return_once(|_| Ok(()));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, house) = authenticate(stage).await;
    assert!(answer.is_ok());
    house.sessions.write_uses().await.unwrap();
    assert!(committed.happened());
}
