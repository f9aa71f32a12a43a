use super::installation;
use crate::admin::SetupError;
use crate::fault::{Describe, FaultKind};
use crate::hashing::HashError;
use crate::store::{Instance, Saved};
use crate::testing::cast::{assert_event, hashes, stage, told};
use crate::testing::{House, Stage, StagedWork, samples};
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::sessions::Token;
use domain::users::Profile;
use mockall::Sequence;
use mockall::predicate::eq;

/// The installation is as said, and the link's secret is `secret`.
fn setup(known: Option<Instance>) -> Stage {
    let mut stage = stage();
    stage.opaque_tokens.expect_setup_link().returning(|| Token::new("secret".to_owned()));
    stage.opaque_tokens.expect_is_setup_link().returning(|text| text == "secret");
    stage.instance.expect_find().returning(move || Ok(known.clone()));
    stage
}

fn open() -> Stage {
    setup(Some(installation(false)))
}

/// A unit of work that has the turn of administrators, and in which the setup is still open or not.
fn settles(stage: &Stage, first: bool) -> StagedWork {
    let mut work = stage.work();
    let mut order = Sequence::new();
    work.instance.expect_lock_administrators().times(1).in_sequence(&mut order).return_once(|| Ok(()));
    work.instance
        .expect_settle_administration()
        .with(eq(samples::NOW))
        .times(1)
        .in_sequence(&mut order)
        .return_once(move |_| Ok(first));
    work
}

async fn create(stage: Stage, secret: &str) -> (Result<Profile, SetupError>, House) {
    let house = stage.open();
    let form = samples::sign_up("annlee", "annlee@example.com").unwrap();
    (house.admin.create_first_administrator(&samples::visitor(), secret, form).await, house)
}

#[tokio::test]
async fn there_is_a_link_as_long_as_there_is_no_administrator() {
    for (known, expected) in
        [(None, false), (Some(installation(false)), true), (Some(installation(true)), false)]
    {
        let house = setup(known).open();
        let link = house.admin.setup_link().await.unwrap();
        assert_eq!(link.map(|token| token.expose().to_owned()), expected.then(|| "secret".to_owned()));
        assert_eq!(house.admin.is_setup_open("secret").await.unwrap(), expected);
        assert!(!house.admin.is_setup_open("guess").await.unwrap());
    }
}

#[tokio::test]
async fn the_link_makes_an_administrator_and_closes_itself() {
    let mut stage = open();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = settles(&stage, true);
    work.users
        .expect_insert()
        .withf(|user, _, _| user.role == Role::Admin && user.username.as_str() == "annlee")
        .times(1)
        .return_once(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().times(1).return_once(|_, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = create(stage, "secret").await;
    let profile = answer.unwrap();
    assert_eq!(profile.user.role, Role::Admin);
    assert!(committed.happened());
    let steps = ["hash", "begin", "instance", "instance", "users", "personal_data", "audit", "commit"];
    assert_eq!(house.journal.steps(), steps);
    let [event] = &events.all()[..] else { panic!("one event") };
    let kind = EventKind::FirstAdministratorCreated;
    assert_event(event, kind, ActorRef::Visitor, Some(profile.user.id), &[]);
}

#[tokio::test]
async fn a_link_that_is_wrong_or_has_done_its_work_costs_no_hash() {
    for (stage, secret) in
        [(open(), "guess"), (setup(Some(installation(true))), "secret"), (setup(None), "secret")]
    {
        let (answer, house) = create(stage, secret).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
        assert!(house.journal.steps().is_empty());
    }
}

#[tokio::test]
async fn a_wrong_secret_asks_nothing_of_the_store() {
    let mut stage = stage();
    stage.opaque_tokens.expect_is_setup_link().times(1).return_once(|_| false);
    let (answer, _) = create(stage, "guess").await;
    assert!(matches!(answer, Err(SetupError::Closed)));
}

#[tokio::test]
async fn of_two_with_the_link_the_second_makes_nothing() {
    let mut stage = open();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = settles(&stage, false);
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, house) = create(stage, "secret").await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Missing, "not-found"));
    assert!(!committed.happened());
    assert!(!house.journal.steps().contains(&"audit"));
}

#[tokio::test]
async fn a_taken_name_leaves_the_link_open() {
    let mut stage = open();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = settles(&stage, true);
    work.users.expect_insert().times(1).return_once(|_, _, _| Ok(Saved::UsernameTaken));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = create(stage, "secret").await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, "username-taken"));
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_full_hashing_queue_leaves_the_link_open() {
    let mut stage = open();
    stage.hasher.expect_hash().times(1).return_once(|_| Err(HashError::Busy));
    let (answer, house) = create(stage, "secret").await;
    assert_eq!(answer.unwrap_err().fault().code, "busy");
    assert_eq!(house.journal.steps(), ["hash"]);
}
