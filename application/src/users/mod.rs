//! Users: signing up, keeping a profile, and leaving; and what administrators do with the accounts of others.

mod change_password;
mod close;
mod create;
mod delete;
mod edit_profile;
mod export;
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
pub use export::{ExportError, IssuedExportTicket};
pub use find::FindError;
pub use manage::{ManageError, UserRecord};
pub use password_check::{CheckError, PasswordCheck};
pub use password_link::{IssuedPasswordLink, SetPasswordError};
pub use set_role::RoleChange;
pub use sign_up::SignUpError;
pub use suspend::SuspensionOrder;

use crate::Ids;
use crate::hashing::PasswordHasher;
use crate::sealing::Documents;
use crate::store::{AuditDirectory, SessionDirectory, Store, UserDirectory, VaultKeeper};
use crate::tokens::OpaqueTokens;
use domain::users::PasswordPolicy;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// What people, administrators and the command line do with accounts.
pub struct UserService {
    store: Arc<dyn Store>,
    directory: Arc<dyn UserDirectory>,
    sessions: Arc<dyn SessionDirectory>,
    events: Arc<dyn AuditDirectory>,
    vault: Arc<dyn VaultKeeper>,
    hasher: Arc<dyn PasswordHasher>,
    check: PasswordCheck,
    tokens: Arc<dyn OpaqueTokens>,
    documents: Arc<dyn Documents>,
    ids: Ids,
    policy: PasswordPolicy,
    /// Whether somebody's data is just being gathered.
    exporting: AtomicBool,
}

/// The ports that accounts need.
pub struct UserPorts {
    /// Changes.
    pub store: Arc<dyn Store>,
    /// Accounts.
    pub directory: Arc<dyn UserDirectory>,
    /// Their sessions.
    pub sessions: Arc<dyn SessionDirectory>,
    /// What happened to them.
    pub events: Arc<dyn AuditDirectory>,
    /// What is left of them elsewhere.
    pub vault: Arc<dyn VaultKeeper>,
    /// Hashes new passwords.
    pub hasher: Arc<dyn PasswordHasher>,
    /// Checks passwords.
    pub check: PasswordCheck,
    /// Makes and reads links and tickets.
    pub tokens: Arc<dyn OpaqueTokens>,
    /// Signs what people take away.
    pub documents: Arc<dyn Documents>,
    /// Names things.
    pub ids: Ids,
}

impl UserService {
    /// Joins the ports it works through.
    #[must_use]
    pub fn new(ports: UserPorts, policy: PasswordPolicy) -> Self {
        let UserPorts { store, directory, sessions, events, vault, hasher, check, tokens, documents, ids } =
            ports;
        let exporting = AtomicBool::default();
        Self {
            store,
            directory,
            sessions,
            events,
            vault,
            hasher,
            check,
            tokens,
            documents,
            ids,
            policy,
            exporting,
        }
    }

    /// What a new password must withstand here: what a form needs to be read.
    #[must_use]
    pub const fn password_policy(&self) -> PasswordPolicy {
        self.policy
    }
}

#[cfg(test)]
mod tests;
