use super::{boss, boss_until};
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::hashing::HashError;
use crate::store::Saved;
use crate::testing::cast::{
    acts, acts_as, admin_without, ann_with, assert_event, detail, gone, hashes, stage, told,
};
use crate::testing::{Stage, StagedWork, samples};
use crate::tokens::Issued;
use crate::users::{CreateError, UserService};
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::sessions::{Channel, Token};
use domain::users::Enrolment;
use mockall::Sequence;
use mockall::predicate::eq;
use std::time::Duration;

fn form(role: Role) -> Enrolment {
    samples::enrolment("bobby", role, true).unwrap()
}

fn stores(work: &mut StagedWork, role: Role, with_password: bool) {
    work.users
        .expect_insert()
        .withf(move |user, email, hash| {
            (user.role, user.role_end) == (role, None)
                && email.as_str() == "bobby@example.com"
                && *hash == with_password.then(samples::hash).as_ref()
        })
        .times(1)
        .return_once(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().times(1).return_once(|_, _| Ok(()));
}

fn hashing() -> Stage {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    stage
}

fn linking() -> Stage {
    let mut stage = stage();
    stage
        .opaque_tokens
        .expect_password_link()
        .times(1)
        .return_once(|_| Issued { token: Token::new("secret".to_owned()), digest: samples::digest(6) });
    stage
}

#[tokio::test]
async fn whoever_may_change_users_makes_a_plain_account() {
    let mut stage = hashing();
    let actor = ann_with(Role::Admin, [Scope::UserWrite]);
    let mut work = stage.work();
    acts(&mut work, &actor);
    stores(&mut work, Role::User, true);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    let created = house.users.create(&actor, form(Role::User)).await.unwrap();
    let user = created.record.user;
    assert_eq!((user.role, user.created_at), (Role::User, samples::NOW));
    assert_eq!(
        (created.record.person.email.as_str(), created.record.person.masked),
        ("bobby@example.com", false)
    );
    assert!(created.password_link.is_none());
    assert!(committed.happened());
    assert_eq!(
        house.journal.steps(),
        ["hash", "begin", "sessions", "users", "personal_data", "audit", "commit"]
    );
    let actor = ActorRef::User(samples::user_id(1));
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::UserCreated, actor, Some(user.id), &[("role", "user")]);
}

#[tokio::test]
async fn without_a_password_an_account_comes_with_a_link_by_which_its_owner_sets_one() {
    let mut stage = linking();
    let mut work = stage.work();
    acts(&mut work, &boss());
    stores(&mut work, Role::User, false);
    let expires_at = samples::NOW.plus(UserService::PASSWORD_LINK_LIFETIME);
    work.password_links
        .expect_put()
        .withf(move |link| (link.digest, link.expires_at) == (samples::digest(6), expires_at))
        .times(1)
        .return_once(|_| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    let form = samples::enrolment("bobby", Role::User, false).unwrap();
    let created = house.users.create(&boss(), form).await.unwrap();
    let link = created.password_link.unwrap();
    assert_eq!((link.secret.expose(), link.expires_at), ("secret", expires_at));
    assert!(committed.happened());
    let steps = ["begin", "sessions", "users", "personal_data", "audit", "password_links", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let (actor, subject) = (ActorRef::User(samples::user_id(2)), Some(created.record.user.id));
    let [made, linked] = &events.all()[..] else { panic!("two events") };
    assert_event(made, EventKind::UserCreated, actor, subject, &[("role", "user")]);
    assert_event(linked, EventKind::PasswordLinkCreated, actor, subject, &[]);
}

#[tokio::test]
async fn a_link_that_could_not_be_stored_leaves_no_account_behind() {
    let mut stage = linking();
    let mut work = stage.work();
    acts(&mut work, &boss());
    stores(&mut work, Role::User, false);
    work.password_links.expect_put().times(1).return_once(|_| Err(gone()));
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    let form = samples::enrolment("bobby", Role::User, false).unwrap();
    assert!(stage.open().users.create(&boss(), form).await.is_err());
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_moderator_is_made_without_touching_who_administers() {
    let mut stage = hashing();
    let mut work = stage.work();
    acts(&mut work, &boss());
    stores(&mut work, Role::Moderator, true);
    let events = work.keep_events();
    stage.begins([work]);
    let house = stage.open();
    house.users.create(&boss(), form(Role::Moderator)).await.unwrap();
    assert_eq!(
        house.journal.steps(),
        ["hash", "begin", "sessions", "users", "personal_data", "audit", "commit"]
    );
    assert_eq!(detail(&events.all()[0]), [("role", "moderator")]);
}

#[tokio::test]
async fn making_an_administrator_takes_the_turn_of_administrators_and_closes_the_setup() {
    for first in [true, false] {
        let mut stage = hashing();
        let mut work = stage.work();
        let mut order = Sequence::new();
        work.instance.expect_lock_administrators().times(1).in_sequence(&mut order).return_once(|| Ok(()));
        work.instance
            .expect_settle_administration()
            .with(eq(samples::NOW))
            .times(1)
            .in_sequence(&mut order)
            .return_once(move |_| Ok(first));
        stores(&mut work, Role::Admin, true);
        let (events, committed) = (work.keep_events(), work.committed());
        stage.begins([work]);
        let house = stage.open();
        let created = house.users.create(&Actor::system(), form(Role::Admin)).await.unwrap();
        assert_eq!(created.record.user.role, Role::Admin);
        assert!(committed.happened());
        let steps = ["hash", "begin", "instance", "instance", "users", "personal_data", "audit", "commit"];
        assert_eq!(house.journal.steps(), steps);
        let event = &events.all()[0];
        assert_eq!((event.actor, event.address, event.request_id), (ActorRef::System, None, None));
        assert_eq!(detail(event), [("role", "admin")]);
    }
}

async fn refused(actor: Actor, role: Role) -> CreateError {
    let house = stage().open();
    let answer = house.users.create(&actor, form(role)).await;
    assert!(house.journal.steps().is_empty(), "nobody was asked anything");
    answer.unwrap_err()
}

#[tokio::test]
async fn nobody_is_asked_anything_when_a_scope_is_missing() {
    let lacking = |error: CreateError| (error.fault().kind, error.fault().scope);
    let forbidden = |scope| (FaultKind::Forbidden, Some(scope));
    assert_eq!(
        lacking(refused(admin_without(Scope::UserWrite), Role::User).await),
        forbidden(Scope::UserWrite)
    );
    for role in [Role::Moderator, Role::Admin] {
        let actor = admin_without(Scope::AdminWrite);
        assert_eq!(lacking(refused(actor, role).await), forbidden(Scope::AdminWrite));
    }
    let error = refused(samples::visitor(), Role::User).await;
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
}

#[tokio::test]
async fn who_administers_for_a_time_makes_nobody_administrator_for_good() {
    let actor = boss_until(samples::NOW.plus(Duration::from_hours(1)));
    let error = refused(actor, Role::Admin).await;
    assert_eq!(told(&error), (FaultKind::Forbidden, "above-own-role"));
}

#[tokio::test]
async fn whoever_has_lost_the_right_while_the_password_was_hashed_makes_nobody() {
    let demoted = samples::live_session(2, Channel::Api, Role::Moderator);
    for (live, code) in [(None, "unauthenticated"), (Some(demoted), "insufficient-scope")] {
        let mut stage = hashing();
        let mut work = stage.work();
        acts_as(&mut work, live, samples::session_id(2));
        let committed = work.committed();
        stage.begins([work]);
        let answer = stage.open().users.create(&boss(), form(Role::User)).await;
        assert_eq!(answer.unwrap_err().fault().code, code);
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn a_taken_name_or_address_leaves_nothing_behind() {
    for (saved, code) in [(Saved::UsernameTaken, "username-taken"), (Saved::EmailTaken, "email-taken")] {
        let mut stage = hashing();
        let mut work = stage.work();
        work.users.expect_insert().times(1).return_once(move |_, _, _| Ok(saved));
        let committed = work.committed();
        stage.begins([work]);
        let house = stage.open();
        let answer = house.users.create(&Actor::system(), form(Role::User)).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, code));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_the_store_is_asked_anything() {
    let mut stage = stage();
    stage.hasher.expect_hash().times(1).return_once(|_| Err(HashError::Busy));
    let house = stage.open();
    let answer = house.users.create(&Actor::system(), form(Role::User)).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert_eq!(house.journal.steps(), ["hash"]);
}
