use super::{boss, boss_until, holds};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{acts, admin_without, anns, assert_event, finds, gone, stage, told};
use crate::testing::{House, Stage, samples};
use crate::tokens::Issued;
use crate::users::{IssuedPasswordLink, ManageError, UserService};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::{Channel, Token};
use mockall::predicate::eq;
use std::time::Duration;

fn makes(stage: &mut Stage) {
    let issued = Issued { token: Token::new("secret".to_owned()), digest: samples::digest(6) };
    stage
        .opaque_tokens
        .expect_password_link()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(move |_| issued);
}

async fn issue(stage: Stage, actor: &Actor) -> (Result<IssuedPasswordLink, ManageError>, House) {
    let house = stage.open();
    (house.users.issue_password_link(actor, samples::user_id(1)).await, house)
}

#[tokio::test]
async fn a_link_takes_the_place_of_an_earlier_one_and_only_its_digest_is_kept() {
    let mut stage = stage();
    makes(&mut stage);
    let mut work = holds(&stage, &boss(), anns(Role::User));
    let expires_at = samples::NOW.plus(UserService::PASSWORD_LINK_LIFETIME);
    work.password_links
        .expect_put()
        .withf(move |link| {
            (link.user_id, link.digest) == (samples::user_id(1), samples::digest(6))
                && link.expires_at == expires_at
        })
        .times(1)
        .return_once(|_| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = issue(stage, &boss()).await;
    let link = answer.unwrap();
    assert_eq!((link.secret.expose(), link.expires_at), ("secret", expires_at));
    assert!(committed.happened());
    assert_eq!(
        house.journal.steps(),
        ["begin", "sessions", "users", "personal_data", "password_links", "audit", "commit"]
    );
    let [event] = &events.all()[..] else { panic!("one event") };
    let (boss, ann) = (ActorRef::User(samples::user_id(2)), Some(samples::user_id(1)));
    assert_event(event, EventKind::PasswordLinkCreated, boss, ann, &[]);
}

#[tokio::test]
async fn a_link_that_could_not_be_stored_is_not_handed_out() {
    let mut stage = stage();
    makes(&mut stage);
    let mut work = holds(&stage, &boss(), anns(Role::User));
    work.password_links.expect_put().times(1).return_once(|_| Ok(()));
    work.keep_events();
    work.refuse_commit(gone());
    stage.begins([work]);
    assert!(issue(stage, &boss()).await.0.is_err());
}

#[tokio::test]
async fn nobody_sets_the_password_of_somebody_above_them() {
    let narrow = Role::Admin.scopes().iter().filter(|scope| *scope != Scope::AdminWrite).collect();
    for (actor, code) in [
        (boss_until(samples::NOW.plus(Duration::from_hours(1))), "above-own-role"),
        (samples::member_by(2, Channel::Api, Role::Admin, narrow), "insufficient-scope"),
    ] {
        let mut stage = stage();
        let mut work = stage.work();
        acts(&mut work, &actor);
        finds(&mut work, Some(anns(Role::Admin)));
        let committed = work.committed();
        stage.begins([work]);
        let (answer, _) = issue(stage, &actor).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, code));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn nobody_gets_around_their_own_password_by_a_link() {
    let (answer, house) = issue(stage(), &samples::member(1, Role::Admin)).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Forbidden, "password-needed"));
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    for (actor, kind, scope) in [
        (admin_without(Scope::UserWrite), FaultKind::Forbidden, Some(Scope::UserWrite)),
        (samples::visitor(), FaultKind::Unauthenticated, None),
    ] {
        let (answer, house) = issue(stage(), &actor).await;
        let fault = answer.unwrap_err().fault();
        assert_eq!((fault.kind, fault.scope), (kind, scope));
        assert!(house.journal.steps().is_empty());
    }
}
