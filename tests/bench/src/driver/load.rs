use super::clock::Clock;
use super::{Answer, Connection, Heard, Measured, Script};
use crate::machine::Usage;
use hdrhistogram::Histogram;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::time::{sleep_until, timeout_at};

/// How much of a wrong answer is told.
const TOLD: usize = 200;
/// How long is waited for answers after the end.
const PATIENCE: Duration = Duration::from_secs(15);

/// A load: against what, and for how long.
#[derive(Clone, Debug)]
pub struct Load {
    /// Where the server listens.
    pub address: SocketAddr,
    /// Whose time and memory is told beside.
    pub pid: u32,
    /// How long it goes before anything is measured.
    pub warm_up: Duration,
    /// How long is measured.
    pub duration: Duration,
    /// How many requests are due each second, all users together; `None`: each user asks again once they are answered.
    pub rate: Option<f64>,
}

/// What is counted while it goes on.
#[derive(Debug)]
pub(super) struct Tally {
    pub(super) done: Histogram<u64>,
    pub(super) surplus: Histogram<u64>,
    pub(super) failed: u64,
    pub(super) first_failure: Option<String>,
}

impl Tally {
    /// Latencies in microseconds, to three digits, up to two minutes.
    pub(super) fn new() -> io::Result<Self> {
        let histogram = || Histogram::new_with_bounds(1, 120_000_000, 3).map_err(io::Error::other);
        Ok(Self { done: histogram()?, surplus: histogram()?, failed: 0, first_failure: None })
    }

    fn note(&mut self, heard: Heard, took: Duration) {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        match heard {
            Heard::Done => self.done.saturating_record(micros),
            Heard::Surplus => self.surplus.saturating_record(micros),
            Heard::Wrong => {}
        }
    }

    fn fail(&mut self, why: impl FnOnce() -> String) {
        self.failed += 1;
        self.first_failure.get_or_insert_with(why);
    }
}

type Shared = Arc<Mutex<Tally>>;

impl Load {
    /// Lets the users of these scripts loose, each on a connection of their own, and tells what came of it. The scripts come
    /// back as they are then, so that another round can go on from there.
    pub async fn run<S: Script>(&self, scripts: Vec<S>) -> io::Result<(Measured, Vec<S>)> {
        let mut connections = Vec::with_capacity(scripts.len());
        for script in scripts {
            connections.push((Connection::open(self.address).await?, script));
        }
        let clock = Arc::new(Clock::start(self.warm_up, self.duration, self.rate));
        let tally: Shared = Arc::new(Mutex::new(Tally::new()?));
        let mut users = Vec::with_capacity(connections.len());
        for (connection, script) in connections {
            let user = User { address: self.address, connection, script, request: Vec::new() };
            users.push(tokio::spawn(user.ask_on(Arc::clone(&clock), Arc::clone(&tally))));
        }
        let watched = watch(self.pid, &clock).await;
        let mut scripts = Vec::with_capacity(users.len());
        for user in users {
            scripts.push(user.await.map_err(io::Error::other)?);
        }
        Ok((Measured::new(&lock(&tally), self.duration, &watched), scripts))
    }
}

/// One virtual user.
struct User<S> {
    address: SocketAddr,
    connection: Connection,
    script: S,
    request: Vec<u8>,
}

impl<S: Script> User<S> {
    async fn ask_on(mut self, clock: Arc<Clock>, tally: Shared) -> S {
        while let Some(due) = clock.next().await {
            self.request.clear();
            self.script.ask(&mut self.request);
            let answer =
                timeout_at((clock.end + PATIENCE).into(), self.connection.exchange(&self.request)).await;
            let done = Instant::now();
            let failure = match answer.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())) {
                Ok(answer) => {
                    let heard = self.script.hear(&answer);
                    if clock.measures(done) {
                        lock(&tally).note(heard, done.duration_since(due));
                    }
                    match heard {
                        Heard::Done | Heard::Surplus => continue,
                        Heard::Wrong => told(&answer),
                    }
                }
                Err(error) => {
                    if let Ok(again) = Connection::open(self.address).await {
                        self.connection = again;
                    }
                    error.to_string()
                }
            };
            // Also before anything is measured: a server that fails while it warms up has failed.
            lock(&tally).fail(|| failure);
            // A server that refuses at once must not be asked as fast as it can refuse.
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.script
    }
}

fn lock(tally: &Shared) -> MutexGuard<'_, Tally> {
    tally.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A wrong answer, in few words.
fn told(answer: &Answer<'_>) -> String {
    let body = &answer.body[..answer.body.len().min(TOLD)];
    format!("{}: {}", answer.status, String::from_utf8_lossy(body))
}

/// What server and driver took while it was measured.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watched {
    pub(super) server_seconds: f64,
    pub(super) driver_seconds: f64,
    pub(super) wall_seconds: f64,
    pub(super) resident_mib: f64,
}

/// Looks at memory ten times a second, and at time at both ends.
async fn watch(pid: u32, clock: &Clock) -> Watched {
    sleep_until(clock.begin.into()).await;
    let (from, server, driver) = (Instant::now(), Usage::of(pid).unwrap_or_default(), Usage::own());
    let (mut last, mut resident_mib) = (server, server.resident_mib);
    while Instant::now() < clock.end {
        sleep_until((Instant::now() + Duration::from_millis(100)).min(clock.end).into()).await;
        last = Usage::of(pid).unwrap_or(last);
        resident_mib = last.resident_mib.max(resident_mib);
    }
    Watched {
        server_seconds: last.cpu_seconds - server.cpu_seconds,
        driver_seconds: Usage::own().cpu_seconds - driver.cpu_seconds,
        wall_seconds: from.elapsed().as_secs_f64(),
        resident_mib,
    }
}
