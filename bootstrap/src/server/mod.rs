//! Letting the world in: the accept loop, what a connection may cost, and how to stop. Operators come in by a door of
//! their own, for which the same holds.
//!
//! Not poem's own server, which waits for ever for the rest of a header, spins when descriptors run out, and
//! sends small answers late. Here every connection has a clock ([`activity`]), there is a most of them, a
//! failing accept backs off, and stopping means: no new connections, what is in flight is finished.

mod activity;
mod connection;
mod door;
mod signals;
mod stream;

pub use door::{Door, Entrance, bind};
pub use signals::{Signals, listen_for_signals, listen_for_stops};

use crate::operations::instruments;
use connection::Connections;
use poem::Response;
use poem::endpoint::BoxEndpoint;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::Receiver;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, timeout};

/// The whole service, as one endpoint.
pub type App = BoxEndpoint<'static, Response>;

/// What connections may cost.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The most time for the head of a request.
    pub header_timeout: Duration,
    /// The most time between two requests.
    pub idle_timeout: Duration,
    /// The most time for which a client may not take its answer.
    pub write_timeout: Duration,
    /// The most connections at a time.
    pub max_connections: usize,
    /// How long everybody is still let in after the service was told to stop.
    pub drain: Duration,
    /// The most time, after that, for what is in flight.
    pub shutdown_grace: Duration,
}

/// How the serving ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Everything in flight was finished.
    Drained,
    /// Something was cut off.
    CutOff,
}

/// Serves until told to stop, goes on for a while in which whoever sends requests learns of it, then finishes what is in
/// flight. `leave` is called when that while begins. Told a second time, it ends at once. That nobody is left who could
/// tell it says stop too, once.
pub async fn serve(
    entrance: Entrance,
    app: App,
    limits: Limits,
    stops: &mut Receiver<()>,
    leave: impl FnOnce(),
) -> Ending {
    let Entrance { door, listener } = entrance;
    let slots = Arc::new(Semaphore::new(limits.max_connections));
    let (stop, stopping) = watch::channel(false);
    let open = instruments::connections(door, limits.max_connections);
    let connections = Connections::new(app, limits, stopping, open);
    let hurry = tokio::select! {
        () = accept(door, &listener, &connections, &slots) => false,
        hurry = told_to_stop(limits, stops, leave) => hurry,
    };
    tracing::debug!(?door, "no new connections, finishing what is in flight");
    let _ = stop.send(true);
    take_in_the_rest(listener, &connections, &slots);
    if hurry { Ending::CutOff } else { drain(&slots, limits, stops).await }
}

/// Waits for that, and then as long as everybody is still let in. Says whether somebody is in a hurry.
async fn told_to_stop(limits: Limits, stops: &mut Receiver<()>, leave: impl FnOnce()) -> bool {
    let _ = stops.recv().await;
    leave();
    let hurry = !limits.drain.is_zero() && timeout(limits.drain, stops.recv()).await == Ok(Some(()));
    if hurry {
        tracing::warn!("told to stop a second time; what is in flight is cut off");
    }
    hurry
}

async fn drain(slots: &Semaphore, limits: Limits, stops: &mut Receiver<()>) -> Ending {
    let all = u32::try_from(limits.max_connections).unwrap_or(u32::MAX);
    tokio::select! {
        _ = slots.acquire_many(all) => Ending::Drained,
        () = tokio::time::sleep(limits.shutdown_grace) => {
            tracing::warn!(seconds = limits.shutdown_grace.as_secs(), "the time to finish is over; what is left is cut off");
            Ending::CutOff
        }
        Some(()) = stops.recv() => {
            tracing::warn!("told to stop a second time; what is left is cut off");
            Ending::CutOff
        }
    }
}

/// Accepts for ever. Where there are as many connections as there may be, the next ones wait in the system's queue.
async fn accept(door: Door, listener: &TcpListener, connections: &Arc<Connections>, slots: &Arc<Semaphore>) {
    let mut pause = Pause::default();
    let mut crowd = Crowd::default();
    loop {
        if slots.available_permits() == 0 {
            crowd.tell(door);
        }
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, peer)) => {
                pause = Pause::default();
                take_in(connections, stream, peer, slot);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                let pause = pause.longer();
                tracing::warn!(%error, pause_seconds = pause.as_secs_f32(), "no connection can be accepted");
                tokio::time::sleep(pause).await;
            }
        }
    }
}

/// Closes the door behind whoever stands in it: a connection that the system has made is refused by nobody.
///
/// The system's own listener is asked, because the runtime's only knows what it was told of.
fn take_in_the_rest(listener: TcpListener, connections: &Arc<Connections>, slots: &Arc<Semaphore>) {
    let Ok(listener) = listener.into_std() else { return };
    while let Ok(slot) = Arc::clone(slots).try_acquire_owned() {
        let Ok((stream, peer)) = listener.accept() else { return };
        let stream = stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream));
        if let Ok(stream) = stream {
            take_in(connections, stream, peer, slot);
        }
    }
}

fn take_in(connections: &Arc<Connections>, stream: TcpStream, peer: SocketAddr, slot: OwnedSemaphorePermit) {
    let connections = Arc::clone(connections);
    tokio::spawn(async move {
        connections.serve(stream, peer).await;
        drop(slot);
    });
}

/// Whether only the connection that was to be accepted is gone.
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset | Interrupted)
}

/// Says that there are as many connections as there may be; once a minute, not at each of them.
#[derive(Default)]
struct Crowd(Option<Instant>);

impl Crowd {
    fn tell(&mut self, door: Door) {
        if self.0.is_none_or(|told| told.elapsed() > Duration::from_mins(1)) {
            self.0 = Some(Instant::now());
            tracing::warn!("{}", door.crowd());
        }
    }
}

/// How long to leave the listener alone: 50 ms after a failure, twice as long after each further one, a second at most.
#[derive(Default)]
struct Pause(Duration);

impl Pause {
    const FIRST: Duration = Duration::from_millis(50);
    const LONGEST: Duration = Duration::from_secs(1);

    fn longer(&mut self) -> Duration {
        self.0 = (self.0 * 2).clamp(Self::FIRST, Self::LONGEST);
        self.0
    }
}

#[cfg(test)]
mod tests;
