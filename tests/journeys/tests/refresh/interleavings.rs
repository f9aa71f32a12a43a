//! Whatever happens in whatever order: a game of chance against the real service, with a model on the side.
//!
//! The model knows nothing of digests, transactions or clocks: a family is a list of generations and the word whether
//! it lives. After every step the service has to agree with it: of each family at most the last refresh token is worth
//! anything, and no access token works after its family has ended.

mod model;
mod player;

use journeys::dice::Dice;
use journeys::{Engine, Failure, Outcome, Server, Settings, on_both_engines};
use player::Player;

on_both_engines!(no_order_of_events_leaves_two_successors_or_a_token_that_outlives_its_family);

const SEEDS: [u64; 3] = [3, 1_414, 271_828];
const STEPS: usize = 150;

async fn no_order_of_events_leaves_two_successors_or_a_token_that_outlives_its_family(
    engine: Engine,
) -> Outcome {
    for seed in SEEDS {
        // Time is no part of this game.
        let settings = Settings::on(engine).unthrottled().with("SESSIONS__REFRESH_GRACE_SECONDS", "60");
        let mut server = Server::start(settings).await?;
        let mut player = Player::new(&server, Dice::of(seed)).await?;
        for number in 0..STEPS {
            let step = player.choose();
            let told = format!("seed {seed}, step {number}, {step:?}");
            let wrong = |error: Failure| Failure::from(format!("{told}: {error}"));
            player.play(&mut server, step).await.map_err(wrong)?;
            let wrong = |error: Failure| Failure::from(format!("after {told}: {error}"));
            player.compare(number % 30 == 29).await.map_err(wrong)?;
        }
        player.compare(true).await.map_err(|error| format!("seed {seed}, at the end: {error}"))?;
        let kept = server.database().number("SELECT COUNT(*) FROM refresh_tokens").await?;
        assert_eq!(kept, player.living(), "seed {seed}: as many rows as living families");
    }
    Ok(())
}
