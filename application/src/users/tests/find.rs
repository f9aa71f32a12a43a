use super::{boss, raised};
use crate::Limit;
use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::store::StoreError;
use crate::testing::cast::{admin_without, ann, ann_with, anns, gone, stage, told};
use crate::testing::samples;
use crate::users::{FindError, UserRecord};
use domain::access::{Role, Scope};
use domain::sessions::Channel;
use domain::users::{LoginName, Profile, UserCursor, UserQuery, UserSort};
use mockall::predicate::eq;

fn named() -> LoginName {
    LoginName::parse("annlee")
}

#[tokio::test]
async fn everybody_sees_their_own_profile() {
    let mut stage = stage();
    stage
        .users
        .expect_own_profile()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(ann(Role::User))));
    let actor = ann_with(Role::User, [Scope::ProfileRead]);
    assert_eq!(stage.open().users.own_profile(&actor).await.unwrap(), ann(Role::User));
}

#[tokio::test]
async fn whoever_was_deleted_a_moment_ago_is_not_logged_in_any_more() {
    let mut stage = stage();
    stage.users.expect_own_profile().times(1).return_once(|_| Ok(None));
    let error = stage.open().users.own_profile(&samples::member(1, Role::User)).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
}

#[tokio::test]
async fn the_command_line_has_no_profile_of_its_own() {
    let error = stage().open().users.own_profile(&Actor::system()).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
}

#[tokio::test]
async fn an_account_is_found_by_what_its_owner_types() {
    let mut stage = stage();
    stage
        .users
        .expect_account()
        .withf(|login| login.key() == named().key())
        .times(1)
        .return_once(|_| Ok(Some(anns(Role::User))));
    stage
        .users
        .expect_profile()
        .with(eq(samples::user_id(1)))
        .times(1)
        .return_once(|_| Ok(Some(ann(Role::User))));
    let actor = samples::member_by(2, Channel::Api, Role::Moderator, [Scope::UserRead].into_iter().collect());
    let record = stage.open().users.find(&actor, &named()).await.unwrap();
    assert_eq!(record, UserRecord { user: ann(Role::User).user, person: ann(Role::User).personal.masked() });
}

#[tokio::test]
async fn an_account_is_shown_as_it_is_at_this_moment() {
    let mut stage = stage();
    stage.users.expect_profile().with(eq(samples::user_id(1))).times(1).return_once(|_| {
        let user = raised(Role::Admin, samples::NOW).user;
        Ok(Some(Profile { user, personal: ann(Role::User).personal }))
    });
    let record = stage.open().users.view(&boss(), samples::user_id(1)).await.unwrap();
    assert_eq!((record.user.role, record.user.role_end), (Role::User, None));
}

#[tokio::test]
async fn whoever_is_not_there_is_missing() {
    let mut stage = stage();
    stage.users.expect_profile().times(1).return_once(|_| Ok(None));
    let error = stage.open().users.view(&boss(), samples::user_id(1)).await.unwrap_err();
    assert_eq!(told(&error), (FaultKind::Missing, "not-found"));
}

#[tokio::test]
async fn an_account_that_is_not_there_or_has_just_gone_is_missing() {
    for account in [None, Some(anns(Role::User))] {
        let mut stage = stage();
        let vanishes = account.is_some();
        stage.users.expect_account().times(1).return_once(|_| Ok(account));
        stage.users.expect_profile().times(usize::from(vanishes)).returning(|_| Ok(None));
        let error = stage.open().users.find(&Actor::system(), &named()).await.unwrap_err();
        assert_eq!(told(&error), (FaultKind::Missing, "not-found"));
    }
}

#[tokio::test]
async fn a_page_is_asked_for_exactly_as_it_was_wished_and_says_where_the_next_one_begins() {
    let query = UserQuery { role: Some(Role::Admin), sort: UserSort::Oldest, ..UserQuery::default() };
    for (sort, next) in [
        (UserSort::Oldest, UserCursor::Created(samples::user_id(2))),
        (UserSort::UsernameDescending, UserCursor::Username("bobby".to_owned())),
    ] {
        let mut stage = stage();
        let query = UserQuery { sort, ..query.clone() };
        stage.users.expect_page().with(eq(query.clone()), eq(3)).times(1).return_once(|_, _| {
            let bobby = samples::profile(2, "bobby", Role::Admin).unwrap();
            Ok(vec![ann(Role::Admin), bobby, samples::profile(3, "carla", Role::Admin).unwrap()])
        });
        let actor = samples::member(1, Role::Moderator);
        let page = stage.open().users.page(&actor, &query, Limit::new(2).unwrap()).await.unwrap();
        let seen: Vec<_> = page.items.iter().map(|record| (record.user.id, record.person.masked)).collect();
        assert_eq!(seen, [(samples::user_id(1), false), (samples::user_id(2), true)]);
        assert_eq!(page.next, Some(next));
    }
}

#[tokio::test]
async fn nobody_is_asked_anything_when_the_scope_is_missing() {
    let lacks = |error: FindError, scope: Scope| {
        let fault = error.fault();
        assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(scope)));
    };
    let house = stage().open();
    let own = house.users.own_profile(&admin_without(Scope::ProfileRead)).await;
    lacks(own.unwrap_err(), Scope::ProfileRead);
    let (narrow, all) = (admin_without(Scope::UserRead), UserQuery::default());
    lacks(house.users.view(&narrow, samples::user_id(1)).await.unwrap_err(), Scope::UserRead);
    lacks(house.users.find(&narrow, &named()).await.unwrap_err(), Scope::UserRead);
    lacks(house.users.page(&narrow, &all, Limit::default()).await.unwrap_err(), Scope::UserRead);
    for error in [
        house.users.own_profile(&samples::visitor()).await.unwrap_err(),
        house.users.find(&samples::visitor(), &named()).await.unwrap_err(),
        house.users.view(&samples::visitor(), samples::user_id(1)).await.unwrap_err(),
        house.users.page(&samples::visitor(), &all, Limit::default()).await.unwrap_err(),
    ] {
        assert_eq!(told(&error), (FaultKind::Unauthenticated, "unauthenticated"));
    }
}

#[tokio::test]
async fn a_store_that_is_gone_is_not_the_same_as_nobody_there() {
    let mut stage = stage();
    stage.users.expect_account().times(1).return_once(|_| Err(gone()));
    let error = stage.open().users.find(&Actor::system(), &named()).await.unwrap_err();
    assert!(matches!(error, FindError::Store(StoreError::Unavailable(_))));
}
