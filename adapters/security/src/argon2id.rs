//! Passwords: Argon2id (RFC 9106) on threads of its own.
//!
//! A hash is dear on purpose: some 20 MiB and some 15 ms of one core. Left to the runtime's blocking pool, a storm
//! of log-ins would start hundreds of them at once, and the memory of each would come and go. Here a fixed
//! number of threads, one a core, keep their memory while there is work, and take that from a queue that is bounded: when
//! it is full, the next one is told so at once. They run where nobody else wants the core, so that everything
//! else in the house keeps answering; where they get nothing of it, stand-ins take turns with the others.
//!
//! The threads compute tags and nothing else. What a stored hash means (which variant, at what price, with which
//! salt) is read and written beside them, and comparing is done here, in constant time.

mod parameters;
mod pool;
mod recipe;
#[cfg(test)]
mod tests;

pub use parameters::{Parameters, ParametersError};

use crate::entropy::random;
use application::hashing::{HashError, PasswordHasher, Verdict};
use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use domain::users::{Password, PasswordHash};
use pool::{Arena, Pool};
use recipe::{Recipe, Stored};
use std::io;
use std::num::NonZeroUsize;
use std::thread;

/// Hashes passwords with Argon2id on a bounded pool of threads.
pub struct Argon2id {
    parameters: Parameters,
    /// What the password of somebody who does not exist is compared with.
    nobody: PasswordHash,
    pool: Pool,
}

impl Argon2id {
    /// Starts `workers` threads that hash with `parameters`, and lets `queue` passwords wait for them.
    ///
    /// Fails when the system gives it no thread.
    pub fn start(parameters: Parameters, workers: NonZeroUsize, queue: NonZeroUsize) -> io::Result<Self> {
        let recipe = Recipe::fresh(&parameters);
        let nobody = recipe.write(&random::<{ recipe::TAG_LENGTH }>());
        let pool = Pool::start(workers, queue, || Arena::new(recipe.blocks()))?;
        Ok(Self { parameters, nobody, pool })
    }

    /// As many workers as there are cores to run them on.
    #[must_use]
    pub fn available_cores() -> NonZeroUsize {
        thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
    }

    /// How many passwords wait at this moment.
    #[must_use]
    pub fn queue_length(&self) -> usize {
        self.pool.queue_length()
    }

    /// Tells the metrics how long the line is and may become, and how many threads hash. To be called whenever they are
    /// asked for.
    pub fn observe(&self) {
        self.pool.observe();
    }

    /// How many threads hash.
    #[must_use]
    pub const fn workers(&self) -> usize {
        self.pool.workers()
    }
}

#[async_trait]
impl PasswordHasher for Argon2id {
    fn room(&self) -> Result<(), HashError> {
        self.pool.room()
    }

    async fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let recipe = Recipe::fresh(&self.parameters);
        let tag = self.pool.compute(password, recipe.clone()).await?;
        Ok(recipe.write(&tag))
    }

    async fn verify(&self, password: &Password, stored: &Option<PasswordHash>) -> Result<Verdict, HashError> {
        // Nobody has a stored hash too, so that both ways are one, down to reading it.
        let read = Stored::read(stored.as_ref().unwrap_or(&self.nobody)).ok_or(HashError::Broken)?;
        let outdated = read.is_outdated(&self.parameters);
        let tag = self.pool.compute(password, read.recipe).await?;
        let equal = verify_slices_are_equal(&tag, read.tag.as_bytes()).is_ok();
        Ok(Verdict { matches: equal && stored.is_some(), outdated })
    }
}
