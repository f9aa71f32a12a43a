//! Books of lines that are added and never changed, in files beside the databases.
//!
//! They hold what has to be believed when a database is not: the heads of the audit trail, and who was erased. So they
//! are files of their own, which another user can be given to keep (`chattr +a` does no harm), and nothing in them
//! is secret: each line is signed, and names people by identifier only.
//!
//! Any number of processes may write to one book at once. Each takes its turn by a lock on the file, looks whether the
//! last line came to its end, and adds its own in one piece; they are on disk before it says so. A process that is
//! killed half way leaves half a line behind, which no reader is shown until the next writer has ended it: then it
//! stands there as a line that nobody has signed, and the lines after it stand for themselves.

mod file;
#[cfg(test)]
mod tests;

use application::ledger::{Book, Ledger, LedgerError};
use async_trait::async_trait;
use std::path::{Path, PathBuf};
use tokio::task::spawn_blocking;

/// Keeps each book in a file.
pub struct FileLedger {
    heads: PathBuf,
    erasures: PathBuf,
}

impl FileLedger {
    /// The books in these files. One that does not exist has no lines, and is made when there is a first one.
    #[must_use]
    pub const fn new(heads: PathBuf, erasures: PathBuf) -> Self {
        Self { heads, erasures }
    }

    fn path(&self, book: Book) -> &Path {
        match book {
            Book::Heads => &self.heads,
            Book::Erasures => &self.erasures,
        }
    }

    /// Does with the file of a book what may wait for a disk, where nobody waits for it.
    async fn at<T: Send + 'static>(
        &self,
        book: Book,
        action: impl FnOnce(&Path) -> Result<T, String> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let path = self.path(book).to_owned();
        let place = path.display().to_string();
        let done = spawn_blocking(move || action(&path)).await;
        done.unwrap_or_else(|_| Err("not touched, because the process is stopping: try again".to_owned()))
            .map_err(|reason| LedgerError { place, reason })
    }
}

/// Which setting says where the file of a book is.
const fn setting(book: Book) -> &'static str {
    match book {
        Book::Heads => "audit.heads_file",
        Book::Erasures => "vault.erasures_file",
    }
}

#[async_trait]
impl Ledger for FileLedger {
    async fn append(&self, book: Book, lines: &[String]) -> Result<(), LedgerError> {
        let lines = lines.to_vec();
        self.at(book, move |path| file::append(path, &lines, setting(book))).await
    }

    async fn lines(&self, book: Book) -> Result<Vec<String>, LedgerError> {
        self.at(book, move |path| file::lines(path, setting(book))).await
    }
}
