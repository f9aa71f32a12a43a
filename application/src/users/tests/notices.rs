use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{ann_with, gone, stage};
use crate::testing::samples;
use domain::access::{Role, Scope};
use domain::ids::NoticeId;
use domain::notices::{Notice, NoticeKind};
use mockall::predicate::eq;

#[tokio::test]
async fn people_are_told_what_concerns_their_own_account() {
    let mut stage = stage();
    let notice = Notice {
        id: NoticeId::new(samples::NOW, &[1; 10]),
        user_id: samples::user_id(1),
        kind: NoticeKind::RefreshTokenReused,
        at: samples::NOW,
    };
    stage
        .users
        .expect_notices()
        .with(eq(samples::user_id(1)), eq(20))
        .times(1)
        .return_once(move |_, _| Ok(vec![notice]));
    let house = stage.open();
    let told = house.users.notices(&ann_with(Role::User, [Scope::ProfileRead])).await.unwrap();
    assert_eq!(told, [notice]);
    assert!(house.journal.steps().is_empty());
}

#[tokio::test]
async fn what_was_seen_is_dismissed_up_to_that_moment_and_no_further() {
    let mut stage = stage();
    let mut work = stage.work();
    work.notices
        .expect_dismiss()
        .with(eq(samples::user_id(1)), eq(samples::NOW))
        .times(1)
        .return_once(|_, _| Ok(2));
    let committed = work.committed();
    stage.begins([work]);
    let house = stage.open();
    house.users.dismiss_notices(&ann_with(Role::User, [Scope::ProfileWrite]), samples::NOW).await.unwrap();
    assert!(committed.happened());
    assert_eq!(house.journal.steps(), ["begin", "notices", "commit"]);
}

#[tokio::test]
async fn what_could_not_be_dismissed_is_not_told_as_done() {
    let mut stage = stage();
    let mut work = stage.work();
    work.notices.expect_dismiss().times(1).return_once(|_, _| Err(gone()));
    let committed = work.committed();
    stage.begins([work]);
    let answer = stage.open().users.dismiss_notices(&samples::member(1, Role::User), samples::NOW).await;
    assert!(answer.is_err() && !committed.happened());
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let house = stage().open();
    let reader = ann_with(Role::User, [Scope::ProfileRead]);
    let writer = ann_with(Role::User, [Scope::ProfileWrite]);
    for (fault, scope) in [
        (house.users.notices(&writer).await.unwrap_err().fault(), Scope::ProfileRead),
        (house.users.dismiss_notices(&reader, samples::NOW).await.unwrap_err().fault(), Scope::ProfileWrite),
    ] {
        assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(scope)));
    }
    for fault in [
        house.users.notices(&samples::visitor()).await.unwrap_err().fault(),
        house.users.dismiss_notices(&samples::visitor(), samples::NOW).await.unwrap_err().fault(),
    ] {
        assert_eq!(fault.kind, FaultKind::Unauthenticated);
    }
    assert!(house.journal.steps().is_empty());
}
