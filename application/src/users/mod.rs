//! Users: signing up, keeping a profile, and leaving; and what administrators do with the accounts of others.

mod change_password;
mod close;
mod create;
mod delete;
mod edit_profile;
mod find;
mod manage;
mod notices;
mod open_data;
pub(crate) mod password_check;
mod password_link;
mod set_role;
mod settle;
pub(crate) mod sign_up;
mod suspend;

pub use change_password::{ChangePasswordError, PasswordChange, PasswordChangeDraft};
pub use close::CloseError;
pub use create::{CreateError, Created};
pub use edit_profile::EditProfileError;
pub use find::FindError;
pub use manage::{ManageError, UserRecord};
pub use password_check::{CheckError, PasswordCheck};
pub use password_link::{IssuedPasswordLink, SetPasswordError};
pub use set_role::RoleChange;
pub use sign_up::SignUpError;
pub use suspend::SuspensionOrder;

use crate::Ids;
use crate::hashing::PasswordHasher;
use crate::store::{Store, UserDirectory};
use crate::tokens::OpaqueTokens;
use domain::users::PasswordPolicy;
use std::sync::Arc;

/// What people, administrators and the command line do with accounts.
pub struct UserService {
    store: Arc<dyn Store>,
    directory: Arc<dyn UserDirectory>,
    hasher: Arc<dyn PasswordHasher>,
    check: PasswordCheck,
    tokens: Arc<dyn OpaqueTokens>,
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
        tokens: Arc<dyn OpaqueTokens>,
        ids: Ids,
        policy: PasswordPolicy,
    ) -> Self {
        Self { store, directory, hasher, check, tokens, ids, policy }
    }

    /// What a new password must withstand here: what a form needs to be read.
    #[must_use]
    pub const fn password_policy(&self) -> PasswordPolicy {
        self.policy
    }
}

#[cfg(test)]
mod tests;
