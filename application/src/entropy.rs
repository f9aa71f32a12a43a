//! Chance comes in through this door.

use domain::ids::Randomness;

/// Draws what nobody can foresee.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
pub trait Entropy: Send + Sync {
    /// The random part of a new identifier.
    fn randomness(&self) -> Randomness;
}
