//! How the errors of those who keep accounts are told.

use crate::actor::Actor;
use crate::fault::{Describe, FaultKind};
use crate::hashing::HashError;
use crate::store::StoreError;
use crate::testing::cast::{ann, gone};
use crate::testing::samples;
use crate::users::{CheckError, ManageError, UserRecord};
use domain::access::Role;
use domain::violation::{FieldViolation, Violation};

#[test]
fn every_error_is_told_in_its_own_words() {
    let field = FieldViolation { field: "until", violation: Violation::NotInFuture };
    let unavailable = FaultKind::Unavailable { retry_after: StoreError::RETRY_AFTER };
    let busy = FaultKind::Unavailable { retry_after: HashError::RETRY_AFTER };
    for (error, kind, code) in [
        (ManageError::Missing, FaultKind::Missing, "not-found"),
        (ManageError::LastAdministrator, FaultKind::Conflict, "last-administrator"),
        (ManageError::Invalid(field), FaultKind::Invalid, "invalid-input"),
        (ManageError::UsernameTaken, FaultKind::Conflict, "username-taken"),
        (ManageError::EmailTaken, FaultKind::Conflict, "email-taken"),
        (ManageError::Check(CheckError::Wrong), FaultKind::Forbidden, "wrong-password"),
        (ManageError::Check(HashError::Busy.into()), busy, "busy"),
        (gone().into(), unavailable, "unavailable"),
    ] {
        let fault = error.fault();
        assert_eq!((fault.kind, fault.code), (kind, code));
    }
}

#[test]
fn personal_data_are_masked_for_everybody_but_their_owner_and_the_command_line() {
    for (actor, masked) in [
        (samples::member(1, Role::User), false),
        (samples::member(2, Role::Moderator), true),
        (samples::member(2, Role::Admin), true),
        (samples::visitor(), true),
        (Actor::system(), false),
    ] {
        let record = UserRecord::shown_to(&actor, ann(Role::User), samples::NOW);
        assert_eq!(record.person.masked, masked);
        assert_eq!(record.person.email == "annlee@example.com", !masked);
    }
}
