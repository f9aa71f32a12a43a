use crate::fault::FaultKind;
use crate::hashing::HashError;
use crate::store::{Saved, StoreError};
use crate::testing::cast::{ann, assert_event, gone, hashes, stage, told};
use crate::testing::{House, Stage, StagedWork, Tally, samples};
use crate::users::SignUpError;
use domain::access::Role;
use domain::audit::{ActorRef, EventKind};
use domain::users::{Profile, SignUp, Status};

fn form() -> SignUp {
    samples::sign_up("annlee", "annlee@example.com").unwrap()
}

fn inserts(work: &mut StagedWork, saved: Saved) {
    work.users
        .expect_insert()
        .withf(|user, email, hash| {
            user.username.as_str() == "annlee"
                && user.role == Role::User
                && email.as_str() == "annlee@example.com"
                && *hash == Some(&samples::hash())
        })
        .times(1)
        .return_once(move |_, _, _| Ok(saved));
}

async fn sign_up(stage: Stage) -> (Result<Profile, SignUpError>, House) {
    let house = stage.open();
    (house.users.sign_up(&samples::visitor(), form()).await, house)
}

#[tokio::test]
async fn a_sign_up_stores_account_person_and_event_together_and_hashes_before_it_begins() {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = stage.work();
    inserts(&mut work, Saved::Yes);
    work.personal_data
        .expect_put()
        .withf(|_, personal| *personal == ann(Role::User).personal)
        .times(1)
        .return_once(|_, _| Ok(()));
    let (events, committed) = (work.keep_events(), work.committed());
    stage.begins([work]);
    let (answer, house) = sign_up(stage).await;
    let profile = answer.unwrap();
    assert_eq!(profile.user.username.as_str(), "annlee");
    assert_eq!((profile.user.role, profile.user.status()), (Role::User, Status::Active));
    assert_eq!((profile.user.created_at, profile.user.version), (samples::NOW, 1));
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["hash", "begin", "users", "personal_data", "audit", "commit"]);
    let [event] = &events.all()[..] else { panic!("one event") };
    assert_event(event, EventKind::UserSignedUp, ActorRef::Visitor, Some(profile.user.id), &[]);
}

#[tokio::test]
async fn a_taken_name_or_address_leaves_nothing_behind() {
    for (saved, code) in [(Saved::UsernameTaken, "username-taken"), (Saved::EmailTaken, "email-taken")] {
        let mut stage = stage();
        hashes(&mut stage, samples::PASSWORD, samples::hash());
        let mut work = stage.work();
        inserts(&mut work, saved);
        let committed = work.committed();
        stage.begins([work]);
        let (answer, house) = sign_up(stage).await;
        assert_eq!(told(&answer.unwrap_err()), (FaultKind::Conflict, code));
        assert_eq!(house.journal.steps(), ["hash", "begin", "users", "commit"], "nothing but what it saw");
        assert!(committed.happened());
    }
}

#[tokio::test]
async fn a_name_that_another_one_has_whose_commit_fails_is_not_told_as_taken() {
    for saved in [Saved::UsernameTaken, Saved::EmailTaken] {
        let mut stage = stage();
        hashes(&mut stage, samples::PASSWORD, samples::hash());
        let mut work = stage.work();
        inserts(&mut work, saved);
        work.refuse_commit(gone());
        stage.begins([work]);
        let (answer, _) = sign_up(stage).await;
        let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
        assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
    }
}

#[tokio::test]
async fn a_full_hashing_queue_is_said_before_the_store_is_asked_anything() {
    let mut stage = stage();
    stage.hasher.expect_hash().times(1).return_once(|_| Err(HashError::Busy));
    let (answer, house) = sign_up(stage).await;
    let kind = FaultKind::Unavailable { retry_after: HashError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "busy"));
    assert_eq!(house.journal.steps(), ["hash"]);
}

#[tokio::test]
async fn a_store_that_is_gone_is_told_as_unavailable() {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    stage.store.expect_begin_shared().times(1).return_once(|| Err(gone()));
    let (answer, _) = sign_up(stage).await;
    let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    assert_eq!(told(&answer.unwrap_err()), (kind, "unavailable"));
}

#[tokio::test]
async fn an_account_whose_event_could_not_be_written_is_not_made() {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = stage.work();
    inserts(&mut work, Saved::Yes);
    work.personal_data.expect_put().times(1).return_once(|_, _| Ok(()));
    work.audit.expect_record().times(1).return_once(|_| Err(gone()));
    let committed = work.committed();
    stage.begins([work]);
    let (answer, _) = sign_up(stage).await;
    assert!(matches!(answer, Err(SignUpError::Store(StoreError::Unavailable(_)))));
    assert!(!committed.happened());
}

#[tokio::test]
async fn a_refused_commit_is_no_account() {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = stage.work();
    inserts(&mut work, Saved::Yes);
    work.personal_data.expect_put().times(1).return_once(|_, _| Ok(()));
    work.keep_events();
    work.refuse_commit(StoreError::Broken("disk".to_owned()));
    stage.begins([work]);
    let (answer, _) = sign_up(stage).await;
    assert_eq!(told(&answer.unwrap_err()), (FaultKind::Internal, "internal"));
}

/// A sign-up whose password can be hashed, and that is saved like that.
fn saves(saved: Saved) -> Stage {
    let mut stage = stage();
    hashes(&mut stage, samples::PASSWORD, samples::hash());
    let mut work = stage.work();
    inserts(&mut work, saved);
    work.personal_data.expect_put().times(usize::from(saved == Saved::Yes)).returning(|_, _| Ok(()));
    work.keep_events();
    stage.begins([work]);
    stage
}

/// A sign-up whose password can't be hashed.
fn unhashed(error: HashError) -> Stage {
    let mut stage = stage();
    stage.hasher.expect_hash().times(1).return_once(move |_| Err(error));
    stage
}

#[tokio::test]
async fn every_sign_up_is_counted_once_by_what_came_of_it() {
    let mut without_store = stage();
    hashes(&mut without_store, samples::PASSWORD, samples::hash());
    without_store.store.expect_begin_shared().times(1).return_once(|| Err(gone()));
    for (stage, outcome) in [
        (saves(Saved::Yes), "succeeded"),
        (saves(Saved::UsernameTaken), "taken"),
        (saves(Saved::EmailTaken), "taken"),
        (unhashed(HashError::Busy), "busy"),
        (unhashed(HashError::Broken), "error"),
        (without_store, "error"),
    ] {
        let tally = Tally::default();
        let _taken = tally.take();
        let _ = sign_up(stage).await;
        assert_eq!(tally.of("xtrem_sign_ups_total"), [(format!("outcome={outcome}"), 1.0)]);
    }
}
