//! What is done beside answering.
//!
//! Every duty has a task and a rhythm of its own, so that one that waits for a database holds up no other, and a round
//! that takes long is followed by one, not by all that were missed. What fails is tried again in the next round; that
//! it fails is told once, and so is that it works again.

use crate::wiring::House;
use application::fault::chain;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

/// Work that goes on until it is [stopped](Worker::stop).
pub struct Worker {
    house: Arc<House>,
    stop: watch::Sender<()>,
    tasks: JoinSet<()>,
}

impl Worker {
    /// Starts it.
    pub fn start(house: Arc<House>) -> Self {
        let (stop, stopping) = watch::channel(());
        let mut tasks = JoinSet::new();
        for duty in Duty::ALL {
            let house = Arc::clone(&house);
            tasks.spawn(rounds(duty.rhythm(), Health::of(duty.name()), stopping.clone(), move || {
                let house = Arc::clone(&house);
                async move { duty.round(&house).await }
            }));
        }
        Self { house, stop, tasks }
    }

    /// Lets every duty finish its round, and writes down what was noted since. For either it takes no longer than
    /// `patience`, whatever the database does; a round that is cut off half way has undone itself.
    pub async fn stop(mut self, patience: Duration) {
        drop(self.stop);
        let finish = async { while self.tasks.join_next().await.is_some() {} };
        let finished = timeout(patience, finish).await;
        self.tasks.abort_all();
        let write = async {
            self.house.backups.abandon().await;
            for duty in Duty::LAST {
                Health::of(duty.name()).note(duty.round(&self.house).await);
            }
        };
        let written = timeout(patience, write).await;
        if finished.and(written).is_err() {
            tracing::warn!("the database takes too long: what was noted last was not written down");
        }
    }
}

/// What is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    WriteUses,
    WriteRefusals,
    SealTrail,
    ReloadKeyring,
    TidyVault,
    OpenKeys,
    Settle,
    PublishHead,
    CountHours,
    Prune,
    Sweep,
    Backup,
}

impl Duty {
    const ALL: [Self; 12] = [
        Self::WriteUses,
        Self::WriteRefusals,
        Self::SealTrail,
        Self::ReloadKeyring,
        Self::TidyVault,
        Self::OpenKeys,
        Self::Settle,
        Self::PublishHead,
        Self::CountHours,
        Self::Prune,
        Self::Sweep,
        Self::Backup,
    ];
    /// What is done once more at the end, in this order: what was noted is part of the trail that is sealed then.
    const LAST: [Self; 4] = [Self::WriteUses, Self::WriteRefusals, Self::SealTrail, Self::PublishHead];

    /// What it is, in the log.
    const fn name(self) -> &'static str {
        match self {
            Self::WriteUses => "writing down the uses of sessions",
            Self::WriteRefusals => "writing down refusals",
            Self::SealTrail => "sealing the audit trail",
            Self::ReloadKeyring => "looking whether keys were replaced",
            Self::TidyVault => "removing what was erased",
            Self::OpenKeys => "looking after the signing keys",
            Self::Settle => "writing down which roles and suspensions have ended",
            Self::PublishHead => "publishing the head of the audit trail",
            Self::CountHours => "counting the hours that are over",
            Self::Prune => "removing events that are too old",
            Self::Sweep => "sweeping away what is over",
            Self::Backup => "taking backups",
        }
    }

    /// When the first round begins, and how long after it each further one. Most wait at first, so that a start costs
    /// nothing but starting.
    const fn rhythm(self) -> Rhythm {
        let (first, then) = match self {
            Self::WriteUses
            | Self::WriteRefusals
            | Self::SealTrail
            | Self::ReloadKeyring
            | Self::TidyVault
            | Self::OpenKeys => (1, 1),
            Self::Settle => (10, 10),
            // After a long rest there is much to count, and whoever opens the overview would do it. And what the last
            // process could not publish any more is published by the next one.
            Self::PublishHead | Self::CountHours => (0, 60),
            Self::Prune | Self::Sweep => (600, 600),
            // One that can't be taken is not begun again every minute.
            Self::Backup => (5, 600),
        };
        Rhythm { first: Duration::from_secs(first), then: Duration::from_secs(then) }
    }

    /// Does it once. What went wrong is told with all that led to it.
    async fn round(self, house: &House) -> Result<(), String> {
        match self {
            Self::WriteUses => house.sessions.write_uses().await.map_err(|error| chain(&error)),
            Self::WriteRefusals => house.access.write_refusals().await.map_err(|error| chain(&error)),
            Self::SealTrail => house.audit.seal().await.map(drop).map_err(|error| chain(&error)),
            Self::ReloadKeyring => house.vault.reload_keyring().await.map_err(|error| chain(&error)),
            Self::TidyVault => house.vault.tidy().await.map_err(|error| chain(&error)),
            Self::OpenKeys => house.keys.open().await.map_err(|error| chain(&error)),
            Self::Settle => house.users.settle().await.map(drop).map_err(|error| chain(&error)),
            Self::PublishHead => house.audit.publish_head().await.map_err(|error| chain(&error)),
            Self::CountHours => house.admin.count_hours().await.map(drop).map_err(|error| chain(&error)),
            Self::Prune => house.audit.prune().await.map(drop).map_err(|error| chain(&error)),
            Self::Sweep => house.sessions.sweep().await.map(drop).map_err(|error| chain(&error)),
            Self::Backup => house.backups.round().await.map_err(|error| chain(&error)),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Rhythm {
    first: Duration,
    then: Duration,
}

/// Goes round after round until told to stop; a round that has begun is finished.
async fn rounds<R>(
    rhythm: Rhythm,
    mut health: Health,
    mut stopping: watch::Receiver<()>,
    mut round: impl FnMut() -> R,
) where
    R: Future<Output = Result<(), String>>,
{
    let mut rounds = interval_at(Instant::now() + rhythm.first, rhythm.then);
    rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            biased;
            _ = stopping.changed() => return,
            _ = rounds.tick() => health.note(round().await),
        }
    }
}

/// Whether a duty works, as far as that was told.
struct Health {
    duty: &'static str,
    fails: bool,
}

impl Health {
    const fn of(duty: &'static str) -> Self {
        Self { duty, fails: false }
    }

    /// Tells of the first failure of several, and of their end.
    fn note(&mut self, outcome: Result<(), String>) {
        let is_news = outcome.is_err() != self.fails;
        self.fails = outcome.is_err();
        match outcome {
            Err(error) if is_news => {
                tracing::warn!(error, "{} does not work; it is tried again", self.duty);
            }
            Ok(()) if is_news => tracing::info!("{} works again", self.duty),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests;
