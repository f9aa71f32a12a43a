//! Of one person at a time everything is gathered.

use crate::actor::Actor;
use crate::document::Document;
use crate::fault::FaultKind;
use crate::store::{ExportTicket, StoreError};
use crate::testing::cast::{ann, ann_with, gone, stage, told};
use crate::testing::{Stage, samples};
use crate::tokens::PresentedExportTicket;
use crate::users::{ExportError, UserService};
use domain::access::{Role, Scope};
use domain::users::Profile;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// On that stage further profiles are answered like this, and so many units of work end well.
fn answers(
    mut stage: Stage,
    profiles: impl IntoIterator<Item = Result<Option<Profile>, StoreError>, IntoIter: Send + 'static>,
    committed: usize,
) -> Stage {
    stage.signs();
    works(&mut stage);
    let mut profiles = profiles.into_iter();
    stage.users.expect_profile().returning(move |_| profiles.next().unwrap());
    let works: Vec<_> = (0..committed)
        .map(|_| {
            let mut work = stage.work();
            work.keep_events();
            work
        })
        .collect();
    stage.begins(works);
    stage
}

/// Any ticket works, and there is nothing else to be found.
fn works(stage: &mut Stage) {
    let (user_id, digest) = (samples::user_id(1), samples::digest(4));
    stage
        .opaque_tokens
        .expect_read_export_ticket()
        .returning(move |_| Some(PresentedExportTicket { user_id, digest }));
    let expires_at = samples::NOW.plus(Duration::from_hours(1));
    stage
        .users
        .expect_export_ticket()
        .returning(move |_| Ok(Some(ExportTicket { user_id, digest, expires_at })));
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    stage.events.expect_page().returning(|_, _, _, _| Ok(Vec::new()));
    stage.sessions.expect_of().returning(|_, _, _| Ok(Vec::new()));
}

/// Both ways to an export, tried at once and to their end.
fn attempts(users: &UserService) -> [Result<Document, ExportError>; 2] {
    let (ann, system) = (ann_with(Role::User, [Scope::ProfileRead]), Actor::system());
    [at_once(users.export_own(&ann, "ticket")), at_once(users.export_of(&system, samples::user_id(2)))]
}

fn at_once<T>(attempt: impl Future<Output = T>) -> T {
    match pin!(attempt).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("nobody is waited for"),
    }
}

#[tokio::test]
async fn while_the_data_of_somebody_is_gathered_others_are_told_to_come_back() {
    let mut stage = stage();
    let (door, meanwhile) =
        (Arc::new(OnceLock::<Weak<UserService>>::new()), Arc::new(Mutex::new(Vec::new())));
    let (entrance, kept) = (door.clone(), meanwhile.clone());
    stage.users.expect_profile().times(1).return_once(move |_| {
        let users = entrance.get().and_then(Weak::upgrade).unwrap();
        kept.lock().unwrap().extend(attempts(&users));
        Ok(Some(ann(Role::User)))
    });
    let users = answers(stage, [Ok(Some(ann(Role::User))), Ok(Some(ann(Role::User)))], 1).open().users;
    door.set(Arc::downgrade(&users)).unwrap();
    assert!(users.export_of(&Actor::system(), samples::user_id(1)).await.is_ok());
    let meanwhile = std::mem::take(&mut *meanwhile.lock().unwrap());
    assert_eq!(meanwhile.len(), 2);
    for answer in meanwhile {
        let error = answer.unwrap_err();
        assert!(matches!(error, ExportError::Busy), "{error}");
        let kind = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
        assert_eq!(told(&error), (kind, "busy"));
    }
}

#[tokio::test]
async fn the_next_one_may_after_it_was_gathered_and_after_it_was_not() {
    let profiles = [Ok(Some(ann(Role::User))), Err(gone()), Ok(None), Ok(Some(ann(Role::User)))];
    let users = answers(stage(), profiles, 2).open().users;
    let (system, id) = (Actor::system(), samples::user_id(1));
    assert!(users.export_of(&system, id).await.is_ok());
    assert_eq!(told(&users.export_of(&system, id).await.unwrap_err()).1, "unavailable");
    assert_eq!(told(&users.export_of(&system, id).await.unwrap_err()).1, "not-found");
    assert!(users.export_of(&system, id).await.is_ok());
}
