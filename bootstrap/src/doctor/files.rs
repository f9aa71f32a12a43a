//! Folders and files: that they are there, for their owner only, and can be written.

use super::case::Case;
use super::finding::{Finding, Verdict};
use application::ledger::{Book, Ledger};
use ledger::FileLedger;
use rustix::fs::{Access, access};
use std::fs::{Metadata, metadata};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// The group and everybody else.
const OTHERS: u32 = 0o077;
/// Their rights to write.
const OTHERS_WRITE: u32 = 0o022;

/// The folder of this installation: its files are nobody else's business, and neither is which there are.
pub(super) fn data_folder(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "data_folder";
    let path = &case.config.data_dir;
    let found = folder(SUBJECT, path, "data.dir");
    let mode = metadata(path).map_or(0, |folder| mode(&folder));
    if found.verdict == Verdict::Ok && mode & OTHERS != 0 {
        let path = path.display();
        let text =
            format!("{path} has mode {mode:04o}, so that others can look into it: run `chmod 700 {path}`");
        return vec![Finding::warning(SUBJECT, text)];
    }
    vec![found]
}

/// The folder of the log, where there is one.
pub(super) fn log(case: &Case) -> Vec<Finding> {
    match &case.config.log.dir {
        Some(dir) => vec![folder("log_folder", dir, "log.dir")],
        None => Vec::new(),
    }
}

/// A folder that Xtrem writes into, and makes where it is not there.
pub(super) fn folder(subject: &'static str, path: &Path, setting: &str) -> Finding {
    let shown = path.display();
    let Ok(found) = metadata(path) else {
        let above = path.ancestors().skip(1).find(|above| above.exists()).unwrap_or(Path::new("."));
        return if is_writable(above) {
            Finding::ok(subject, format!("{shown} is not made yet: Xtrem makes it when it needs it"))
        } else {
            Finding::trouble(
                subject,
                format!(
                    "{shown} is not there, and this user can't make it: make it, or choose another with {setting}"
                ),
            )
        };
    };
    if !found.is_dir() {
        return Finding::trouble(subject, format!("{shown} is no folder: choose one with {setting}"));
    }
    if !is_writable(path) {
        let text = format!(
            "{shown} can't be written by this user: see that this is the one that the service runs as, and to the \
             owner of the folder ({}), its mode, and that its disk is not read-only",
            found.uid()
        );
        return Finding::trouble(subject, text);
    }
    Finding::ok(subject, format!("{shown} can be written"))
}

/// The files of this installation.
pub(super) async fn files(case: &Case) -> Vec<Finding> {
    const SUBJECT: &str = "files";
    let owner = metadata(&case.config.data_dir).ok().map(|folder| folder.uid());
    let mut found: Vec<Finding> = Vec::new();
    for (path, file) in &case.private {
        let exposed = (mode(file) & OTHERS != 0).then(|| {
            let path = path.display();
            format!(
                "{path} has mode {:04o}, so that others can get at it: run `chmod 600 {path}`",
                mode(file)
            )
        });
        let foreign = owner.and_then(|owner| foreign(path, file, owner));
        found.extend(exposed.into_iter().chain(foreign).map(|text| Finding::trouble(SUBJECT, text)));
    }
    let books = books(case).await;
    found.extend(books.iter().filter_map(|book| book.clone().err()));
    if found.is_empty() {
        found.push(Finding::ok(
            SUBJECT,
            if case.private.is_empty() && books.is_empty() {
                "there are none yet: the first start makes them"
            } else {
                "belong to whom they should, with modes that will do"
            },
        ));
    }
    found
}

/// The books outside of the databases, as far as they are there. Nothing in them is secret, and another user may keep
/// them; they have to be readable and writable for this one.
async fn books(case: &Case) -> Vec<Result<(), Finding>> {
    let paths = (case.config.audit.heads_file.clone(), case.config.vault.erasures_file.clone());
    let ledger = FileLedger::new(paths.0.clone(), paths.1.clone());
    let mut found = Vec::new();
    for (book, path) in [(Book::Heads, paths.0), (Book::Erasures, paths.1)] {
        let Ok(file) = metadata(&path) else { continue };
        let shown = path.display();
        found.push(match ledger.lines(book).await {
            Err(error) => Err(Finding::trouble("files", error.to_string())),
            Ok(_) if !is_writable(&path) => Err(Finding::trouble(
                "files",
                format!("{shown} can't be written: see to its owner and its mode"),
            )),
            Ok(_) if mode(&file) & OTHERS_WRITE != 0 => Err(Finding::warning(
                "files",
                format!(
                    "{shown} has mode {:04o}, so that others can change it: run `chmod 600 {shown}`",
                    mode(&file)
                ),
            )),
            Ok(_) => Ok(()),
        });
    }
    found
}

fn foreign(path: &Path, found: &Metadata, owner: u32) -> Option<String> {
    let path = path.display();
    (found.uid() != owner).then(|| {
        let (uid, gid) = (found.uid(), found.gid());
        format!(
            "{path} belongs to user {uid} and not to user {owner}: was a command run as another user than the service? \
             Give it back with `chown {owner}:{gid} {path}`"
        )
    })
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode() & 0o7777
}

fn is_writable(path: &Path) -> bool {
    access(path, Access::WRITE_OK).is_ok()
}

#[cfg(test)]
mod tests;
