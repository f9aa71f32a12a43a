//! What stands in files outside of the databases, so that whoever changes a database can't change it too.

use crate::fault::{Describe, Fault, FaultKind};
use async_trait::async_trait;

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Book {
    /// The signed heads of the audit trail.
    Heads,
    /// The signed list of erased people, by identifier.
    Erasures,
}

/// Why a book could not be written or read.
#[derive(Debug, thiserror::Error)]
#[error("{place}: {reason}")]
pub struct LedgerError {
    /// Its file.
    pub place: String,
    /// What went wrong.
    pub reason: String,
}

impl Describe for LedgerError {
    fn fault(&self) -> Fault {
        Fault::new(FaultKind::Internal, "internal", "Something went wrong on our side.")
    }
}

/// Keeps books: lines are added and never changed.
#[cfg_attr(any(test, feature = "testing"), mockall::automock)]
#[async_trait]
pub trait Ledger: Send + Sync {
    /// Adds lines, in one go; on disk before it returns. A line is given without its break and has none inside.
    async fn append(&self, book: Book, lines: &[String]) -> Result<(), LedgerError>;

    /// Every whole line, the oldest first. A last one that was cut off by a crash is left out.
    async fn lines(&self, book: Book) -> Result<Vec<String>, LedgerError>;
}
