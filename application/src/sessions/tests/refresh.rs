use super::{family, issued, live, looks_again, presents, refreshing};
use crate::fault::FaultKind;
use crate::sessions::{Grant, RefreshError};
use crate::store::StoreError;
use crate::testing::cast::{assert_event, closed, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use domain::Timestamp;
use domain::access::{Role, Scope, Scopes};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::{Family, Generation, Session, Token};
use domain::users::RoleEnd;
use mockall::predicate::eq;
use std::time::Duration;

/// Generation 4 is issued and an access token signed for these scopes.
fn issues(stage: &mut Stage, scopes: Scopes, role: Role) {
    stage
        .opaque_tokens
        .expect_refresh()
        .withf(|session, generation, before| {
            (*session, *generation) == (samples::session_id(1), Generation::from_number(4))
                && *before == Some(&samples::digest(3))
        })
        .times(1)
        .return_once(|_, _, _| issued("refresh-4", samples::digest(4)));
    stage
        .access_tokens
        .expect_sign()
        .withf(move |claims| {
            (claims.scopes, claims.role, claims.generation) == (scopes, role, Generation::from_number(4))
        })
        .times(1)
        .return_once(|_| Ok(Token::new("access".to_owned())));
}

/// Generation 3 gives way to generation 4, whose access token carries these scopes.
fn rotates(work: &mut StagedWork, now: Timestamp, scopes: Scopes) {
    let after = Family { issued_at: now, scopes, ..family(4) };
    work.refresh_tokens.expect_rotate().with(eq(family(3)), eq(after)).times(1).return_once(|_, _| Ok(()));
}

async fn refresh(stage: Stage, asked: Option<Scopes>) -> (Result<Grant, RefreshError>, House) {
    let house = stage.open();
    (house.sessions.refresh(&samples::visitor(), "refresh", asked).await, house)
}

#[tokio::test]
async fn a_refresh_puts_the_next_token_in_the_place_of_the_one_presented() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    issues(&mut stage, Role::User.scopes(), Role::User);
    let mut work = refreshing(&mut stage, live(Role::User), family(3));
    rotates(&mut work, samples::NOW, Role::User.scopes());
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = refresh(stage, None).await;
    let grant = answer.unwrap();
    assert_eq!((grant.access_token.expose(), grant.refresh_token.expose()), ("access", "refresh-4"));
    assert_eq!((grant.session_id, grant.scopes), (samples::session_id(1), Role::User.scopes()));
    assert!(committed.happened());
    let steps = ["begin", "refresh_tokens", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let session = samples::session_id(1).to_string();
    let detail = [("session", session.as_str()), ("channel", "api")];
    assert_event(event, EventKind::SessionRefreshed, ActorRef::Visitor, Some(samples::user_id(1)), &detail);
}

#[tokio::test]
async fn the_last_use_is_noted_with_the_refresh_when_it_is_due() {
    let mut stage = stage();
    stage.clock.advance(Session::STRIDE);
    let now = samples::NOW.plus(Session::STRIDE);
    presents(&mut stage, 3, 3);
    issues(&mut stage, Role::User.scopes(), Role::User);
    let mut work = refreshing(&mut stage, live(Role::User), family(3));
    rotates(&mut work, now, Role::User.scopes());
    work.sessions
        .expect_record_use()
        .with(eq(samples::session_id(1)), eq(now))
        .times(1)
        .return_once(|_, _| Ok(()));
    work.keep_events();
    stage.begins([work]);
    assert!(refresh(stage, None).await.0.is_ok());
}

#[tokio::test]
async fn an_access_token_can_be_narrowed_without_narrowing_the_session() {
    let mut stage = stage();
    let asked: Scopes = [Scope::ProfileRead].into_iter().collect();
    presents(&mut stage, 3, 3);
    issues(&mut stage, asked, Role::User);
    let mut work = refreshing(&mut stage, live(Role::User), family(3));
    rotates(&mut work, samples::NOW, asked);
    work.keep_events();
    stage.begins([work]);
    assert_eq!(refresh(stage, Some(asked)).await.0.unwrap().scopes, asked);
}

#[tokio::test]
async fn nobody_widens_what_the_session_was_granted_or_what_the_role_still_gives() {
    let mut narrow = live(Role::Admin);
    narrow.session.scopes = [Scope::ProfileRead].into_iter().collect();
    let mut demoted = live(Role::User);
    demoted.session.scopes = Role::Admin.scopes();
    for (live, asked) in [(narrow, Scope::ProfileWrite), (demoted, Scope::AdminWrite)] {
        let mut stage = stage();
        presents(&mut stage, 3, 3);
        refreshing(&mut stage, live, family(3));
        let (answer, house) = refresh(stage, Some([asked].into_iter().collect())).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Invalid, "invalid-scope"));
        assert!(house.journal.steps().is_empty(), "the token presented still works");
    }
}

#[tokio::test]
async fn a_role_that_was_taken_away_is_missing_from_the_next_access_token() {
    let mut stage = stage();
    let mut demoted = live(Role::User);
    demoted.session.scopes = Role::Admin.scopes();
    presents(&mut stage, 3, 3);
    issues(&mut stage, Role::User.scopes(), Role::User);
    let mut work = refreshing(&mut stage, demoted, family(3));
    rotates(&mut work, samples::NOW, Role::User.scopes());
    work.keep_events();
    stage.begins([work]);
    assert_eq!(refresh(stage, None).await.0.unwrap().scopes, Role::User.scopes());
}

#[tokio::test]
async fn close_to_its_end_a_session_gives_access_only_up_to_its_end() {
    let mut stage = stage();
    let left = Duration::from_mins(2);
    let now = samples::NOW.plus(stage.settings.api.absolute).minus(left);
    stage.clock.set(now);
    let mut used = live(Role::User);
    used.session.last_used_at = now;
    presents(&mut stage, 3, 3);
    issues(&mut stage, Role::User.scopes(), Role::User);
    let mut work = refreshing(&mut stage, used, family(3));
    rotates(&mut work, now, Role::User.scopes());
    work.keep_events();
    stage.begins([work]);
    assert_eq!(refresh(stage, None).await.0.unwrap().expires_in, left);
}

#[tokio::test]
async fn a_role_that_was_given_for_a_time_is_outlived_by_no_access_token() {
    let mut stage = stage();
    let left = Duration::from_mins(4);
    let mut raised = live(Role::Moderator);
    let end = RoleEnd { at: samples::NOW.plus(left), then: Role::User };
    raised.standing.role_end = Some(end);
    presents(&mut stage, 3, 3);
    stage.opaque_tokens.expect_refresh().times(1).return_once(|_, _, _| issued("next", samples::digest(4)));
    stage
        .access_tokens
        .expect_sign()
        .withf(move |claims| (claims.role, claims.expires_at) == (Role::Moderator, end.at))
        .times(1)
        .return_once(|_| Ok(Token::new("access".to_owned())));
    let mut work = refreshing(&mut stage, raised, family(3));
    rotates(&mut work, samples::NOW, Role::Moderator.scopes());
    work.keep_events();
    stage.begins([work]);
    assert_eq!(refresh(stage, None).await.0.unwrap().expires_in, left);
}

#[tokio::test]
async fn a_role_that_has_ended_by_itself_gives_nothing_more_though_nobody_wrote_it_down() {
    let mut stage = stage();
    let mut raised = live(Role::Admin);
    raised.standing.role_end = Some(RoleEnd { at: samples::NOW, then: Role::User });
    presents(&mut stage, 3, 3);
    issues(&mut stage, Role::User.scopes(), Role::User);
    let mut work = refreshing(&mut stage, raised, family(3));
    rotates(&mut work, samples::NOW, Role::User.scopes());
    work.keep_events();
    stage.begins([work]);
    assert_eq!(refresh(stage, None).await.0.unwrap().scopes, Role::User.scopes());
}

#[tokio::test]
async fn a_suspension_that_has_ended_by_itself_keeps_nobody_out_though_nobody_wrote_it_down() {
    let mut stage = stage();
    let mut over = closed(live(Role::User));
    over.standing.suspended_until = Some(samples::NOW);
    presents(&mut stage, 3, 3);
    issues(&mut stage, Role::User.scopes(), Role::User);
    let mut work = refreshing(&mut stage, over, family(3));
    rotates(&mut work, samples::NOW, Role::User.scopes());
    work.keep_events();
    stage.begins([work]);
    assert!(refresh(stage, None).await.0.is_ok());
}

#[tokio::test]
async fn a_conflict_that_stays_is_told_and_not_tried_for_ever() {
    let mut stage = stage();
    presents(&mut stage, 3, 3);
    stage.opaque_tokens.expect_refresh().returning(|_, _, _| issued("refresh-4", samples::digest(4)));
    stage.access_tokens.expect_sign().returning(|_| Ok(Token::new("access".to_owned())));
    let first = refreshing(&mut stage, live(Role::User), family(3));
    let works = [first, looks_again(&stage, live(Role::User), family(3))].map(|mut work| {
        work.refresh_tokens.expect_rotate().times(1).return_once(|_, _| Err(StoreError::Conflict));
        work
    });
    stage.begins(works);
    let (answer, _) = refresh(stage, None).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "conflict"));
}
