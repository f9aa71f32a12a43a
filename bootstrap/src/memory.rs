//! What was freed goes back to the system, also when nothing more happens.

use std::hint::black_box;
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often that is looked after.
const EVERY: Duration = Duration::from_secs(2);

/// More than mimalloc keeps together with anything else: it is freed as a whole.
const LARGE: usize = 8 << 20;

/// mimalloc gives back what was freed a second ago when something large is freed after that. A service at rest frees nothing
/// large, and would keep what its start or the last storm has needed. Nothing is written to what is taken here, so
/// that it is nothing but an address.
pub fn give_back() {
    tokio::spawn(async {
        let mut rounds = interval(EVERY);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            rounds.tick().await;
            drop(black_box(Vec::<u8>::with_capacity(LARGE)));
        }
    });
}
