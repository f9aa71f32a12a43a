//! What is done beside answering.
//!
//! Every duty has a task and a rhythm of its own, so that one that waits for a database holds up no other, and a round
//! that takes long is followed by one, not by all that were missed. What fails is tried again in the next round; that
//! it fails is told once, and so is that it works again. How each of them is doing stands on the [board](Board).

mod board;
mod duty;

#[cfg(test)]
pub use board::Failing;
pub use board::{Board, Standing};
pub use duty::Duty;

use crate::wiring::House;
use duty::Rhythm;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

/// Work that goes on until it is [stopped](Worker::stop).
pub struct Worker {
    bench: Bench,
    stop: watch::Sender<()>,
    tasks: JoinSet<()>,
}

/// What a duty needs to be done, and to say how it went.
#[derive(Clone)]
struct Bench {
    house: Arc<House>,
    board: Arc<Board>,
}

impl Bench {
    /// Does a duty once.
    async fn round(&self, duty: Duty) {
        let outcome = duty.round(&self.house).await;
        self.board.note(duty, self.house.ground.ids.now(), outcome);
    }
}

impl Worker {
    /// Starts it; what is only done to be measured is left away where nobody `measures`.
    pub fn start(house: Arc<House>, measures: bool) -> Self {
        let (stop, stopping) = watch::channel(());
        let duties = Duty::ALL.into_iter().filter(|duty| measures || !duty.only_measures());
        let board = Arc::new(Board::of(duties.clone(), house.ground.ids.now()));
        let bench = Bench { house, board };
        let mut tasks = JoinSet::new();
        for duty in duties {
            let bench = bench.clone();
            tasks.spawn(rounds(duty.rhythm(), stopping.clone(), move || {
                let bench = bench.clone();
                async move { bench.round(duty).await }
            }));
        }
        Self { bench, stop, tasks }
    }

    /// How it is doing.
    pub fn board(&self) -> Arc<Board> {
        Arc::clone(&self.bench.board)
    }

    /// Lets every duty finish its round, and writes down what was noted since. For either it takes no longer than
    /// `patience`, whatever the database does; a round that is cut off half way has undone itself.
    pub async fn stop(mut self, patience: Duration) {
        drop(self.stop);
        let finish = async { while self.tasks.join_next().await.is_some() {} };
        let finished = timeout(patience, finish).await;
        self.tasks.abort_all();
        let write = async {
            self.bench.house.backups.abandon().await;
            for duty in Duty::LAST {
                self.bench.round(duty).await;
            }
        };
        let written = timeout(patience, write).await;
        if finished.and(written).is_err() {
            tracing::warn!("the database takes too long: what was noted last was not written down");
        }
    }
}

/// Goes round after round until told to stop; a round that has begun is finished.
async fn rounds<R>(rhythm: Rhythm, mut stopping: watch::Receiver<()>, mut round: impl FnMut() -> R)
where
    R: Future<Output = ()>,
{
    let mut rounds = interval_at(Instant::now() + rhythm.first, rhythm.then);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stopping.changed() => return,
            _ = rounds.tick() => round().await,
        }
    }
}

#[cfg(test)]
mod tests;
