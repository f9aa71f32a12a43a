//! A clock that is moved, so that days pass in a moment: Debian's package `faketime`.

use super::Server;
use crate::{Failure, Outcome};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a process needs to live by the clock of that folder: its offset stands in a file and is read at every look.
pub(super) fn environment(home: &Path, back: Duration) -> Outcome<Vec<(String, String)>> {
    let file = offset(home);
    if !file.exists() {
        std::fs::write(&file, told(-i64::try_from(back.as_secs())?))?;
    }
    let variables = [
        ("LD_PRELOAD", library()?.display().to_string()),
        ("FAKETIME_TIMESTAMP_FILE", file.display().to_string()),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        // How long something takes is still measured by the real clock.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    Ok(variables.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

/// An offset in seconds, as the library reads it.
fn told(seconds: i64) -> String {
    format!("{seconds:+}")
}

fn offset(home: &Path) -> PathBuf {
    home.join("clock")
}

/// Each architecture has a folder of its own.
fn library() -> Outcome<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib")?.map_while(Result::ok);
    let mut found = folders.map(|folder| folder.path().join("faketime/libfaketimeMT.so.1"));
    let missing = || Failure::from("faketime is not installed: run the journeys with tests/run");
    found.find(|path| path.exists()).ok_or_else(missing)
}

impl Server {
    /// Moves the clock of this process, and of every other one on the same data, so far on.
    pub fn wait_for(&self, time: Duration) -> Outcome {
        if self.settings.movable_clock.is_none() {
            return Err("this service lives by the real clock".into());
        }
        let file = offset(self.place.home.path());
        let passed: i64 = std::fs::read_to_string(&file)?.parse()?;
        // Never half written: another file takes its place.
        let next = self.place.home.path().join("clock-next");
        std::fs::write(&next, told(passed + i64::try_from(time.as_secs())?))?;
        Ok(std::fs::rename(next, file)?)
    }
}
