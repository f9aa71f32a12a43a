//! What the parts of a request cost, each by itself: `cargo bench -p xtrem-bench`, or `… -- refresh` for one room.
//!
//! The bench of the whole service says how fast it is; this says where the time goes, and what a change to one part has
//! done to it. All parts are the service's own, joined as the service joins them, over what they offer to everybody. A
//! figure is worth something beside another one of the same run: a signature beside a refresh, a read through the store
//! beside one by sqlx.

mod house;
mod policy;
mod refresh;
mod sealing;
mod statements;
mod tokens;

use criterion::Criterion;
use std::fmt::Display;
use std::time::Duration;

/// Whatever went wrong while something was made ready.
type Failure = Box<dyn std::error::Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let mut criterion = Criterion::default()
        .without_plots()
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .nresamples(10_000)
        .configure_from_args();
    policy::measure(&mut criterion);
    sealing::measure(&mut criterion)?;
    tokens::measure(&mut criterion)?;
    statements::measure(&mut criterion)?;
    refresh::measure(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// What came of something that can't fail here: the time of a failure is not what is asked for.
fn sure<T, E: Display>(outcome: Result<T, E>) -> T {
    outcome.unwrap_or_else(|error| panic!("{error}"))
}
