//! What is done beside answering.

use application::sessions::SessionService;
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How often what is over is swept away. Nothing waits for it: what is over has stopped working long before.
const SWEEP_EVERY: Duration = Duration::from_mins(10);

/// Work that goes on until this is dropped. Cut off half way it has undone itself: each step is a unit of work.
pub struct Worker(JoinHandle<()>);

impl Worker {
    /// Starts it. The first round waits, so that a start costs nothing but starting.
    pub fn start(sessions: Arc<SessionService>) -> Self {
        Self(tokio::spawn(async move {
            let mut rounds = interval_at(Instant::now() + SWEEP_EVERY, SWEEP_EVERY);
            rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                rounds.tick().await;
                match sessions.sweep().await {
                    Ok(0) => {}
                    Ok(rows) => tracing::info!(rows, "what was over has been swept away"),
                    Err(error) => {
                        tracing::warn!(%error, "what is over was not swept away; the next round tries again");
                    }
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
