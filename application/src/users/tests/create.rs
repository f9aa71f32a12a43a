use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::hashing::HashError;
use crate::store::Saved;
use crate::testing::cast::{admin_without, ann_with, assert_event, hashes, stage, told};
use crate::testing::{Stage, StagedWork, samples};
use crate::users::CreateError;
use domain::access::{Role, Scope};
use domain::audit::{ActorRef, EventKind};
use domain::users::{Profile, SignUp};
use mockall::Sequence;
use mockall::predicate::eq;

fn form() -> SignUp {
    samples::sign_up("bobby", "bobby@example.com").unwrap()
}

fn stores(work: &mut StagedWork, role: Role) {
    work.users
        .expect_insert()
        .withf(move |user, _, _| user.role == role)
        .times(1)
        .return_once(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().times(1).return_once(|_, _| Ok(()));
}

fn hashing() -> Stage {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    stage
}

#[tokio::test]
async fn whoever_may_change_users_makes_a_plain_account() {
    let mut stage = hashing();
    let mut work = stage.work();
    stores(&mut work, Role::User);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    let actor = ann_with(Role::Admin, [Scope::UserWrite]);
    let profile = house.users.create(&actor, form(), Role::User).await.unwrap();
    assert_eq!(profile.user.role, Role::User);
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["hash", "begin", "users", "personal_data", "audit", "commit"]);
    let actor = ActorRef::User(samples::user_id(1));
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::UserCreated, actor, Some(profile.user.id), &[("role", "user")]);
}

#[tokio::test]
async fn a_moderator_is_made_without_touching_who_administers() {
    let mut stage = hashing();
    let mut work = stage.work();
    stores(&mut work, Role::Moderator);
    let events = work.keep_events();
    stage.begins([work]);
    let house = stage.open();
    house.users.create(&samples::member(1, Role::Admin), form(), Role::Moderator).await.unwrap();
    assert_eq!(house.journal.steps(), ["hash", "begin", "users", "personal_data", "audit", "commit"]);
    assert_eq!(events.all()[0].detail, [("role", "moderator".to_owned())]);
}

#[tokio::test]
async fn making_an_administrator_takes_the_turn_of_administrators_and_closes_the_setup() {
    let mut stage = hashing();
    let mut work = stage.work();
    let mut order = Sequence::new();
    work.instance.expect_lock_administrators().times(1).in_sequence(&mut order).return_once(|| Ok(()));
    work.instance
        .expect_settle_administration()
        .with(eq(samples::NOW))
        .times(1)
        .in_sequence(&mut order)
        .return_once(|_| Ok(true));
    stores(&mut work, Role::Admin);
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let house = stage.open();
    let profile = house.users.create(&Actor::system(), form(), Role::Admin).await.unwrap();
    assert_eq!(profile.user.role, Role::Admin);
    assert!(committed.happened());
    let steps = ["hash", "begin", "instance", "instance", "users", "personal_data", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let event = &events.all()[0];
    assert_eq!((event.actor, event.address, event.request_id), (ActorRef::System, None, None));
    assert_eq!(event.detail, [("role", "admin".to_owned())]);
}

#[tokio::test]
async fn a_second_administrator_is_made_all_the_same_though_the_setup_was_closed_already() {
    let mut stage = hashing();
    let mut work = stage.work();
    work.instance.expect_lock_administrators().times(1).return_once(|| Ok(()));
    work.instance.expect_settle_administration().times(1).return_once(|_| Ok(false));
    stores(&mut work, Role::Admin);
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    assert!(house.users.create(&samples::member(1, Role::Admin), form(), Role::Admin).await.is_ok());
    assert!(committed.happened());
}

async fn refused(actor: Actor, role: Role) -> CreateError {
    let house = stage().open();
    let answer: Result<Profile, CreateError> = house.users.create(&actor, form(), role).await;
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
async fn a_taken_name_or_address_leaves_nothing_behind() {
    for (saved, code) in [(Saved::UsernameTaken, "username-taken"), (Saved::EmailTaken, "email-taken")] {
        let mut stage = hashing();
        let mut work = stage.work();
        work.users.expect_insert().times(1).return_once(move |_, _, _| Ok(saved));
        let committed = work.committed();
        stage.begins([work]);
        let house = stage.open();
        let answer = house.users.create(&Actor::system(), form(), Role::User).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, code));
        assert!(!committed.happened());
    }
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_the_store_is_asked_anything() {
    let mut stage = stage();
    stage.hasher.expect_hash().times(1).return_once(|_| Err(HashError::Busy));
    let house = stage.open();
    let answer = house.users.create(&Actor::system(), form(), Role::User).await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert_eq!(house.journal.steps(), ["hash"]);
}
