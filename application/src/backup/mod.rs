//! Backup and restore: both databases and the end of the audit trail, as they are at one moment, and back again.
//!
//! A copy is taken while the service works. The main database is the truth and is copied first; the vault, which is copied
//! after it, then holds everything that the copy of the main database points to, because nothing goes from it while a
//! [hold](Snapshots::hold) stands there. What it holds beyond that is removed after a restore, as after any crash.
//!
//! A [`Manifest`] says what belongs together, and is signed. Whoever restores checks it, the root key, every file, the
//! audit trail and the two halves against each other before anything is put in the place of anything; who was
//! erased since is erased again before the databases are in their place. Nothing of the root key is in a backup.

mod check;
mod copies;
mod manifest;
mod restore;
mod schedule;
mod take;

pub use copies::*;
pub use manifest::{HalfFacts, Manifest, ManifestError};
pub use restore::{Findings, RestoreError, RestorePorts, RestoreService, Restored};
pub use schedule::{Kept, Round, Schedule};
pub use take::{BackupError, BackupPorts, BackupService};

#[cfg(test)]
mod tests;
