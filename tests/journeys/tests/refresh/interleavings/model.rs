use journeys::client::Tokens;
use journeys::{Answer, Failure, Outcome};
use std::time::{Duration, Instant};

/// One answer that a family has got.
#[derive(Clone, Debug)]
pub struct Generation {
    pub tokens: Tokens,
    /// The answer, to the last byte.
    pub body: String,
    /// Whether the access token only reads.
    pub narrow: bool,
    /// When it came.
    pub heard: Instant,
}

impl Generation {
    pub fn of(answer: &Answer, narrow: bool) -> Outcome<Self> {
        let tokens = Tokens::of(&answer.json()?)?;
        Ok(Self { tokens, body: answer.text(), narrow, heard: Instant::now() })
    }

    /// Whether its answer may pass for lost: far within the grace, however slow the machine is.
    pub fn is_young(&self) -> bool {
        self.heard.elapsed() < Duration::from_secs(30)
    }
}

/// A log-in and what grew from it.
#[derive(Clone, Debug)]
pub struct Family {
    pub owner: usize,
    pub generations: Vec<Generation>,
    pub lives: bool,
    /// Access tokens of answers that came while the family was being ended.
    pub strays: Vec<Tokens>,
}

impl Family {
    pub const fn last(&self) -> usize {
        self.generations.len() - 1
    }

    pub fn newest(&self) -> &Generation {
        &self.generations[self.last()]
    }

    /// The token that was used last, if any was.
    pub fn predecessor(&self) -> Option<&Generation> {
        self.last().checked_sub(1).map(|place| &self.generations[place])
    }
}

/// What can happen. The first number is a family or a person, as it stands there.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    LogIn(usize),
    Refresh(usize),
    /// A refresh for a token that only reads.
    Narrow(usize),
    /// The last used token once more, by the same client.
    Repeat(usize),
    /// The last used token, by somebody else.
    Steal(usize),
    /// Any earlier token.
    Replay(usize, usize),
    RevokeRefresh(usize, usize),
    RevokeAccess(usize),
    LogOut(usize),
    EndOthers(usize),
    Suspend(usize),
    Reinstate(usize),
    /// Several at once with the living token.
    Race(usize),
    /// Several at once with the living token, while its session is ended.
    RaceToTheEnd(usize),
    Restart,
}

/// Complains where something is not as it should be.
pub fn ensure(holds: bool, what: impl FnOnce() -> String) -> Outcome {
    if holds { Ok(()) } else { Err(Failure::from(what())) }
}
