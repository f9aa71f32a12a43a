//! How long the disk takes to have something for good, by itself: what a commit can't be faster than.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// How often it is asked: seldom enough to be in nobody's way.
const PAUSE: Duration = Duration::from_millis(200);

/// Overwrites a page of a file of its own again and again, and has each on disk before the next.
pub struct Disk {
    stop: Sender<()>,
    watch: JoinHandle<io::Result<Syncs>>,
}

/// How long that took.
pub struct Syncs(Vec<Duration>);

impl Disk {
    /// Begins, in a folder on the disk in question. The thread takes the core of whoever calls.
    pub fn watch(folder: &Path) -> io::Result<Self> {
        let file = tempfile::tempfile_in(folder)?;
        sync(&file)?;
        let (stop, stopped) = mpsc::channel();
        let watch = thread::spawn(move || {
            let mut syncs = Syncs(Vec::new());
            loop {
                syncs.0.push(sync(&file)?);
                if stopped.recv_timeout(PAUSE) != Err(RecvTimeoutError::Timeout) {
                    return Ok(syncs);
                }
            }
        });
        Ok(Self { stop, watch })
    }

    /// Ends, and tells what it saw.
    pub fn end(self) -> io::Result<Syncs> {
        drop(self.stop);
        self.watch.join().map_err(|_| io::Error::other("whoever watched the disk has panicked"))?
    }
}

fn sync(file: &File) -> io::Result<Duration> {
    file.write_all_at(&[0x5a; 4096], 0)?;
    let begun = Instant::now();
    // What both databases ask for. That of metadata too would have them wait for the journal of the file system.
    file.sync_data()?;
    Ok(begun.elapsed())
}

impl Syncs {
    /// 99 of 100 took no longer than this; no time of none.
    #[must_use]
    pub fn p99(mut self) -> Duration {
        self.0.sort_unstable();
        let place = (self.0.len() * 99).div_ceil(100).saturating_sub(1);
        self.0.get(place).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_of_a_hundred_is_left_out() {
        let p99 = |count: u64| Syncs((1..=count).rev().map(Duration::from_millis).collect()).p99();
        let expected = [0, 1, 99, 100, 198].map(Duration::from_millis);
        assert_eq!([0, 1, 100, 101, 200].map(p99), expected);
    }

    #[test]
    fn a_disk_is_watched_until_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let syncs = Disk::watch(folder.path()).unwrap().end().unwrap();
        assert!(syncs.p99() > Duration::ZERO);
    }
}
