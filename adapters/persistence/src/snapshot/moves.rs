use super::failed;
use application::backup::SnapshotError;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Files that are given other names: all of them, or none. Dropped before it is finished, everything is where it was.
#[derive(Default)]
pub(super) struct Moves(Vec<(PathBuf, PathBuf)>);

impl Moves {
    /// Moves one, over nothing.
    pub(super) fn rename(&mut self, from: &Path, to: &Path) -> Result<(), SnapshotError> {
        if to.exists() {
            return Err(failed(to, &io::Error::from(io::ErrorKind::AlreadyExists)));
        }
        fs::rename(from, to).map_err(|error| failed(from, &error))?;
        self.0.push((from.to_owned(), to.to_owned()));
        Ok(())
    }

    /// Leaves everything where it is now, on disk.
    pub(super) fn finish(mut self) -> Result<(), SnapshotError> {
        for (_, to) in self.0.drain(..) {
            let folder = to.parent().unwrap_or(Path::new("."));
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(|error| failed(folder, &error))?;
        }
        Ok(())
    }
}

impl Drop for Moves {
    fn drop(&mut self) {
        for (from, to) in self.0.drain(..).rev() {
            if let Err(error) = fs::rename(&to, &from) {
                tracing::error!(%error, from = %to.display(), to = %from.display(), "a database was not moved back");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_moved_comes_back_unless_all_of_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["one", "two", "taken"] {
            fs::write(at(name), name).unwrap();
        }
        let mut moves = Moves::default();
        moves.rename(&at("one"), &at("one.old")).unwrap();
        moves.rename(&at("two"), &at("one")).unwrap();
        let refused = moves.rename(&at("one.old"), &at("taken")).unwrap_err().to_string();
        assert!(refused.contains("exists"), "{refused}");
        drop(moves);
        for name in ["one", "two", "taken"] {
            assert_eq!(fs::read_to_string(at(name)).unwrap(), name);
        }
        let mut moves = Moves::default();
        moves.rename(&at("one"), &at("one.old")).unwrap();
        moves.finish().unwrap();
        assert!(at("one.old").exists() && !at("one").exists());
    }
}
