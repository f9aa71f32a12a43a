//! Lines on their way to somewhere that may not take them.

use crate::trouble::Trouble;
use metrics::counter;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};
use tracing_subscriber::fmt::MakeWriter;

/// Lines that were left out.
pub(crate) const DROPPED: &str = "xtrem_log_lines_dropped_total";

/// The most bytes that wait.
const CAPACITY: usize = 4 * 1_024 * 1_024;

/// What is kept of a buffer that was needed once.
const USUAL: usize = 64 * 1_024;

/// How long standard output may take nothing where it does not wait by itself, because whoever shares it has said so.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long the thread rests when it has written. Lines come one at a time, and to wake a thread for each would cost a
/// request more than its line does; a line after a quiet while is written at once.
const REST: Duration = Duration::from_millis(5);

/// Where lines end up.
pub(super) trait Sink: Send + 'static {
    /// Where that is, for whoever has to mend it.
    fn name(&self) -> String;

    /// Writes whole lines, or says which part of them was lost and why.
    fn write(&mut self, lines: &[u8]) -> Result<(), Lost>;
}

/// What did not arrive.
#[derive(Debug)]
pub(super) struct Lost {
    /// How many lines.
    pub(super) lines: usize,
    /// Why.
    pub(super) error: io::Error,
}

impl Lost {
    /// That these did not.
    pub(super) fn all(lines: &[u8], error: io::Error) -> Self {
        Self { lines: count(lines), error }
    }
}

fn count(lines: &[u8]) -> usize {
    lines.split_inclusive(|byte| *byte == b'\n').count()
}

/// Lines that wait, and the thread that writes them.
#[derive(Clone)]
pub(crate) struct Queue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Something waits, or the end has come.
    news: Condvar,
    /// The thread has gone.
    gone: Condvar,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    /// The thread looks again by itself.
    is_resting: bool,
    is_ending: bool,
    is_gone: bool,
}

impl Queue {
    /// Starts the thread.
    pub(super) fn start(name: &str, sink: impl Sink) -> io::Result<Self> {
        let queue = Self(Arc::default());
        let thread = queue.clone();
        thread::Builder::new().name(name.to_owned()).spawn(move || {
            let leaving = Leaving(thread.0);
            Self::pass_on(|emptied| leaving.0.take(emptied), sink);
        })?;
        Ok(queue)
    }

    /// Writes whatever comes, until nothing more will. What is not taken is counted, and told where it can be heard.
    pub(super) fn pass_on(mut next: impl FnMut(Vec<u8>) -> Option<Vec<u8>>, mut sink: impl Sink) {
        let mut trouble = Trouble::default();
        let mut emptied = Vec::new();
        while let Some(mut lines) = next(emptied) {
            match sink.write(&lines) {
                Ok(()) if trouble.ends() => {
                    tracing::info!(place = sink.name(), "the log can be written again");
                }

                Ok(()) => {}
                Err(Lost { lines, error }) => {
                    counter!(DROPPED).increment(lines as u64);
                    if trouble.begins(Instant::now()) {
                        let place = sink.name();
                        tracing::warn!(%error, place, "the log can't be written; its lines are left out");
                    }
                }
            }
            lines.clear();
            lines.shrink_to(USUAL);
            emptied = lines;
        }
    }

    /// Has all of them write what waits, side by side, and stop. What could not be written in this time is given up.
    pub(crate) fn end(queues: &[Self], within: Duration) {
        let begun = Instant::now();
        for Self(queue) in queues {
            queue.lock().is_ending = true;
            queue.news.notify_one();
        }
        for Self(queue) in queues {
            let left = within.saturating_sub(begun.elapsed());
            // Whoever hangs in the writing is left behind: the process is about to go.
            drop(queue.gone.wait_timeout_while(queue.lock(), left, |waiting| !waiting.is_gone));
        }
    }
}

/// Says that the thread has gone, in whichever way it went.
struct Leaving(Arc<Shared>);

impl Drop for Leaving {
    fn drop(&mut self) {
        let mut waiting = self.0.lock();
        waiting.is_gone = true;
        let left = std::mem::take(&mut waiting.lines);
        drop(waiting);
        self.0.gone.notify_all();
        counter!(DROPPED).increment(count(&left) as u64);
    }
}

impl Shared {
    /// What waits is bytes, and stays sound wherever a thread stopped.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, line: &[u8]) {
        let mut waiting = self.lock();
        if waiting.is_gone || waiting.lines.len() + line.len() > CAPACITY {
            drop(waiting);
            counter!(DROPPED).increment(1);
            return;
        }
        let is_awaited = waiting.lines.is_empty() && !waiting.is_resting;
        waiting.lines.extend_from_slice(line);
        drop(waiting);
        if is_awaited {
            self.news.notify_one();
        }
    }

    /// Waits for lines, and takes them all; `None` at the end.
    fn take(&self, emptied: Vec<u8>) -> Option<Vec<u8>> {
        let idle = |waiting: &mut Waiting| waiting.lines.is_empty() && !waiting.is_ending;
        let waiting = self.news.wait_while(self.rested(), idle);
        let mut waiting = waiting.unwrap_or_else(PoisonError::into_inner);
        if waiting.lines.is_empty() {
            return None;
        }
        // Until the thread has written these and rested, nobody has to wake it.
        waiting.is_resting = true;
        Some(std::mem::replace(&mut waiting.lines, emptied))
    }

    /// Lets lines gather, if some were written just now. The end cuts that short.
    fn rested(&self) -> MutexGuard<'_, Waiting> {
        let waiting = self.lock();
        let rest = if waiting.is_resting { REST } else { Duration::ZERO };
        let rested = self.news.wait_timeout_while(waiting, rest, |waiting| !waiting.is_ending);
        let (mut waiting, _) = rested.unwrap_or_else(PoisonError::into_inner);
        waiting.is_resting = false;
        waiting
    }
}

impl<'a> MakeWriter<'a> for Queue {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

/// Never fails, because whoever logs can't help it.
impl Write for &Queue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.put(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").finish_non_exhaustive()
    }
}

/// Whole lines on their way into a file, of which the last one may have been torn.
#[derive(Debug)]
pub(super) struct Stream {
    file: File,
    is_torn: bool,
    patience: Duration,
}

impl Stream {
    /// One that is waited for so long where it asks for that.
    pub(super) const fn new(file: File, is_torn: bool, patience: Duration) -> Self {
        Self { file, is_torn, patience }
    }

    /// Standard output, without the lock and the buffer that other parts of the program print through: a thread that
    /// hangs in the writing holds nothing that they need.
    pub(super) fn standard() -> io::Result<Self> {
        Ok(Self::new(io::stdout().as_fd().try_clone_to_owned()?.into(), false, PATIENCE))
    }

    /// Writes everything, or says how much of it was written and why not more.
    fn push(&mut self, text: &[u8]) -> Result<(), (usize, io::Error)> {
        let mut written = 0;
        while written < text.len() {
            match self.file.write(&text[written..]) {
                Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
                Ok(more) => written += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock && self.comes_to_take_more() => {}
                Err(error) => return Err((written, error)),
            }
        }
        Ok(())
    }

    /// Waits for whoever reads to have made room.
    fn comes_to_take_more(&self) -> bool {
        let patience = Timespec::try_from(self.patience).ok();
        // A signal cuts this short, and the next attempt to write begins it anew.
        matches!(
            poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], patience.as_ref()),
            Ok(1..) | Err(Errno::INTR)
        )
    }

    pub(super) const fn file(&self) -> &File {
        &self.file
    }
}

impl Sink for Stream {
    fn name(&self) -> String {
        "standard output".to_owned()
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Lost> {
        if self.is_torn {
            self.push(b"\n").map_err(|(_, error)| Lost::all(lines, error))?;
            self.is_torn = false;
        }
        self.push(lines).map_err(|(written, error)| {
            let (written, rest) = lines.split_at(written);
            self.is_torn = written.last().is_some_and(|byte| *byte != b'\n');
            Lost::all(rest, error)
        })
    }
}
