//! Users: signing up, keeping a profile, taking what is known of oneself, and leaving.

pub(crate) mod delete;
pub(crate) mod export;
pub(crate) mod notices;
pub(crate) mod profile;
pub(crate) mod profile_form;
pub(crate) mod receipt;
pub(crate) mod security;
pub(crate) mod set_password;
pub(crate) mod shown;
pub(crate) mod sign_up;
