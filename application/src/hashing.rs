//! Passwords are hashed behind this door, at a price that is bounded.

use crate::fault::{Describe, Fault, FaultKind};
use async_trait::async_trait;
use domain::users::{Password, PasswordHash};
use std::time::Duration;

/// What comparing a password with a stored one says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is the password.
    pub matches: bool,
    /// Whether the stored form was made with other parameters than today's.
    pub outdated: bool,
}

/// Why a password was not hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// As many hashes wait as may wait.
    #[error("the hashing queue is full")]
    Busy,
    /// The stored form can't be read, or the hasher has stopped.
    #[error("hashing failed")]
    Broken,
}

impl HashError {
    /// How long a caller should wait when the queue is full: it empties within that time.
    pub const RETRY_AFTER: Duration = Duration::from_secs(1);
}

impl Describe for HashError {
    fn fault(&self) -> Fault {
        match self {
            Self::Busy => Fault::new(
                FaultKind::Unavailable { retry_after: Self::RETRY_AFTER },
                "busy",
                "Too many people are logging in at this moment. Nothing is lost; try again in a second.",
            ),
            Self::Broken => Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side."),
        }
    }
}

/// Makes and checks stored passwords, at most one a processor core at a time.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait PasswordHasher: Send + Sync {
    /// Says [`HashError::Busy`] if a password would be refused at this moment, so that in a storm nothing is read for
    /// somebody who is sent away all the same. Who is not sent away here can still be later.
    fn room(&self) -> Result<(), HashError>;

    /// Hashes a password with a fresh salt and today's parameters.
    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError>;

    /// Compares a password with a stored one.
    ///
    /// With `None` it does the work of a comparison with today's parameters and answers that it does not match:
    /// an account that does not exist takes as long as one that does.
    #[allow(clippy::ref_option, reason = "mockall can't mock an optional reference")]
    async fn verify(&self, password: &Password, stored: &Option<PasswordHash>) -> Result<Verdict, HashError>;
}
