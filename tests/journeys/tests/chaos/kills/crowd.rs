//! People who come, change what is theirs, and go, all at once.

use super::lodger::{Heard, Lodger, Stage};
use journeys::dice::Dice;
use journeys::{Client, Outcome};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::JoinSet;

/// How many of them there are at a time.
const CLIENTS: usize = 6;

/// How many accounts each of them has at most.
const ACCOUNTS: usize = 2;

/// What they like to do most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// To come, and to stay as they are.
    Coming,
    /// To change what is theirs, and now and then to come, to go or to log in.
    Changing,
    /// To come and to go.
    Going,
}

/// All of them, and everybody they have been.
pub struct Crowd {
    client: Client,
    hands: Vec<Vec<Lodger>>,
    gone: Vec<Lodger>,
    begun: usize,
}

/// Those who are just at work.
pub struct Bustle {
    workers: JoinSet<Outcome<Vec<Lodger>>>,
    acknowledged: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Crowd {
    pub fn new(client: Client) -> Self {
        Self { client, hands: vec![Vec::new(); CLIENTS], gone: Vec::new(), begun: 0 }
    }

    /// Somebody signs up, logs in and deletes their account.
    pub async fn somebody_comes_and_goes(&mut self) -> Outcome {
        let (mut lodger, _) = Lodger::arrive(&self.client).await?;
        lodger.log_in(&self.client).await?;
        lodger.leave(&self.client).await?;
        self.gone.push(lodger);
        Ok(())
    }

    /// Lets them begin.
    pub fn stir(&mut self, mood: Mood) -> Bustle {
        let mut workers = JoinSet::new();
        let (acknowledged, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        for (number, lodgers) in self.hands.drain(..).enumerate() {
            let dice = Dice::of(u64::try_from(self.begun * CLIENTS + number).unwrap_or_default());
            let told = (Arc::clone(&acknowledged), Arc::clone(&is_over));
            workers.spawn(live(self.client.clone(), mood, lodgers, dice, told));
        }
        self.begun += 1;
        Bustle { workers, acknowledged, is_over }
    }

    /// Takes them back: they have ended by themselves, or do so once they were told.
    pub async fn rest(&mut self, mut bustle: Bustle) -> Outcome {
        bustle.is_over.store(true, Ordering::Relaxed);
        while let Some(ended) = bustle.workers.join_next().await {
            self.hands.push(ended??);
        }
        Ok(())
    }

    /// Makes sure of everybody of whom something is not certain; of all, if so wished.
    pub async fn make_sure(&mut self, all: bool) -> Outcome {
        for lodger in self.hands.iter_mut().flatten().chain(&mut self.gone) {
            if all || lodger.is_stirred {
                lodger.make_sure(&self.client).await?;
            }
        }
        for hand in &mut self.hands {
            self.gone.extend(hand.extract_if(.., |lodger| lodger.stage == Stage::Gone));
        }
        Ok(())
    }

    /// Those who have an account. What is not certain was made sure of.
    pub fn living(&self) -> impl Iterator<Item = &Lodger> {
        self.hands.iter().flatten()
    }

    /// Those who had one, or tried to.
    pub fn gone(&self) -> &[Lodger] {
        &self.gone
    }
}

impl Bustle {
    /// How much was acknowledged to them.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::Relaxed)
    }
}

async fn live(
    client: Client,
    mood: Mood,
    mut lodgers: Vec<Lodger>,
    mut dice: Dice,
    (acknowledged, is_over): (Arc<AtomicU64>, Arc<AtomicBool>),
) -> Outcome<Vec<Lodger>> {
    while !is_over.load(Ordering::Relaxed) {
        let living: Vec<usize> =
            (0..lodgers.len()).filter(|at| lodgers[*at].stage == Stage::Living).collect();
        let has_room = living.len() < ACCOUNTS && (mood == Mood::Going || dice.below(4) == 0);
        let heard = if living.is_empty() || mood == Mood::Coming || has_room {
            let (lodger, heard) = Lodger::arrive(&client).await?;
            lodgers.push(lodger);
            heard
        } else {
            let lodger = &mut lodgers[living[dice.below(living.len())]];
            match (mood, dice.below(8)) {
                (Mood::Going, _) | (_, 0) => lodger.leave(&client).await?,
                (_, 1) => lodger.log_in(&client).await?,
                _ => lodger.edit(&client).await?,
            }
        };
        match heard {
            Heard::Done => drop(acknowledged.fetch_add(1, Ordering::Relaxed)),
            Heard::NotNow => {}
            Heard::Nothing => break,
        }
    }
    Ok(lodgers)
}
