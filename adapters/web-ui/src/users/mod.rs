//! Users: signing up, keeping a profile, and leaving.

pub(crate) mod delete;
pub(crate) mod notices;
pub(crate) mod profile;
pub(crate) mod security;
pub(crate) mod set_password;
pub(crate) mod sign_up;
