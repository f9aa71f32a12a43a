//! What the operating system is told about this process before it does anything, and how long ago that was.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

static BEGUN: OnceLock<Instant> = OnceLock::new();

/// Keeps what this process holds to itself, what it writes to its owner, and takes all the file descriptors it may have.
///
/// Its memory holds the keys of everybody, so it leaves no core dump behind, and no other process of the same user reads
/// it: in exchange nobody but root attaches a debugger, and what is in `/proc` of it belongs to root.
///
/// Its memory comes in small pages: of those of 2 MiB, which the system may give whoever takes a lot, a service that is at
/// rest would fill a quarter, and clear all of them while it starts. The allocator does not ask for them; this is for
/// systems that give them unasked.
///
/// Databases and their side files are made by libraries that ask for the usual mode; with this mask nobody else
/// can read them. Every connection is a descriptor, and the usual soft limit is 1024.
pub fn prepare() {
    BEGUN.get_or_init(Instant::now);
    #[cfg(target_os = "linux")]
    {
        forbid_dumps();
        do_without_huge_pages();
    }
    umask(Mode::RWXG | Mode::RWXO);
    let files = getrlimit(Resource::Nofile);
    let all = Rlimit { current: files.maximum, maximum: files.maximum };
    if setrlimit(Resource::Nofile, all).is_err() {
        tracing::debug!(?files, "the number of open files stays as it is");
    }
}

/// How long this process has run.
pub fn age() -> Duration {
    BEGUN.get_or_init(Instant::now).elapsed()
}

#[cfg(target_os = "linux")]
fn forbid_dumps() {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        crate::output::aside(format!("warning: a crash may leave keys behind in a core dump: {error}"));
    }
}

#[cfg(target_os = "linux")]
fn do_without_huge_pages() {
    // Where this is denied, it takes more memory and nothing else. Nobody listens to the log yet.
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

#[cfg(test)]
mod tests {
    /// K12 of the security cases.
    #[test]
    #[cfg(target_os = "linux")]
    fn a_crash_leaves_no_memory_behind() {
        use rustix::process::{DumpableBehavior, dumpable_behavior};
        super::forbid_dumps();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_comes_in_small_pages() {
        super::do_without_huge_pages();
        assert!(rustix::thread::transparent_huge_pages_are_disabled().unwrap());
    }
}
