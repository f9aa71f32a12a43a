//! The files of the repository, as they stand on the disk.

use std::io;
use std::path::{Path, PathBuf};

/// One file that can be read as text.
#[derive(Debug)]
pub struct File {
    /// Its path from the root of the repository, with `/` between the parts.
    pub path: String,
    /// What it holds.
    pub text: String,
}

/// Made by tools, or not ours.
const SKIPPED: &[&str] = &[".git", ".venv", "target", "data", "node_modules", "__pycache__"];

/// The root of the repository.
#[must_use]
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All files that are text, in the order of their paths.
pub fn files() -> io::Result<Vec<File>> {
    let mut found = Vec::new();
    collect(&root(), "", &mut found)?;
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The names of the files in a folder.
pub fn names(folder: &str) -> io::Result<Vec<String>> {
    let entries = std::fs::read_dir(root().join(folder))?;
    entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect()
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<File>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.file_type()?.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                collect(&entry.path(), &path, found)?;
            }
        } else if let Ok(text) = std::fs::read_to_string(entry.path()) {
            found.push(File { path, text });
        }
    }
    Ok(())
}

impl File {
    /// Whether people run what this file holds: not tests, and not the doubles made for them.
    #[must_use]
    pub fn is_production(&self) -> bool {
        self.is_source() && !self.path.starts_with("tests/") && !self.is_test()
    }

    /// Whether this is a source file of a crate, tests included.
    #[must_use]
    pub fn is_source(&self) -> bool {
        self.has_extension("rs")
    }

    /// Whether the name ends so, after its last dot.
    #[must_use]
    pub fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, last)| last == extension)
    }

    /// Whether this file holds nothing but tests, or doubles for them (see `production::doubles_for_everybody`).
    #[must_use]
    pub fn is_test(&self) -> bool {
        let double = self.path.ends_with("src/testing.rs") || self.path.contains("src/testing/");
        double || self.path.ends_with("/tests.rs") || self.path.contains("/tests/")
    }

    /// Whether a crate begins here.
    #[must_use]
    pub fn is_crate_root(&self) -> bool {
        self.path.ends_with("src/lib.rs") || self.path.ends_with("src/main.rs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str) -> File {
        File { path: path.to_owned(), text: String::new() }
    }

    #[test]
    fn production_is_told_from_tests() {
        assert!(at("domain/src/users/user.rs").is_production());
        for path in
            ["domain/src/users/tests.rs", "tests/house/src/tree.rs", "application/src/testing/stage.rs"]
        {
            assert!(!at(path).is_production(), "{path}");
        }
    }
}
