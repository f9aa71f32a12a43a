//! Users: signing up, keeping a profile, and leaving.

pub(crate) mod delete;
pub(crate) mod profile;
pub(crate) mod security;
pub(crate) mod sign_up;
