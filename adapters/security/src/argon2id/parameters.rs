use argon2::Params;

/// What one hash costs: memory, passes over it, lanes.
///
/// Never less than what OWASP asks for (ASVS 5.0, appendix C): 19 456 KiB with two passes, or 47 104 KiB with
/// one. Never so much that a log-in takes seconds, or a worker the memory of the machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(Params);

/// Why these parameters are not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParametersError {
    /// Guessing would be too cheap.
    #[error(
        "hashing passwords with {memory_kib} KiB and {iterations} iterations is too cheap: it takes at least \
         19456 KiB with 2 iterations, or 47104 KiB with 1"
    )]
    TooCheap {
        /// The memory asked for.
        memory_kib: u32,
        /// The passes asked for.
        iterations: u32,
    },
    /// Every log-in would be too dear.
    #[error(
        "hashing passwords with {memory_kib} KiB and {iterations} iterations is too dear: it takes at most \
         {most_memory} KiB and {most_iterations} iterations",
        most_memory = Parameters::MOST_MEMORY_KIB,
        most_iterations = Parameters::MOST_ITERATIONS
    )]
    TooDear {
        /// The memory asked for.
        memory_kib: u32,
        /// The passes asked for.
        iterations: u32,
    },
    /// Lanes are computed one after the other here, so that more of them help only who guesses.
    #[error("the parallelism of password hashing is between 1 and {most}, not {0}", most = Parameters::MOST_PARALLELISM)]
    Parallelism(u32),
}

impl Parameters {
    /// The most memory of one hash.
    pub const MOST_MEMORY_KIB: u32 = 256 * 1024;
    /// The most passes.
    pub const MOST_ITERATIONS: u32 = 16;
    /// The most lanes.
    pub const MOST_PARALLELISM: u32 = 4;

    /// Takes parameters that are neither too cheap nor too dear. The default stands on the floor.
    pub fn new(memory_kib: u32, iterations: u32, parallelism: u32) -> Result<Self, ParametersError> {
        let too_cheap = ParametersError::TooCheap { memory_kib, iterations };
        if !(memory_kib >= 19_456 && iterations >= 2 || memory_kib >= 47_104 && iterations >= 1) {
            return Err(too_cheap);
        }
        if memory_kib > Self::MOST_MEMORY_KIB || iterations > Self::MOST_ITERATIONS {
            return Err(ParametersError::TooDear { memory_kib, iterations });
        }
        if !(1..=Self::MOST_PARALLELISM).contains(&parallelism) {
            return Err(ParametersError::Parallelism(parallelism));
        }
        Params::new(memory_kib, iterations, parallelism, None).map(Self).map_err(|_| too_cheap)
    }

    pub(super) const fn params(&self) -> &Params {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_stands_exactly_on_the_floor() {
        assert_eq!(Parameters::new(19_456, 2, 1), Ok(Parameters::default()));
        assert!(Parameters::new(47_104, 1, 1).is_ok());
    }

    #[test]
    fn nothing_under_the_floor_is_accepted() {
        for (memory_kib, iterations) in [(19_455, 2), (19_456, 1), (47_103, 1), (47_104, 0), (8, 16), (0, 0)]
        {
            let refused = Parameters::new(memory_kib, iterations, 1);
            assert_eq!(refused, Err(ParametersError::TooCheap { memory_kib, iterations }));
        }
    }

    #[test]
    fn nothing_over_the_ceiling_is_accepted() {
        for (memory_kib, iterations) in [(262_145, 2), (19_456, 17), (u32::MAX, u32::MAX)] {
            let refused = Parameters::new(memory_kib, iterations, 1);
            assert_eq!(refused, Err(ParametersError::TooDear { memory_kib, iterations }));
        }
        for parallelism in [0, 5, u32::MAX] {
            assert_eq!(
                Parameters::new(19_456, 2, parallelism),
                Err(ParametersError::Parallelism(parallelism))
            );
        }
        assert!(Parameters::new(262_144, 16, 4).is_ok());
    }

    #[test]
    fn a_refusal_says_what_would_do() {
        let text = Parameters::new(1_024, 2, 1).unwrap_err().to_string();
        assert!(text.contains("1024 KiB") && text.contains("at least 19456 KiB with 2"), "{text}");
    }
}
