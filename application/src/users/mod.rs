//! Users: signing up, keeping a profile, and leaving.

mod change_password;
mod close;
mod create;
mod edit_profile;
mod find;
pub(crate) mod password_check;
mod set_role;
pub(crate) mod sign_up;

pub use change_password::{ChangePasswordError, PasswordChange, PasswordChangeDraft};
pub use close::CloseError;
pub use create::CreateError;
pub use edit_profile::EditProfileError;
pub use find::FindError;
pub use password_check::{CheckError, PasswordCheck};
pub use set_role::SetRoleError;
pub use sign_up::SignUpError;

use crate::Ids;
use crate::hashing::PasswordHasher;
use crate::store::{Store, UserDirectory};
use domain::users::PasswordPolicy;
use std::sync::Arc;

/// What people, administrators and the command line do with accounts.
pub struct UserService {
    store: Arc<dyn Store>,
    directory: Arc<dyn UserDirectory>,
    hasher: Arc<dyn PasswordHasher>,
    check: PasswordCheck,
    ids: Ids,
    policy: PasswordPolicy,
}

impl UserService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(
        store: Arc<dyn Store>,
        directory: Arc<dyn UserDirectory>,
        hasher: Arc<dyn PasswordHasher>,
        check: PasswordCheck,
        ids: Ids,
        policy: PasswordPolicy,
    ) -> Self {
        Self { store, directory, hasher, check, ids, policy }
    }

    /// What a new password must withstand here: what a form needs to be read.
    #[must_use]
    pub const fn password_policy(&self) -> PasswordPolicy {
        self.policy
    }
}

#[cfg(test)]
mod tests;
