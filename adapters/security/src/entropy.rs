use application::entropy::Entropy;
use aws_lc_rs::error::Unspecified;
use domain::ids::Randomness;

/// The machine's own source of chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn randomness(&self) -> Randomness {
        random()
    }
}

/// Draws `N` bytes.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    or_abort(aws_lc_rs::rand::fill(&mut bytes), "the random generator");
    bytes
}

/// Takes the answer of a primitive that can only fail on a machine that has stopped working.
///
/// Going on with what it left behind would hand out keys and tokens that anybody can compute, and no caller could
/// do better than to stop. So the process ends, which is what AWS-LC itself does when the kernel gives it no
/// randomness: the `Result` in these signatures is never an `Err` in practice.
pub(crate) fn or_abort<T>(answer: Result<T, Unspecified>, primitive: &'static str) -> T {
    answer.unwrap_or_else(|Unspecified| {
        tracing::error!(primitive, "a cryptographic primitive has failed; stopping at once");
        std::process::abort()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn no_two_draws_are_alike() {
        let drawn: HashSet<_> = (0..10_000).map(|_| SystemEntropy.randomness()).collect();
        assert_eq!(drawn.len(), 10_000);
    }
}
