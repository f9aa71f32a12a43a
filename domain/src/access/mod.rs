//! Who may do what: roles, scopes, and the policy that joins them.

pub mod decision;
mod role;
mod scope;

pub use decision::{Credential, Facts, Reason, SessionState, effective};
pub use role::Role;
pub use scope::{Scope, Scopes};
