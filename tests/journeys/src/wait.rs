//! Waiting for something to become true.

use crate::Outcome;
use std::time::{Duration, Instant};

/// How long anything may take before a journey gives up on it: far longer than it ever takes.
pub const PATIENCE: Duration = Duration::from_mins(3);

/// Asks again and again until there is an answer. `what` is what is waited for, as the failure will tell it.
pub async fn until<T, F>(what: &str, ask: impl Fn() -> F) -> Outcome<T>
where
    F: Future<Output = Outcome<Option<T>>>,
{
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(answer) = ask().await? {
            return Ok(answer);
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    Err(format!("waited in vain for {what}").into())
}
