use super::{raised, takes_turn, updates};
use crate::store::{Account, Saved, StoreError};
use crate::testing::cast::{anns, assert_event, finds, gone, stage, suspended};
use crate::testing::{Stage, StagedWork, samples};
use domain::access::Role;
use domain::audit::{ActorRef, Event, EventKind};
use domain::ids::UserId;
use domain::users::{Status, User};
use mockall::predicate::eq;

/// A unit of work that is told of these accounts and changes nothing.
fn told_of(stage: &Stage, outdated: Vec<UserId>) -> StagedWork {
    let mut work = stage.work();
    work.users
        .expect_outdated()
        .with(eq(samples::NOW), eq(100))
        .times(1)
        .return_once(move |_, _| Ok(outdated));
    work
}

/// A unit of work in the turn of those who change roles.
fn in_turn(stage: &Stage) -> StagedWork {
    let mut work = stage.work();
    takes_turn(&mut work);
    work
}

/// It finds Ann like this, who has lost by itself what was hers for a time.
fn finds_ann(work: &mut StagedWork, account: Account) {
    finds(work, Some(account));
}

fn over(account: Account) -> Account {
    let Account { user, password_hash } = suspended(account);
    let suspension = user
        .suspension
        .map(|suspension| domain::users::Suspension { until: Some(samples::NOW), ..suspension });
    Account { user: User { suspension, ..user }, password_hash }
}

/// An event of the installation itself, which has neither address nor request.
fn assert_expired(event: &Event, kind: EventKind, detail: &[(&'static str, &str)]) {
    assert_eq!((event.address, event.request_id), (None, None));
    let origin = samples::origin();
    let event = Event { address: origin.address, request_id: origin.request_id, ..event.clone() };
    assert_event(&event, kind, ActorRef::System, Some(samples::user_id(1)), detail);
}

#[tokio::test]
async fn what_has_ended_by_itself_is_written_down_and_told() {
    let mut stage = stage();
    let asked = told_of(&stage, vec![samples::user_id(1)]);
    let mut work = in_turn(&stage);
    finds_ann(&mut work, over(raised(Role::Admin, samples::NOW)));
    updates(&mut work, |user| {
        (user.role, user.role_end, user.status()) == (Role::User, None, Status::Active)
            && user.updated_at == samples::NOW
    });
    let events = work.keep_events();
    let committed = [asked.committed(), work.committed()];
    stage.begins([asked, work]);
    let house = stage.open();
    assert_eq!(house.users.settle().await.unwrap(), 1);
    assert_eq!(committed.map(|committed| committed.happened()), [false, true]);
    let [role, status] = &events.all()[..] else { panic!("two events") };
    let detail = [("from", "admin"), ("to", "user"), ("reason", "expired")];
    assert_expired(role, EventKind::RoleChanged, &detail);
    assert_expired(status, EventKind::UserReinstated, &[("reason", "expired")]);
}

#[tokio::test]
async fn only_what_has_ended_is_told() {
    for (account, kind) in [
        (raised(Role::Admin, samples::NOW), EventKind::RoleChanged),
        (over(anns(Role::User)), EventKind::UserReinstated),
    ] {
        let mut stage = stage();
        let mut work = in_turn(&stage);
        finds_ann(&mut work, account);
        updates(&mut work, |_| true);
        let events = work.keep_events();
        let works = [told_of(&stage, vec![samples::user_id(1)]), work];
        stage.begins(works);
        stage.open().users.settle().await.unwrap();
        assert_eq!(events.kinds(), [kind]);
    }
}

#[tokio::test]
async fn an_account_that_somebody_has_put_right_in_the_meantime_is_left_as_it_is() {
    let mut stage = stage();
    let mut work = in_turn(&stage);
    finds_ann(&mut work, anns(Role::User));
    let committed = work.committed();
    let works = [told_of(&stage, vec![samples::user_id(1)]), work];
    stage.begins(works);
    assert!(stage.open().users.settle().await.is_ok());
    assert!(!committed.happened());
}

#[tokio::test]
async fn it_goes_on_as_long_as_a_batch_is_full() {
    let mut stage = stage();
    let id = samples::user_id(1);
    let settles = |stage: &Stage| {
        let mut work = in_turn(stage);
        finds_ann(&mut work, raised(Role::Admin, samples::NOW));
        updates(&mut work, |_| true);
        work.keep_events();
        work
    };
    let mut works = vec![told_of(&stage, vec![id; 100])];
    works.extend((0..100).map(|_| settles(&stage)));
    works.push(told_of(&stage, vec![id]));
    works.push(settles(&stage));
    stage.begins(works);
    assert_eq!(stage.open().users.settle().await.unwrap(), 101);
}

#[tokio::test]
async fn an_account_that_can_not_be_written_keeps_no_other_from_it() {
    for saved in [Err(StoreError::Conflict), Ok(Saved::UsernameTaken), Ok(Saved::EmailTaken)] {
        let mut stage = stage();
        let mut stuck = in_turn(&stage);
        finds_ann(&mut stuck, raised(Role::Admin, samples::NOW));
        stuck.users.expect_update().times(1).return_once(move |_, _| saved);
        let mut deleted = in_turn(&stage);
        finds(&mut deleted, None);
        let mut other = in_turn(&stage);
        finds_ann(&mut other, raised(Role::Admin, samples::NOW));
        updates(&mut other, |_| true);
        other.keep_events();
        let committed = [stuck.committed(), deleted.committed(), other.committed()];
        let works = [told_of(&stage, vec![samples::user_id(1); 3]), stuck, deleted, other];
        stage.begins(works);
        assert_eq!(
            stage.open().users.settle().await.unwrap(),
            2,
            "of one that is gone nothing is left to do"
        );
        assert_eq!(committed.map(|committed| committed.happened()), [false, false, true]);
    }
}

#[tokio::test]
async fn where_nothing_of_a_full_batch_can_be_written_it_comes_to_an_end() {
    let mut stage = stage();
    let mut works = vec![told_of(&stage, vec![samples::user_id(1); 100])];
    works.extend((0..100).map(|_| {
        let mut work = in_turn(&stage);
        work.users.expect_find().times(1).return_once(|_| Err(StoreError::Broken("unreadable".to_owned())));
        work
    }));
    stage.begins(works);
    assert_eq!(stage.open().users.settle().await.unwrap(), 0);
}

#[tokio::test]
async fn a_store_that_is_gone_settles_nothing() {
    let mut before = stage();
    before.store.expect_begin().times(1).return_once(|| Err(gone()));
    assert!(matches!(before.open().users.settle().await, Err(StoreError::Unavailable(_))));

    let mut meanwhile = stage();
    let mut work = in_turn(&meanwhile);
    work.users.expect_find().times(1).return_once(|_| Err(gone()));
    let works = [told_of(&meanwhile, vec![samples::user_id(1); 2]), work];
    meanwhile.begins(works);
    let answer = meanwhile.open().users.settle().await;
    assert!(matches!(answer, Err(StoreError::Unavailable(_))), "and nobody else is tried");
}
