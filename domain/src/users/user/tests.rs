use super::*;
use crate::users::{PasswordPolicy, SignUp, SignUpDraft};
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const HOUR: Duration = Duration::from_hours(1);

fn user(role: Role) -> User {
    let draft = SignUpDraft {
        username: Some("annlee"),
        email: Some("ann@example.com"),
        password: Some("vexing-zebra-lantern"),
        ..SignUpDraft::default()
    };
    let form = SignUp::parse(draft, PasswordPolicy::new(12).unwrap()).unwrap();
    User::new(UserId::new(NOW, &[0; 10]), &form.newcomer, role, NOW)
}

fn reason() -> Justification {
    Justification::parse("spam").unwrap()
}

#[test]
fn a_role_for_a_time_ends_by_itself_and_the_lasting_one_is_back() {
    let raised = user(Role::User).with_role(Role::Admin, Some(NOW.plus(HOUR)), NOW).unwrap().unwrap();
    assert_eq!((raised.role, raised.lasting_role()), (Role::Admin, Role::User));
    let before = raised.clone().settled(NOW.plus(HOUR.saturating_sub(Duration::from_micros(1))));
    assert_eq!(before.role, Role::Admin);
    let after = raised.settled(NOW.plus(HOUR));
    assert_eq!((after.role, after.role_end), (Role::User, None));
}

#[test]
fn a_second_role_for_a_time_ends_in_the_lasting_role_and_not_in_the_first() {
    let first = user(Role::User).with_role(Role::Moderator, Some(NOW.plus(HOUR)), NOW).unwrap().unwrap();
    let second = first.with_role(Role::Admin, Some(NOW.plus(HOUR * 2)), NOW).unwrap().unwrap();
    assert_eq!(second.role_end, Some(RoleEnd { at: NOW.plus(HOUR * 2), then: Role::User }));
    let for_good = second.with_role(Role::Admin, None, NOW).unwrap().unwrap();
    assert_eq!((for_good.role, for_good.role_end), (Role::Admin, None));
}

#[test]
fn only_a_raise_has_an_end_and_the_end_lies_ahead() {
    let admin = user(Role::Admin);
    assert_eq!(admin.with_role(Role::User, Some(NOW.plus(HOUR)), NOW), Err(Violation::NotARaise));
    assert_eq!(admin.with_role(Role::Admin, Some(NOW.plus(HOUR)), NOW), Err(Violation::NotARaise));
    assert_eq!(user(Role::User).with_role(Role::Admin, Some(NOW), NOW), Err(Violation::NotInFuture));
    assert_eq!(admin.with_role(Role::Admin, None, NOW), Ok(None));
}

#[test]
fn a_suspension_ends_at_its_moment_or_when_somebody_lifts_it() {
    let closed = user(Role::User).suspended(reason(), Some(NOW.plus(HOUR)), NOW).unwrap();
    assert_eq!(closed.status(), Status::Suspended);
    assert_eq!(closed.standing().at(NOW.plus(HOUR)).status, Status::Active);
    assert_eq!(closed.clone().settled(NOW).status(), Status::Suspended);
    assert_eq!(closed.clone().settled(NOW.plus(HOUR)).suspension, None);
    assert_eq!(closed.reinstated(NOW).map(|user| user.status()), Some(Status::Active));
    assert_eq!(user(Role::User).reinstated(NOW), None);
    let for_good = user(Role::User).suspended(reason(), None, NOW).unwrap();
    assert_eq!(for_good.settled(NOW.plus(HOUR * 100_000)).status(), Status::Suspended);
}

#[test]
fn suspending_twice_keeps_the_first_date_and_takes_the_second_reason() {
    let once = user(Role::User).suspended(reason(), None, NOW).unwrap();
    let other = Justification::parse("worse").unwrap();
    let twice =
        once.suspended(other.clone(), Some(NOW.plus(HOUR)), NOW.plus(Duration::from_secs(9))).unwrap();
    let expected = Suspension { reason: other, since: NOW, until: Some(NOW.plus(HOUR)) };
    assert_eq!(twice.suspension, Some(expected));
    assert_eq!(once.suspended(reason(), Some(NOW), NOW), Err(Violation::NotInFuture));
}
