use super::{Actor, Identity, Member, Refusal};
use crate::fault::{Describe, FaultKind};
use crate::store::{LiveSession, StoreError};
use crate::testing::cast::{closed, gone};
use crate::testing::{StagedWork, samples};
use domain::Timestamp;
use domain::access::{Reason, Role, Scope, Scopes};
use domain::sessions::Channel;
use domain::users::RoleEnd;
use mockall::predicate::eq;
use std::time::Duration;

#[test]
fn it_is_said_whether_the_token_or_the_role_lacks_a_scope() {
    let granted: Scopes = [Scope::ProfileRead, Scope::AdminWrite].into_iter().collect();
    let moderator = samples::member_by(1, Channel::Api, Role::Moderator, granted);
    assert!(moderator.require(Scope::ProfileRead).is_ok());
    for (scope, reason) in
        [(Scope::UserRead, Reason::ScopeNotInToken), (Scope::AdminWrite, Reason::ScopeNotInRole)]
    {
        let refusal = moderator.require(scope).unwrap_err();
        assert_eq!(refusal, Refusal::InsufficientScope { scope, reason });
        let fault = refusal.fault();
        assert_eq!((fault.kind, fault.code), (FaultKind::Forbidden, "insufficient-scope"));
        assert_eq!((fault.scope, fault.reason), (Some(scope), Some(reason)));
    }
}

#[test]
fn every_refusal_has_a_code_and_a_reason() {
    for (refusal, kind, code, reason) in [
        (Refusal::NotLoggedIn, FaultKind::Unauthenticated, "unauthenticated", Reason::NoCredential),
        (Refusal::AboveOwnRole, FaultKind::Forbidden, "above-own-role", Reason::AboveOwnRole),
        (Refusal::PasswordNeeded, FaultKind::Forbidden, "password-needed", Reason::PasswordNeeded),
    ] {
        let fault = refusal.fault();
        assert_eq!((fault.kind, fault.code, fault.reason), (kind, code, Some(reason)));
    }
}

fn until(role: Role, at: Timestamp) -> Actor {
    let Identity::Member(member) = samples::member(1, role).identity else { panic!("a member") };
    let role_end = Some(RoleEnd { at, then: Role::User });
    Actor { identity: Identity::Member(Member { role_end, ..member }), origin: samples::origin() }
}

#[test]
fn nobody_reaches_above_their_own_role_nor_beyond_its_end() {
    let end = samples::NOW.plus(Duration::from_hours(1));
    let moderator = samples::member(1, Role::Moderator);
    assert!(moderator.reach(Role::Moderator, None).is_ok());
    assert_eq!(moderator.reach(Role::Admin, None), Err(Refusal::AboveOwnRole));
    let admin = until(Role::Admin, end);
    assert!(admin.reach(Role::Moderator, None).is_ok());
    assert!(admin.reach(Role::Admin, Some(end)).is_ok());
    for outlasting in [None, Some(end.plus(Duration::from_micros(1)))] {
        assert_eq!(admin.reach(Role::Admin, outlasting), Err(Refusal::AboveOwnRole));
    }
    assert!(Actor::system().reach(Role::Admin, None).is_ok());
    assert_eq!(samples::visitor().reach(Role::User, None), Err(Refusal::NotLoggedIn));
}

#[test]
fn who_has_a_role_for_a_time_gives_for_good_only_what_they_keep() {
    let end = samples::NOW.plus(Duration::from_hours(1));
    let later = Some(end.plus(Duration::from_micros(1)));
    let admin = until(Role::Admin, end);
    for (role, limit, allowed) in [
        (Role::User, None, true),
        (Role::Moderator, Some(end), true),
        (Role::Moderator, later, false),
        (Role::Moderator, None, false),
        (Role::Admin, Some(end), true),
        (Role::Admin, None, false),
    ] {
        assert_eq!(admin.grant(role, limit).is_ok(), allowed, "{role:?} until {limit:?}");
    }
    assert!(samples::member(1, Role::Admin).grant(Role::Admin, None).is_ok());
    assert_eq!(samples::member(1, Role::Moderator).grant(Role::Admin, later), Err(Refusal::AboveOwnRole));
    assert!(Actor::system().grant(Role::Admin, None).is_ok());
    assert_eq!(samples::visitor().grant(Role::User, None), Err(Refusal::NotLoggedIn));
}

async fn as_of(live: Result<Option<LiveSession>, StoreError>) -> Result<Result<Actor, Refusal>, StoreError> {
    let mut work = StagedWork::default();
    let granted = Role::Admin.scopes();
    work.sessions.expect_find().with(eq(samples::session_id(1))).times(1).return_once(|_| live);
    samples::member_by(1, Channel::Api, Role::Admin, granted).as_of(&mut work, samples::NOW).await
}

#[tokio::test]
async fn inside_a_unit_of_work_an_actor_is_what_they_are_by_then() {
    let live = |role| samples::live_session(1, Channel::Api, role);
    let mut ended = live(Role::Admin);
    ended.standing.role_end = Some(RoleEnd { at: samples::NOW, then: Role::Moderator });
    for (found, role) in
        [(live(Role::Admin), Role::Admin), (live(Role::User), Role::User), (ended, Role::Moderator)]
    {
        let member = as_of(Ok(Some(found))).await.unwrap().unwrap().member().unwrap();
        assert_eq!((member.role, member.role_end, member.scopes), (role, None, role.scopes()));
        assert_eq!(member.granted, Role::Admin.scopes());
    }
    for found in [None, Some(closed(live(Role::Admin)))] {
        assert_eq!(as_of(Ok(found)).await.unwrap(), Err(Refusal::NotLoggedIn));
    }
    assert!(matches!(as_of(Err(gone())).await, Err(StoreError::Unavailable(_))));
}

#[tokio::test]
async fn who_has_no_session_is_always_the_same() {
    for actor in [samples::visitor(), Actor::system()] {
        let seen = actor.as_of(&mut StagedWork::default(), samples::NOW).await.unwrap().unwrap();
        assert_eq!(seen, actor);
    }
}
