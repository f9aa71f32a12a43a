use super::{family, live, presents};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::sessions::{Introspection, TokenKind};
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{admin_without, anns, closed, gone, stage, told};
use crate::testing::{Stage, samples};
use crate::tokens::{AccessClaims, TokenFlaw};
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::sessions::{Channel, Family, Generation};
use domain::users::RoleEnd;
use mockall::predicate::eq;
use std::time::Duration;

fn boss() -> Actor {
    samples::member_by(2, Channel::Api, Role::Admin, [Scope::AdminRead].into_iter().collect())
}

fn end() -> Timestamp {
    samples::NOW.plus(Duration::from_mins(10))
}

/// The token is an access token of Ann's session, for these scopes.
fn access_token(scopes: Scopes, live: Option<LiveSession>) -> Stage {
    let mut stage = stage();
    let claims = AccessClaims {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        generation: Generation::from_number(3),
        scopes,
        role: Role::Admin,
        issued_at: samples::NOW,
        expires_at: end(),
    };
    stage.access_tokens.expect_verify().times(1).return_once(move |_, _| Ok(claims));
    stage.sessions.expect_find().with(eq(samples::session_id(1))).times(1).return_once(|_| Ok(live));
    stage
}

/// The token is a refresh token of that generation, and this is what the family has come to.
fn refresh_token(generation: u8, digest: u8, family: Option<Family>) -> Stage {
    let mut stage = stage();
    stage.access_tokens.expect_verify().times(1).return_once(|_, _| Err(TokenFlaw::Unreadable));
    presents(&mut stage, generation, digest);
    stage.sessions.expect_family().with(eq(samples::session_id(1))).times(1).return_once(|_| Ok(family));
    stage
}

fn belongs_to_ann(stage: &mut Stage) {
    stage
        .users
        .expect_account_of()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(anns(Role::User))));
}

async fn introspect(stage: Stage) -> Option<Introspection> {
    let house = stage.open();
    let answer = house.sessions.introspect(&boss(), "refresh").await.unwrap();
    assert!(house.journal.steps().is_empty(), "nothing is written for a question");
    answer
}

fn of_ann(kind: TokenKind, scopes: Scopes, expires_at: Timestamp) -> Introspection {
    Introspection {
        kind,
        user_id: samples::user_id(1),
        username: anns(Role::User).user.username,
        session_id: samples::session_id(1),
        generation: Generation::from_number(3),
        scopes,
        role: Role::User,
        issued_at: samples::NOW,
        expires_at,
    }
}

#[tokio::test]
async fn an_access_token_is_worth_what_its_owner_may_do_at_this_moment() {
    let narrow: Scopes = [Scope::ProfileRead].into_iter().collect();
    let mut raised = live(Role::Admin);
    raised.standing.role_end = Some(RoleEnd { at: samples::NOW, then: Role::User });
    for (scopes, live, worth) in [
        (Role::User.scopes(), live(Role::User), Role::User.scopes()),
        (narrow, live(Role::User), narrow),
        (Role::Admin.scopes(), live(Role::User), Role::User.scopes()),
        (Role::Admin.scopes(), raised, Role::User.scopes()),
    ] {
        let mut stage = access_token(scopes, Some(live));
        belongs_to_ann(&mut stage);
        assert_eq!(introspect(stage).await, Some(of_ann(TokenKind::Access, worth, end())));
    }
}

#[tokio::test]
async fn a_refresh_token_lasts_as_long_as_its_session_would_without_being_used() {
    let settings = stage().settings;
    let last_day = samples::NOW.plus(settings.api.absolute).minus(Duration::from_hours(24));
    for (used, ends) in [
        (samples::NOW, samples::NOW.plus(settings.api.idle)),
        (last_day, samples::NOW.plus(settings.api.absolute)),
    ] {
        let mut stage = refresh_token(3, 3, Some(family(3)));
        stage.clock.set(used);
        let mut live = live(Role::User);
        live.session.last_used_at = used;
        stage.sessions.expect_find().times(1).return_once(|_| Ok(Some(live)));
        belongs_to_ann(&mut stage);
        let seen = introspect(stage).await;
        assert_eq!(seen, Some(of_ann(TokenKind::Refresh, Role::User.scopes(), ends)));
    }
}

#[tokio::test]
async fn a_refresh_token_that_was_used_or_never_issued_is_worth_nothing() {
    for (generation, digest, family) in
        [(2, 2, Some(family(3))), (3, 8, Some(family(3))), (4, 4, Some(family(3))), (3, 3, None)]
    {
        assert_eq!(introspect(refresh_token(generation, digest, family)).await, None);
    }
}

#[tokio::test]
async fn a_token_whose_session_or_owner_does_not_stand_is_worth_nothing() {
    let scopes = Role::User.scopes();
    let mut idle = live(Role::User);
    idle.session.last_used_at = samples::NOW.minus(stage().settings.api.idle);
    let web = samples::live_session(1, Channel::Web, Role::User);
    for found in [None, Some(idle), Some(closed(live(Role::User))), Some(web)] {
        assert_eq!(introspect(access_token(scopes, found)).await, None);
    }
    let mut deleted = access_token(scopes, Some(live(Role::User)));
    deleted.users.expect_account_of().times(1).return_once(|_| Ok(None));
    assert_eq!(introspect(deleted).await, None);
}

#[tokio::test]
async fn a_text_that_is_no_token_of_ours_asks_nothing_of_the_store() {
    for flaw in [TokenFlaw::Unreadable, TokenFlaw::Expired(expired())] {
        let mut stage = stage();
        stage.access_tokens.expect_verify().times(1).return_once(move |_, _| Err(flaw));
        stage.opaque_tokens.expect_read_refresh().times(1).return_once(|_| None);
        assert_eq!(introspect(stage).await, None);
    }
}

fn expired() -> AccessClaims {
    AccessClaims {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        generation: Generation::FIRST,
        scopes: Role::User.scopes(),
        role: Role::User,
        issued_at: samples::NOW.minus(Duration::from_hours(1)),
        expires_at: samples::NOW,
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let narrow = admin_without(Scope::AdminRead);
    let fault = house.sessions.introspect(&narrow, "refresh").await.unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::AdminRead)));
    let error = house.sessions.introspect(&samples::visitor(), "refresh").await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_told_as_a_token_that_does_not_work() {
    let mut stage = stage();
    stage.access_tokens.expect_verify().times(1).return_once(|_, _| Err(TokenFlaw::Unreadable));
    presents(&mut stage, 3, 3);
    stage.sessions.expect_family().times(1).return_once(|_| Err(gone()));
    let error = stage.open().sessions.introspect(&boss(), "refresh").await.unwrap_err();
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&error), (kind, "unavailable"));
}
