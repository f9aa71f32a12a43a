//! Who may do what: roles, scopes, and the one decision that joins them.

mod decision;
mod role;
mod scope;

pub use decision::effective;
pub use role::Role;
pub use scope::{Scope, Scopes};
