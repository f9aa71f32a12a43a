//! Argon2id with nothing around it: how many log-ins the cores could hash.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use clap::Args;
use serde::{Deserialize, Serialize};
use std::hint::black_box;
use std::num::NonZeroUsize;
use std::panic::resume_unwind;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

const PASSWORD: &[u8] = b"vexing-zebra-lantern";
const SALT: &[u8] = b"0123456789abcdef";

/// What is hashed, and for how long.
#[derive(Clone, Copy, Debug, Args)]
pub struct Load {
    /// How many threads hash at the same time.
    #[arg(long)]
    threads: NonZeroUsize,
    /// For how long.
    #[arg(long)]
    seconds: u64,
    /// The memory of one hash.
    #[arg(long, default_value_t = 19_456)]
    memory_kib: u32,
    /// How often that memory is filled.
    #[arg(long, default_value_t = 2)]
    passes: u32,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HashRate {
    /// Of all threads together.
    pub hashes_per_second: f64,
    /// That took part.
    pub threads: usize,
}

impl Load {
    /// Hashes on every thread until the time is up. Each keeps its memory from one hash to the next, and makes one
    /// before the clock begins, which is when the memory becomes real.
    pub fn run(self) -> Result<HashRate, argon2::Error> {
        let argon2 = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(self.memory_kib, self.passes, 1, Some(32))?,
        );
        let threads = self.threads.get();
        let (begin, time) = (Barrier::new(threads), Duration::from_secs(self.seconds));
        let rates: Result<Vec<f64>, argon2::Error> = thread::scope(|scope| {
            let hash = || hash_for(&argon2, &begin, time);
            let threads: Vec<_> = (0..threads).map(|_| scope.spawn(hash)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .collect()
        });
        Ok(HashRate { hashes_per_second: rates?.iter().sum(), threads })
    }
}

/// Hashes per second of one thread, over whole hashes.
fn hash_for(argon2: &Argon2<'_>, begin: &Barrier, time: Duration) -> Result<f64, argon2::Error> {
    let mut memory = vec![Block::default(); argon2.params().block_count()];
    let mut hash = || -> Result<(), argon2::Error> {
        let mut tag = [0; 32];
        argon2.hash_password_into_with_memory(PASSWORD, SALT, &mut tag, &mut memory)?;
        black_box(tag);
        Ok(())
    };
    let first = hash();
    // Also where the first one failed: the others wait for everybody.
    begin.wait();
    first?;
    let (started, mut hashes) = (Instant::now(), 0_u32);
    while started.elapsed() < time {
        hash()?;
        hashes += 1;
    }
    Ok(f64::from(hashes) / started.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(memory_kib: u32) -> Load {
        Load { threads: NonZeroUsize::new(2).unwrap(), seconds: 0, memory_kib, passes: 1 }
    }

    #[test]
    fn a_hasher_without_time_ends_and_has_hashed_nothing() {
        let rate = load(8).run().unwrap();
        assert_eq!((rate.threads, rate.hashes_per_second.to_bits()), (2, 0.0_f64.to_bits()));
    }

    #[test]
    fn memory_that_argon2_does_not_take_is_refused() {
        assert!(load(1).run().is_err());
    }
}
