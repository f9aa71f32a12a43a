//! What is known of somebody who was not let in, so that it can be explained.

use crate::actor::Evidence;
use crate::fault::{Describe, FaultKind};
use crate::sessions::AuthenticateError;
use crate::store::{Account, LiveSession};
use crate::testing::cast::{anns, closed, stage, suspended};
use crate::testing::samples;
use crate::tokens::{AccessClaims, PresentedCookie, TokenFlaw};
use domain::access::{Credential, Reason, Role, Scope, Scopes, SessionState};
use domain::sessions::{Channel, Generation};
use domain::users::Status;
use std::time::Duration;

fn claims() -> AccessClaims {
    AccessClaims {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        generation: Generation::FIRST,
        scopes: granted(),
        role: Role::User,
        issued_at: samples::NOW,
        expires_at: samples::NOW.plus(Duration::from_mins(10)),
    }
}

fn granted() -> Scopes {
    [Scope::ProfileRead].into_iter().collect()
}

/// The evidence and the reason; outside of that, every refusal is told in the same words.
fn refused(answer: Result<crate::actor::Actor, AuthenticateError>) -> (Evidence, Reason) {
    let error = answer.unwrap_err();
    let fault = error.fault();
    assert_eq!((fault.kind, fault.code), (FaultKind::Unauthenticated, "invalid-token"));
    let AuthenticateError::Refused(refused) = error else { panic!("a refusal") };
    assert_eq!((fault.reason, refused.needed), (Some(refused.reason), None));
    (refused.evidence, refused.reason)
}

async fn by_token(
    verified: Result<AccessClaims, TokenFlaw>,
    live: Option<LiveSession>,
    owner: Option<Account>,
) -> (Evidence, Reason) {
    let mut stage = stage();
    let ask_for_owner = usize::from(verified.is_ok() && live.is_none());
    stage.users.expect_account_of().times(ask_for_owner).returning(move |_| Ok(owner.clone()));
    let asked = usize::from(verified.is_ok());
    stage.access_tokens.expect_verify().times(1).return_once(move |_, _| verified);
    stage.sessions.expect_find().times(asked).returning(move |_| Ok(live.clone()));
    refused(stage.open().sessions.authenticate(samples::origin(), "access").await)
}

/// What is known of whoever brings Ann's token, beside what became of her session.
fn of_ann() -> Evidence {
    Evidence {
        credential: Credential::Sound,
        session_id: Some(samples::session_id(1)),
        session: None,
        user_id: Some(samples::user_id(1)),
        status: None,
        role: None,
        granted: granted(),
    }
}

#[tokio::test]
async fn of_a_token_that_is_none_of_ours_nothing_is_known() {
    let unreadable = Evidence { credential: Credential::Unreadable, ..Evidence::default() };
    let seen = by_token(Err(TokenFlaw::Unreadable), None, None).await;
    assert_eq!(seen, (unreadable, Reason::UnreadableCredential));
}

#[tokio::test]
async fn of_a_token_past_its_end_it_is_known_whose_it_was_without_asking_the_store() {
    let expired = Evidence { credential: Credential::Expired, ..of_ann() };
    let seen = by_token(Err(TokenFlaw::Expired(claims())), None, None).await;
    assert_eq!(seen, (expired, Reason::ExpiredCredential));
}

#[tokio::test]
async fn of_a_session_it_is_known_what_became_of_it_and_of_its_owner() {
    let live = samples::live_session(1, Channel::Api, Role::Moderator);
    let known = |session, status| Evidence {
        session: Some(session),
        status: Some(status),
        role: Some(Role::Moderator),
        ..of_ann()
    };
    let nobodys = Evidence { session: Some(SessionState::Gone), ..of_ann() };
    let gone = known(SessionState::Gone, Status::Active);
    let anns = anns(Role::Moderator);
    let mut idle = live.clone();
    idle.session.last_used_at = samples::NOW.minus(stage().settings.api.idle);
    for (found, owner, evidence, reason) in [
        (None, None, nobodys, Reason::SessionGone),
        (None, Some(anns.clone()), gone, Reason::SessionGone),
        // What ended the session was the suspension.
        (None, Some(suspended(anns)), known(SessionState::Gone, Status::Suspended), Reason::AccountSuspended),
        (Some(idle), None, known(SessionState::Over, Status::Active), Reason::SessionOver),
        (Some(closed(live)), None, known(SessionState::Live, Status::Suspended), Reason::AccountSuspended),
    ] {
        assert_eq!(by_token(Ok(claims()), found, owner).await, (evidence, reason));
    }
}

#[tokio::test]
async fn a_cookie_tells_as_much_as_its_session_does() {
    let known = Evidence {
        session: Some(SessionState::Live),
        status: Some(Status::Suspended),
        role: Some(Role::User),
        granted: Role::User.scopes(),
        ..of_ann()
    };
    let gone =
        Evidence { session: Some(SessionState::Gone), user_id: None, granted: Scopes::NONE, ..of_ann() };
    let live = samples::live_session(1, Channel::Web, Role::User);
    for (found, evidence, reason) in
        [(Some(closed(live)), known, Reason::AccountSuspended), (None, gone, Reason::SessionGone)]
    {
        let mut stage = stage();
        stage.opaque_tokens.expect_read_cookie().times(1).return_once(|_| {
            Some(PresentedCookie { session_id: samples::session_id(1), digest: samples::digest(1) })
        });
        stage.sessions.expect_find().times(1).return_once(|_| Ok(found));
        let answer = stage.open().sessions.authenticate_cookie(samples::origin(), "cookie").await;
        assert_eq!(refused(answer), (evidence, reason));
    }
}

#[test]
fn of_somebody_who_was_let_in_everything_is_known() {
    let evidence = samples::member_by(1, Channel::Api, Role::Moderator, granted()).evidence();
    let let_in = Evidence {
        session: Some(SessionState::Live),
        status: Some(Status::Active),
        role: Some(Role::Moderator),
        ..of_ann()
    };
    assert_eq!(evidence, let_in);
    assert_eq!(samples::visitor().evidence(), Evidence::default());
}
