use super::Ground;
use crate::driver::{Load, Measured, Script, median};
use crate::seed::Failure;
use std::net::SocketAddr;

/// One side of a comparison: a server, and the users who load it.
pub struct Side<S> {
    load: Load,
    scripts: Vec<S>,
    /// What came of each round so far.
    pub rounds: Vec<Measured>,
}

impl<S: Script> Side<S> {
    /// Users of a server, who each ask again once they are answered.
    #[must_use]
    pub fn new(ground: &Ground, address: SocketAddr, pid: u32, scripts: Vec<S>) -> Self {
        let (warm_up, duration) = (ground.options.warm_up(), ground.options.round());
        Self { load: Load { address, pid, warm_up, duration, rate: None }, scripts, rounds: Vec::new() }
    }

    /// One more round.
    pub async fn round(&mut self) -> Result<(), Failure> {
        let (measured, scripts) = self.load.run(std::mem::take(&mut self.scripts)).await?;
        self.scripts = scripts;
        self.rounds.push(measured);
        Ok(())
    }

    /// The rounds as one.
    #[must_use]
    pub fn middle(&self) -> Measured {
        Measured::middle(&self.rounds)
    }
}

/// Loads the one and the other by turns, so that whatever else the machine does meets both.
pub async fn by_turns<A: Script, B: Script>(
    ground: &Ground,
    ours: &mut Side<A>,
    theirs: &mut Side<B>,
) -> Result<(), Failure> {
    for _ in 0..ground.options.rounds() {
        ours.round().await?;
        theirs.round().await?;
    }
    Ok(())
}

/// How many times one figure is the other, each round against its own neighbour, and of these the median.
#[must_use]
pub fn ratio(ours: &[Measured], theirs: &[Measured], figure: fn(&Measured) -> f64) -> f64 {
    median(ours.iter().zip(theirs).map(|(ours, theirs)| figure(ours) / figure(theirs)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_round_is_compared_with_its_neighbour() {
        let rounds = |rates: [f64; 3]| rates.map(|rate| Measured { rate, ..Measured::default() });
        // While the machine was busy with something else, both were slow.
        let (ours, theirs) = (rounds([40.0, 4.0, 44.0]), rounds([100.0, 10.0, 100.0]));
        assert!((ratio(&ours, &theirs, |round| round.rate) - 0.4).abs() < 1e-9);
    }
}
