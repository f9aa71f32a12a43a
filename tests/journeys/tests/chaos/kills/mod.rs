//! N1, L7 and the promise of the vault: the process is killed at every step between its two databases.

mod crowd;
mod lodger;
mod steps;
mod truth;

use crate::eye::Eye;
use crowd::Crowd;
use journeys::dice::Dice;
use journeys::{Engine, Outcome, Server, Settings, on_both_engines};
use steps::Step;

on_both_engines!(killed_at_every_step_between_the_databases_it_heals_at_the_start);

/// How often it is killed at each of the ten steps.
const ROUNDS: usize = 5;

/// A service, those who use it, and whoever looks on.
struct Site {
    engine: Engine,
    server: Server,
    crowd: Crowd,
    eye: Eye,
    dice: Dice,
}

/// 50 kills, at [each step](Step) as often as at every other. After each start: whoever was told of an account is let in and is
/// exactly who they were made, whoever was told of its end is not, the vault holds what the main database points to and
/// nothing else, each change has its event and each event its change, and the chain holds. After each round of steps, of
/// everybody once more; and every event has joined the chain.
async fn killed_at_every_step_between_the_databases_it_heals_at_the_start(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let eye = Eye::open(&server).await?;
    let crowd = Crowd::new(server.client()?);
    let mut site = Site { engine, server, crowd, eye, dice: Dice::of(7) };
    // The list of erased people begins with the first of them.
    site.crowd.somebody_comes_and_goes().await?;
    for _ in 0..ROUNDS {
        for step in Step::ALL {
            site.kill_at(step).await.map_err(|error| format!("{step:?}: {error}"))?;
            site.server.start_again().await?;
            let is_last = step == Step::AnyMoment;
            site.assert_whole(is_last).await.map_err(|error| format!("after {step:?}: {error}"))?;
        }
    }
    Ok(())
}
