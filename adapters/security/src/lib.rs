//! Hashing, tokens, sealing, chance and the clock: what the ports of the application are kept with.
//!
//! Everything secret comes from one root key. [`RootKey`] is a file of 64 digits, and each use derives a key of
//! its own from it, so that no seal made for one purpose opens another's and no key stands in the configuration
//! twice. [`SignedTokens`] signs what other services read, [`SealedTokens`] makes what only this one reads,
//! [`Argon2id`] hashes passwords on threads that nothing else waits for, and [`Turnstile`] slows down who guesses.
//! [`SystemClock`] and [`SystemEntropy`] are the only places in the house that ask the machine for the time or for
//! a number nobody can foresee.
//!
//! One library does the cryptography (AWS-LC), with three exceptions: Argon2, which it does not have; ECDSA that
//! signs the same words alike (p256), which it does not do; and reading a JWT, which is jsonwebtoken's work with
//! AWS-LC underneath.

mod access_tokens;
mod argon2id;
mod clock;
mod entropy;
mod opaque_tokens;
mod root_key;
mod sealing;
mod throttle;

pub use access_tokens::SignedTokens;
pub use argon2id::{Argon2id, Parameters, ParametersError};
pub use clock::SystemClock;
pub use entropy::SystemEntropy;
pub use opaque_tokens::SealedTokens;
pub use root_key::{Key32, Origin, Purpose, RootKey, RootKeyError};
pub use throttle::Turnstile;
