//! What is done beside answering.

use application::sessions::SessionService;
use application::store::StoreError;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

/// How often it is written down which sessions were used.
const WRITE_EVERY: Duration = Duration::from_secs(1);
/// How often what is over is swept away. Nothing waits for it: what is over has stopped working long before.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Work that goes on until this is dropped. Cut off half way it has undone itself: each step is a unit of work.
pub struct Worker(JoinHandle<()>);

impl Worker {
    /// Starts it. The first rounds wait, so that a start costs nothing but starting.
    pub fn start(sessions: Arc<SessionService>) -> Self {
        Self(tokio::spawn(async move {
            let (mut writing, mut sweeping) = (rounds(WRITE_EVERY), rounds(SWEEP_EVERY));
            loop {
                tokio::select! {
                    _ = writing.tick() => note("the uses of sessions were not written down", sessions.write_uses().await),
                    _ = sweeping.tick() => note("what is over was not swept away", sessions.sweep().await.map(drop)),
                }
            }
        }))
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn rounds(every: Duration) -> Interval {
    let mut rounds = interval_at(Instant::now() + every, every);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    rounds
}

/// Says what did not work; the next round tries again.
fn note(what: &str, outcome: Result<(), StoreError>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "{what}");
    }
}
