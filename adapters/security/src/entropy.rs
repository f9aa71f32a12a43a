use application::entropy::Entropy;
use aws_lc_rs::error::Unspecified;
use domain::ids::Randomness;
use std::cell::RefCell;
use std::io::{self, Write};
use std::process;

/// The machine's own source of chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn randomness(&self) -> Randomness {
        SUPPLY.with_borrow_mut(Supply::next)
    }
}

/// Parts of identifiers, drawn ahead: every request takes one, and drawing one costs hardly less than drawing all of
/// them. They are no secrets; keys and tokens are drawn when they are needed.
struct Supply {
    parts: [Randomness; 64],
    used: usize,
}

thread_local! {
    static SUPPLY: RefCell<Supply> = const { RefCell::new(Supply { parts: [[0; 10]; 64], used: 64 }) };
}

impl Supply {
    fn next(&mut self) -> Randomness {
        if self.used == self.parts.len() {
            or_abort(aws_lc_rs::rand::fill(self.parts.as_flattened_mut()), "the random generator");
            self.used = 0;
        }
        self.used += 1;
        self.parts[self.used - 1]
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
        // Lines of the log wait in a queue that ends with the process, so it is also said where nothing waits. That nobody
        // hears it is no reason to go on.
        let _ = writeln!(io::stderr().lock(), "error: {primitive} has failed; stopping at once");
        process::abort()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use std::env;
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    #[test]
    fn no_two_draws_are_alike() {
        let drawn: HashSet<_> = (0..10_000).map(|_| SystemEntropy.randomness()).collect();
        assert_eq!(drawn.len(), 10_000);
    }

    #[test]
    fn a_primitive_that_fails_ends_the_process_which_says_why_on_standard_error() {
        const FAILS: &str = "XTREM_TEST_PRIMITIVE_FAILS";
        const NAME: &str = "a_primitive_that_fails_ends_the_process_which_says_why_on_standard_error";
        if env::var_os(FAILS).is_some() {
            or_abort::<()>(Err(Unspecified), "the random generator");
        }
        // This same test, in a process that may end.
        let mut again = Command::new(env::current_exe().unwrap());
        let ended =
            again.args(["--exact", &format!("entropy::tests::{NAME}")]).env(FAILS, "1").output().unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert!(said.contains("error: the random generator has failed; stopping at once\n"), "{said}");
        assert!(ended.status.signal().is_some(), "{:?}", ended.status);
    }
}
