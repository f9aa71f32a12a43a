//! The steps between the two databases, and how a process is met at each of them.

use super::Site;
use super::crowd::Mood;
use crate::eye::{Hold, Sight};
use journeys::{Engine, Outcome, wait};
use std::time::{Duration, Instant};

/// How much is acknowledged in each round before the kill.
const ENOUGH: u64 = 8;

/// Where the process stands when it is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Something was changed in the main database, and the vault is about to be written (its lock is held here).
    BeforeVault,
    /// A version, its note, or their removal is written in the vault and not committed.
    InVault,
    /// The vault has the first version of somebody of whom the main database does not know yet.
    ArrivalBetween,
    /// The vault has another version of somebody, and the main database still points to the one before.
    EditBetween,
    /// The main database points to the new version, and the one before is still there.
    BeforeTidying,
    /// What is pending was read, and its removal is about to begin (the vault's lock is held here).
    Tidying,
    /// An account is gone from the main database, and the vault still has its person.
    ErasureBetween,
    /// The vault was swept, and the erasure does not stand in the list outside yet (the lock of that file is held here).
    BeforeListing,
    /// Every connection to the databases was cut in the midst of the work, and the process goes on for a while; on SQLite,
    /// which has no connections that could be cut, it is any moment.
    Severed,
    /// Whatever it does.
    AnyMoment,
}

impl Step {
    pub const ALL: [Self; 10] = [
        Self::BeforeVault,
        Self::InVault,
        Self::ArrivalBetween,
        Self::EditBetween,
        Self::BeforeTidying,
        Self::Tidying,
        Self::ErasureBetween,
        Self::BeforeListing,
        Self::Severed,
        Self::AnyMoment,
    ];

    /// How often in a row the process has to be seen there. A step at which it has to wait for a lock is told from one at
    /// which it only passes by its being there still.
    const fn looks(self) -> usize {
        match self {
            Self::BeforeVault | Self::Tidying | Self::BeforeListing => 4,
            _ => 1,
        }
    }

    /// What those who are at work do most, so that it comes to that step.
    const fn mood(self) -> Mood {
        match self {
            Self::ArrivalBetween => Mood::Coming,
            Self::ErasureBetween | Self::BeforeListing => Mood::Going,
            _ => Mood::Changing,
        }
    }

    fn is_seen(self, engine: Engine, sight: &Sight) -> bool {
        match self {
            // What waits for a lock of SQLite is not to be seen, but it holds the other database.
            Self::BeforeVault | Self::Tidying if engine == Engine::Sqlite => sight.main.is_held,
            Self::BeforeVault | Self::Tidying => sight.vault.is_awaited,
            Self::InVault => sight.vault.is_held,
            Self::ArrivalBetween => sight.main.is_held && sight.somebody_comes(),
            Self::EditBetween => sight.main.is_held && sight.somebody_changes(),
            Self::BeforeTidying => sight.something_is_superseded(),
            Self::ErasureBetween => sight.somebody_is_left_behind(),
            Self::BeforeListing => sight.unlisted > 0,
            Self::Severed | Self::AnyMoment => true,
        }
    }

    /// What has to be held for the process to be met there; nothing where it is met in passing.
    async fn hold(self, site: &Site) -> Outcome<Option<Hold>> {
        let (main, vault) = (site.server.database(), site.server.vault());
        let is_server = site.engine == Engine::Postgres;
        Ok(match self {
            Self::BeforeVault | Self::Tidying => Some(Hold::table(vault, "people").await?),
            // A server lets one wait also where SQLite has nothing to wait for.
            Self::InVault if is_server => Some(Hold::table(vault, "pending").await?),
            Self::ArrivalBetween if is_server => Some(Hold::table(main, "user_counts").await?),
            Self::BeforeListing => Some(Hold::file(&site.server.data().join("erasures.ndjson"))?),
            _ => None,
        })
    }
}

impl Site {
    /// Kills the process at that step, in the midst of the work of the crowd.
    pub async fn kill_at(&mut self, step: Step) -> Outcome {
        let (bustle, hold) = loop {
            let bustle = self.crowd.stir(step.mood());
            wait::until("some work", async || Ok((bustle.acknowledged() >= ENOUGH).then_some(()))).await?;
            if step != Step::Tidying {
                break (Some(bustle), step.hold(self).await?);
            }
            // With nobody at work, only who tidies up can want to change the vault; there has to be something to do.
            self.crowd.rest(bustle).await?;
            let hold = step.hold(self).await?;
            if self.eye.look().await?.is_some_and(|sight| !sight.pending.is_empty()) {
                break (None, hold);
            }
        };
        match step {
            Step::AnyMoment => self.pass(100).await,
            Step::Severed => {
                self.server.freeze().await?;
                self.eye.sever().await?;
                self.server.thaw()?;
                self.pass(100).await;
            }
            _ => self.meet(step).await?,
        }
        self.server.kill()?;
        drop(hold);
        match bustle {
            Some(bustle) => self.crowd.rest(bustle).await,
            None => Ok(()),
        }
    }

    /// Stops the process again and again, until it stands at that step; leaves it standing there.
    async fn meet(&mut self, step: Step) -> Outcome {
        let (begun, mut seen) = (Instant::now(), 0);
        while begun.elapsed() < wait::PATIENCE {
            self.server.freeze().await?;
            let sight = self.eye.look().await?;
            let is_seen = sight.is_some_and(|sight| step.is_seen(self.engine, &sight));
            seen = if is_seen { seen + 1 } else { 0 };
            if seen == step.looks() {
                return Ok(());
            }
            self.server.thaw()?;
            self.pass(10).await;
        }
        Err(format!("the process was never met at the step {step:?}").into())
    }

    /// Lets less than so many milliseconds go by.
    async fn pass(&mut self, most: usize) {
        let millis = u64::try_from(self.dice.below(most)).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}
