use super::{OPERATION, forged, from, narrow, request};
use crate::access::{ExplainError, Explanation, Refused};
use crate::actor::Origin;
use crate::fault::{Describe, FaultKind};
use crate::testing::cast::{admin_without, ann_with, stage, told};
use crate::testing::{House, samples};
use domain::access::{Reason, Role, Scope};
use domain::ids::RequestId;
use std::time::Duration;

const DAY: Duration = Duration::from_hours(24);
const MOMENT: Duration = Duration::from_micros(1);
/// As many as each shelf holds.
const MOST: u32 = 10_000;

fn explain(house: &House, id: RequestId) -> Result<Explanation, ExplainError> {
    house.access.explain(&ann_with(Role::Moderator, [Scope::LogsRead]), id)
}

fn is_known(house: &House, number: u32) -> bool {
    explain(house, request(number)).is_ok()
}

fn refuse(house: &House, numbers: impl IntoIterator<Item = u32>, refused: Refused) {
    for number in numbers {
        house.access.refused(&from(number), OPERATION, &refused);
    }
}

#[test]
fn a_refusal_is_explained_with_all_that_was_known_and_needed() {
    let house = stage().open();
    let (origin, refused) = (from(7), narrow(Scope::UserRead));
    house.access.refused(&origin, OPERATION, &refused);
    let expected = Explanation {
        request_id: request(7),
        at: samples::NOW,
        operation: OPERATION.to_owned(),
        address: origin.address,
        refused,
    };
    assert_eq!(explain(&house, request(7)).unwrap(), expected);
    assert!(house.journal.steps().is_empty(), "nobody waits for a turn to write");
}

#[test]
fn what_was_not_refused_here_has_no_explanation() {
    let house = stage().open();
    house.access.refused(&Origin { request_id: None, ..from(1) }, OPERATION, &forged());
    let error = explain(&house, request(1)).unwrap_err();
    assert_eq!(told(&error), (FaultKind::Missing, "not-found"));
}

#[test]
fn of_a_request_that_was_refused_twice_the_last_refusal_is_the_one_that_was_answered() {
    let house = stage().open();
    refuse(&house, [1], narrow(Scope::UserRead));
    refuse(&house, [1], Refused { reason: Reason::NotTheOwner, ..narrow(Scope::UserRead) });
    assert_eq!(explain(&house, request(1)).unwrap().refused.reason, Reason::NotTheOwner);
}

#[test]
fn an_explanation_is_kept_for_a_day_and_no_longer() {
    let house = stage().open();
    refuse(&house, [1], narrow(Scope::UserRead));
    refuse(&house, [2], forged());
    house.clock.advance(DAY.saturating_sub(MOMENT));
    assert!(is_known(&house, 1) && is_known(&house, 2));
    house.clock.advance(MOMENT);
    assert!(!is_known(&house, 1) && !is_known(&house, 2));
}

#[test]
fn beyond_ten_thousand_the_oldest_goes() {
    for refused in [narrow(Scope::UserRead), forged()] {
        let house = stage().open();
        refuse(&house, 0..MOST, refused);
        assert!(is_known(&house, 0));
        refuse(&house, [MOST], refused);
        assert!(!is_known(&house, 0));
        assert!(is_known(&house, 1) && is_known(&house, MOST));
    }
}

#[test]
fn a_flood_of_worthless_tokens_pushes_out_nobody_who_was_logged_in() {
    let house = stage().open();
    refuse(&house, [0], narrow(Scope::UserRead));
    refuse(&house, 1..=2 * MOST, forged());
    assert!(is_known(&house, 0));
    assert!(!is_known(&house, MOST) && is_known(&house, MOST + 1));
}

#[test]
fn nothing_is_explained_to_whoever_may_not_read_the_logs() {
    let house = stage().open();
    refuse(&house, [1], forged());
    let fault = house.access.explain(&admin_without(Scope::LogsRead), request(1)).unwrap_err().fault();
    assert_eq!((fault.kind, fault.scope), (FaultKind::Forbidden, Some(Scope::LogsRead)));
    let fault = house.access.explain(&samples::visitor(), request(1)).unwrap_err().fault();
    assert_eq!((fault.kind, fault.reason), (FaultKind::Unauthenticated, Some(Reason::NoCredential)));
}
