//! Hashing, tokens, sealing, chance and the clock: what the ports of the application are kept with.
//!
//! Everything secret hangs on one root key. [`RootKey`] is a file of 64 digits; under it [`Keyring`] keeps the keys of
//! this installation, one for each use, so that no seal made for one purpose opens another's and another root key
//! changes nothing but seals. The keyring seals what is held about people, finds them by it, chains the audit trail
//! and signs documents. [`SignedTokens`] signs what other services read, [`SealedTokens`] makes what only this one reads,
//! [`Argon2id`] hashes passwords on threads that nothing else waits for, and [`Turnstile`] slows down who guesses.
//! [`SystemClock`] and [`SystemEntropy`] are the only places in the house that ask the machine for the time or for
//! a number nobody can foresee.
//!
//! One library does the cryptography (AWS-LC), with four exceptions: Argon2 and XChaCha20-Poly1305, which it does not
//! have; ECDSA that signs the same words alike (p256), which it does not do; and reading a JWT, which is jsonwebtoken's
//! work with AWS-LC underneath.

mod access_tokens;
mod argon2id;
mod clock;
mod derivation;
mod entropy;
mod instruments;
mod keyring;
mod octets;
mod opaque_tokens;
mod root_key;
mod sealing;
mod throttle;

pub use access_tokens::SignedTokens;
pub use argon2id::{Argon2id, Parameters, ParametersError};
pub use clock::SystemClock;
pub use derivation::{Key32, Purpose, TokenSecret};
pub use entropy::SystemEntropy;
pub use instruments::describe;
pub use keyring::{Keyring, RootReplacement};
pub use opaque_tokens::SealedTokens;
pub use root_key::{Origin, RootKey, RootKeyError};
pub use throttle::Turnstile;
