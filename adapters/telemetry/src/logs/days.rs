//! Files of one day each.

use super::Files;
use super::queue::{Lost, Sink, Stream};
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::PathBuf;
use std::time::Duration;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const BEFORE: &str = "xtrem.";
const BEHIND: &str = ".log";

/// A folder with a file for each day (UTC).
///
/// Whatever fails is tried again with the next lines: the folder is made anew, and so is a file that somebody has moved
/// or removed, so that nothing has to be restarted when a disk has room again or another program has tidied up.
pub(super) struct Days {
    dir: PathBuf,
    keep: usize,
    today: fn() -> Date,
    open: Option<Open>,
}

/// The file that is written to.
struct Open {
    day: Date,
    path: PathBuf,
    stream: Stream,
}

impl Days {
    pub(super) fn new(files: &Files) -> Self {
        Self::told_by(files, || OffsetDateTime::now_utc().date())
    }

    /// With another calendar than the system's.
    pub(super) fn told_by(files: &Files, today: fn() -> Date) -> Self {
        Self { dir: files.dir.clone(), keep: files.keep_days, today, open: None }
    }

    /// The file of the day.
    fn current(&mut self) -> io::Result<&mut Stream> {
        let day = (self.today)();
        let open = match self.open.take().filter(|open| open.day == day && open.is_in_place()) {
            Some(open) => open,
            None => self.open(day)?,
        };
        Ok(&mut self.open.insert(open).stream)
    }

    fn open(&self, day: Date) -> io::Result<Open> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.dir)?;
        let path = self.dir.join(name_of(day)?);
        let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(&path)?;
        let is_torn = is_torn(&mut file)?;
        // That old files stay is no reason to write no new ones.
        let _ = self.tidy(day);
        // A file never asks to wait.
        Ok(Open { day, path, stream: Stream::new(file, is_torn, Duration::ZERO) })
    }

    /// Removes all but the newest. Only names that this makes are touched.
    ///
    /// Files are counted, not days: a clock that is wrong once, by years in either direction, makes one file more and
    /// does not make the others old. Those of days to come have no part in it, and wait for their day or for whoever
    /// has set the clock right.
    fn tidy(&self, today: Date) -> io::Result<()> {
        let named = |entry: fs::DirEntry| Some((day_of(entry.file_name().to_str()?)?, entry.path()));
        let mut files: Vec<_> = fs::read_dir(&self.dir)?.flatten().filter_map(named).collect();
        files.retain(|(day, _)| *day <= today);
        files.sort_unstable_by(|one, other| other.cmp(one));
        for (_, path) in files.into_iter().skip(self.keep) {
            // One that stays is no reason to keep the others.
            let _ = fs::remove_file(path);
        }
        Ok(())
    }
}

impl Open {
    /// Whether what is written here can still be found there.
    fn is_in_place(&self) -> bool {
        let place = |of: fs::Metadata| (of.dev(), of.ino());
        match (fs::metadata(&self.path), self.stream.file().metadata()) {
            (Ok(named), Ok(open)) => place(named) == place(open),
            _ => false,
        }
    }
}

impl Sink for Days {
    fn name(&self) -> String {
        self.dir.display().to_string()
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Lost> {
        match self.current() {
            Ok(stream) => stream.write(lines),
            Err(error) => Err(Lost::all(lines, error)),
        }
    }
}

/// Whether the last line of a file has no end: a program that was killed, or a disk that was full.
fn is_torn(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn name_of(day: Date) -> io::Result<String> {
    let day = day.format(DAY).map_err(io::Error::other)?;
    Ok(format!("{BEFORE}{day}{BEHIND}"))
}

fn day_of(name: &str) -> Option<Date> {
    Date::parse(name.strip_prefix(BEFORE)?.strip_suffix(BEHIND)?, DAY).ok()
}
