mod explanations;
mod refusals;

use crate::access::Refused;
use crate::actor::{Evidence, Origin};
use crate::testing::samples;
use domain::access::{Credential, Reason, Role, Scope, SessionState};
use domain::ids::RequestId;
use domain::users::Status;

const OPERATION: &str = "GET /api/v1/users/{id}";

/// Ann was let in, and lacked a scope.
fn narrow(scope: Scope) -> Refused {
    let evidence = Evidence {
        credential: Credential::Sound,
        session_id: Some(samples::session_id(1)),
        session: Some(SessionState::Live),
        user_id: Some(samples::user_id(1)),
        status: Some(Status::Active),
        role: Some(Role::User),
        granted: Role::User.scopes(),
    };
    Refused { evidence, needed: Some(scope), reason: Reason::ScopeNotInRole }
}

/// Somebody brought a token that is none of ours.
fn forged() -> Refused {
    let evidence = Evidence { credential: Credential::Unreadable, ..Evidence::default() };
    Refused { evidence, needed: None, reason: Reason::UnreadableCredential }
}

/// The request of that number.
fn request(number: u32) -> RequestId {
    let mut randomness = [0; 10];
    randomness[6..].copy_from_slice(&number.to_be_bytes());
    RequestId::new(samples::NOW, &randomness)
}

/// That request, from an address of its own.
fn from(number: u32) -> Origin {
    let address = Some(std::net::Ipv4Addr::from(number).into());
    Origin { address, request_id: Some(request(number)), ..samples::origin() }
}
