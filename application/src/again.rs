//! What is done from its beginning once more, because somebody else was at the same thing.

use crate::fault::Describe;
use crate::store::StoreError;

/// How often something is tried at most. Somebody who meets a conflict each time is told so.
const TRIES: u32 = 3;

/// Does something, and does it from its beginning once more where a [conflict](StoreError::Conflict) kept it from being
/// done. A conflict has undone everything, so nothing is done twice; whoever tries again looks at what has come of it.
///
/// Whoever ends all sessions of somebody takes many rows at once, as does who exchanges many tokens. Two who want the same
/// ones crosswise would wait for each other for ever, so PostgreSQL sends one of them away (section 13.3.4): with a conflict.
pub(crate) async fn again<T, E: Describe, F: Future<Output = Result<T, E>>>(
    mut attempt: impl FnMut() -> F,
) -> Result<T, E> {
    for _ in 1..TRIES {
        match attempt().await {
            Err(error) if error.fault().code == StoreError::CONFLICT => {}
            answer => return answer,
        }
    }
    attempt().await
}

#[cfg(test)]
mod tests {
    use super::{TRIES, again};
    use crate::store::StoreError;
    use crate::testing::cast::gone;
    use std::cell::Cell;

    /// What comes of it where each try ends like this, and how many there were.
    async fn tried(outcome: impl Fn(u32) -> Result<(), StoreError>) -> (Result<(), StoreError>, u32) {
        let tries = Cell::new(0);
        let attempt = || {
            tries.set(tries.get() + 1);
            std::future::ready(outcome(tries.get()))
        };
        (again(attempt).await, tries.get())
    }

    #[tokio::test]
    async fn what_met_a_conflict_is_tried_again_until_it_is_done() {
        let (answer, tries) =
            tried(|number| if number < 3 { Err(StoreError::Conflict) } else { Ok(()) }).await;
        assert!(answer.is_ok());
        assert_eq!(tries, 3);
    }

    #[tokio::test]
    async fn whoever_meets_nothing_but_conflicts_is_told_so_in_the_end() {
        let (answer, tries) = tried(|_| Err(StoreError::Conflict)).await;
        assert!(matches!(answer, Err(StoreError::Conflict)));
        assert_eq!(tries, TRIES);
    }

    #[tokio::test]
    async fn whatever_else_comes_of_it_is_told_at_once() {
        for (outcome, is_ok) in [(Ok(()), true), (Err(gone()), false)] {
            let (answer, tries) = tried(|_| outcome.clone()).await;
            assert_eq!((answer.is_ok(), tries), (is_ok, 1));
        }
    }
}
