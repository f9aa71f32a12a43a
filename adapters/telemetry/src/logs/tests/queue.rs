use super::super::queue::{Lost, Queue, Sink, Stream};
use super::*;
use crate::tests::{Paper, on_paper};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

impl Sink for Paper {
    fn name(&self) -> String {
        "paper".to_owned()
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Lost> {
        self.write_all(lines).map_err(|error| Lost::all(lines, error))
    }
}

/// Somewhere that takes lines when it is told to, and says that it was offered some.
struct Gate {
    offered: Sender<()>,
    open: Receiver<()>,
    paper: Paper,
}

impl Sink for Gate {
    fn name(&self) -> String {
        "gate".to_owned()
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Lost> {
        self.offered.send(()).unwrap();
        // Whoever has let go of the other end has opened it for good.
        let _ = self.open.recv();
        Sink::write(&mut self.paper, lines)
    }
}

/// Somewhere that is full as often as was said, and then has room.
struct Moody {
    full: usize,
    paper: Paper,
}

impl Sink for Moody {
    fn name(&self) -> String {
        "a moody place".to_owned()
    }

    fn write(&mut self, lines: &[u8]) -> Result<(), Lost> {
        match self.full.checked_sub(1) {
            None => Sink::write(&mut self.paper, lines),
            Some(left) => {
                self.full = left;
                Err(Lost::all(lines, io::ErrorKind::StorageFull.into()))
            }
        }
    }
}

fn say(mut queue: &Queue, line: &str) {
    queue.write_all(line.as_bytes()).unwrap();
}

/// How many lines were left out by this thread while something was done.
fn dropped(work: impl FnOnce()) -> u64 {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::with_local_recorder(&recorder, work);
    let text = handle.render();
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{DROPPED} ")));
    line.map_or(0, |count| count.parse().unwrap())
}

#[test]
fn at_the_end_everything_that_waits_is_written_in_its_order() {
    let paper = Paper::default();
    let queue = Queue::start("test", paper.clone()).unwrap();
    let lines: Vec<_> = (0..1_000).map(|number| format!("line {number}\n")).collect();
    for line in &lines {
        say(&queue, line);
    }
    Queue::end(std::slice::from_ref(&queue), LONG);
    assert_eq!(paper.text(), lines.concat());
    assert_eq!(dropped(|| say(&queue, "too late\n")), 1);
    assert_eq!(paper.text(), lines.concat());
}

#[test]
fn whoever_speaks_never_waits_for_a_place_that_takes_nothing() {
    let ((offered, offers), (open, opened)) = (channel(), channel());
    let paper = Paper::default();
    let queue = Queue::start("test", Gate { offered, open: opened, paper: paper.clone() }).unwrap();
    say(&queue, "first\n");
    offers.recv().unwrap();
    // The thread hangs with the first line. There is room for four of these, and for no fifth.
    let line = format!("{}\n", "x".repeat(1_000_000));
    assert_eq!(dropped(|| (0..6).for_each(|_| say(&queue, &line))), 2);
    Queue::end(std::slice::from_ref(&queue), Duration::from_millis(1));
    assert_eq!(paper.text(), "");
    drop(open);
    Queue::end(std::slice::from_ref(&queue), LONG);
    assert_eq!(paper.text(), format!("first\n{}", line.repeat(4)));
}

#[test]
fn a_line_is_written_whether_or_not_another_follows() {
    let ((offered, offers), (open, opened)) = (channel(), channel());
    let paper = Paper::default();
    let queue = Queue::start("test", Gate { offered, open: opened, paper: paper.clone() }).unwrap();
    // Some come while the thread writes or rests, some while it waits.
    for round in 0..20 {
        say(&queue, "one\n");
        offers.recv_timeout(LONG).unwrap();
        say(&queue, "two\n");
        open.send(()).unwrap();
        offers.recv_timeout(LONG).unwrap();
        open.send(()).unwrap();
        if round % 2 == 0 {
            std::thread::yield_now();
        }
    }
    Queue::end(std::slice::from_ref(&queue), LONG);
    assert_eq!(paper.text(), "one\ntwo\n".repeat(20));
}

/// Somewhere that comes to nothing, and holds something until then.
struct Holding<T>(T);

impl<T: Send + 'static> Sink for Holding<T> {
    fn name(&self) -> String {
        "holding".to_owned()
    }

    fn write(&mut self, _: &[u8]) -> Result<(), Lost> {
        panic!("this place can't be written to");
    }
}

#[test]
fn a_place_that_hangs_does_not_keep_the_others_from_their_end() {
    let ((offered, offers), (open, opened)) = (channel(), channel());
    let paper = Paper::default();
    let hanging = Queue::start("test", Gate { offered, open: opened, paper: paper.clone() }).unwrap();
    say(&hanging, "one\n");
    offers.recv().unwrap();
    // It hangs for as long as the other one has not come to its end.
    let other = Queue::start("test", Holding(open)).unwrap();
    Queue::end(&[hanging, other], LONG);
    assert_eq!(paper.text(), "one\n");
}

#[test]
fn a_thread_that_panics_is_known_to_have_gone() {
    let (held, gone) = channel::<()>();
    let queue = Queue::start("test", Holding(held)).unwrap();
    say(&queue, "one\n");
    assert!(gone.recv().is_err());
    Queue::end(std::slice::from_ref(&queue), LONG);
    assert_eq!(dropped(|| say(&queue, "too late\n")), 1);
}

#[test]
fn what_a_place_does_not_take_is_counted_and_told_until_it_does() {
    let (log, lines) = on_paper(Form::Text, "info");
    let paper = Paper::default();
    let count = dropped(|| {
        let _hears = crate::tests::hear(vec![lines.listener]);
        let offers = ["one\ntwo\n", "three\n", "four\n", "five\n"].map(|lines| lines.as_bytes().to_vec());
        let mut offers = offers.into_iter();
        Queue::pass_on(|_| offers.next(), Moody { full: 2, paper: paper.clone() });
    });
    assert_eq!((count, paper.text().as_str()), (3, "four\nfive\n"));
    let told = log.lines();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(
        told[0].contains("WARN") && told[0].contains("no storage space") && told[0].contains("a moody place")
    );
    assert!(told[1].contains("INFO") && told[1].contains("can be written again"), "{}", told[1]);
}

#[test]
fn a_full_disk_takes_no_line_and_says_so() {
    let mut stream = Stream::new(OpenOptions::new().write(true).open("/dev/full").unwrap(), false, LONG);
    let lost = stream.write(b"one\ntwo\n").unwrap_err();
    assert_eq!((lost.lines, lost.error.kind()), (2, io::ErrorKind::StorageFull));
}

#[test]
fn a_reader_that_has_gone_is_no_end() {
    let (reader, writer) = std::io::pipe().unwrap();
    let mut stream = Stream::new(File::from(OwnedFd::from(writer)), false, LONG);
    stream.write(b"one\n").unwrap();
    drop(reader);
    assert_eq!(stream.write(b"two\n").unwrap_err().error.kind(), io::ErrorKind::BrokenPipe);
}

#[test]
fn a_line_that_was_torn_half_way_ends_before_the_next_begins() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    // A pipe that does not wait, and is not waited for, takes what it has room for, and no more.
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let mut stream = Stream::new(File::from(OwnedFd::from(writer)), false, Duration::ZERO);
    let line = format!("{}\n", "x".repeat(1_000_000));
    assert_eq!(stream.write(format!("{line}behind\n").as_bytes()).unwrap_err().lines, 2);
    let mut text = vec![0; 2_000_000];
    let taken = reader.read(&mut text).unwrap();
    assert!(text[..taken].iter().all(|byte| *byte == b'x'));
    stream.write(b"next\n").unwrap();
    drop(stream);
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "\nnext\n");
}

#[test]
fn a_pipe_that_does_not_wait_by_itself_is_waited_for() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&writer, true).unwrap();
    let mut stream = Stream::new(File::from(OwnedFd::from(writer)), false, LONG);
    let lines = "x\n".repeat(1_000_000);
    let reading = std::thread::spawn(move || {
        let mut text = String::new();
        reader.read_to_string(&mut text).unwrap();
        text
    });
    stream.write(lines.as_bytes()).unwrap();
    drop(stream);
    assert!(reading.join().unwrap() == lines);
}
