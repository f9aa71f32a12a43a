//! The room that is left where files are written.

use async_trait::async_trait;

/// A file system, by what is kept on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disk {
    /// What is kept there, in one word: `data`, `vault`, `log`. Of several things on one file system, the first.
    pub place: &'static str,
    /// Whether requests have something written there, so that none can be served without it. A log that is not written, or
    /// a backup that is not taken, keeps nobody out.
    pub is_needed: bool,
    /// How much room there is, or why that can't be said.
    pub room: Result<Room, String>,
}

/// How much room there is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// What this process may still fill.
    pub free: u64,
    /// All there is.
    pub size: u64,
}

/// Looks at the file systems on which something of this installation is written.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Disks: Send + Sync {
    /// How they are at this moment, each once. Empty where nothing is written to a file.
    async fn look(&self) -> Vec<Disk>;
}
