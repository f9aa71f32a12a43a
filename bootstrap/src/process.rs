//! What the operating system is told about this process before it does anything.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// Keeps what this process writes to its owner, and takes all the file descriptors it may have.
///
/// Databases and their side files are made by libraries that ask for the usual mode; with this mask nobody else
/// can read them. Every connection is a descriptor, and the usual soft limit is 1024.
pub fn prepare() {
    umask(Mode::RWXG | Mode::RWXO);
    let files = getrlimit(Resource::Nofile);
    let all = Rlimit { current: files.maximum, maximum: files.maximum };
    if setrlimit(Resource::Nofile, all).is_err() {
        tracing::debug!(?files, "the number of open files stays as it is");
    }
}
