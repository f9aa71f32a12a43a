use super::Limits;
use hyper::Version;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::time::{Instant, sleep_until};

/// What is going on in one connection, and how long that may go on.
///
/// hyper has a clock for heads, but it does not run before the first byte, and it can't tell a connection that lies
/// between two requests (over a minute is fine) from one that sends a head a byte at a time (ten seconds are plenty).
#[derive(Debug)]
pub(super) struct Activity {
    state: Mutex<State>,
    limits: Limits,
}

#[derive(Clone, Copy, Debug)]
struct State {
    /// Requests that have come in and are not answered to the last byte.
    in_flight: u32,
    /// What is waited for while there are none.
    awaited: Awaited,
    /// Since when.
    since: Instant,
    /// Since when the client takes nothing of what it is to get.
    blocked_since: Option<Instant>,
    /// Whether frames of all kinds share the connection (HTTP/2), so that a byte is no beginning of a head.
    multiplexed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Awaited {
    /// The rest of a head; or its beginning, in a new connection.
    Head,
    /// The next request.
    Request,
}

/// Why a connection has to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Overdue {
    /// Nobody has asked for anything for a while.
    Idle,
    /// A head is not sent to its end, or an answer not taken.
    Stuck,
}

impl Activity {
    pub(super) fn new(limits: Limits) -> Arc<Self> {
        let state = State {
            in_flight: 0,
            awaited: Awaited::Head,
            since: Instant::now(),
            blocked_since: None,
            multiplexed: false,
        };
        Arc::new(Self { state: Mutex::new(state), limits })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Bytes have come in.
    pub(super) fn read(&self) {
        let mut state = self.state();
        if state.in_flight == 0 && state.awaited == Awaited::Request && !state.multiplexed {
            state.awaited = Awaited::Head;
            state.since = Instant::now();
        }
    }

    /// Bytes have gone out.
    pub(super) fn wrote(&self) {
        self.state().blocked_since = None;
    }

    /// Bytes want to go out and can't.
    pub(super) fn blocked(&self) {
        self.state().blocked_since.get_or_insert_with(Instant::now);
    }

    /// A request has come in; it ends when what is given back is dropped.
    pub(super) fn begin(self: &Arc<Self>, version: Version) -> InFlight {
        let mut state = self.state();
        state.in_flight += 1;
        state.multiplexed = version >= Version::HTTP_2;
        drop(state);
        InFlight(Arc::clone(self))
    }

    fn end(&self) {
        let mut state = self.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        if state.in_flight == 0 {
            state.awaited = Awaited::Request;
            state.since = Instant::now();
        }
    }

    /// Waits until the connection has to end.
    pub(super) async fn overdue(&self) -> Overdue {
        // Whatever begins after a look is due no sooner than the shortest limit after it.
        let stride = self.limits.header_timeout.min(self.limits.write_timeout).min(self.limits.idle_timeout);
        loop {
            let now = Instant::now();
            match self.deadline() {
                Some((at, why)) if at <= now => return why,
                Some((at, _)) => sleep_until(at.min(now + stride)).await,
                None => sleep_until(now + stride).await,
            }
        }
    }

    fn deadline(&self) -> Option<(Instant, Overdue)> {
        let state = *self.state();
        let blocked = state.blocked_since.map(|since| (since + self.limits.write_timeout, Overdue::Stuck));
        let waiting = (state.in_flight == 0).then(|| match state.awaited {
            Awaited::Head => (state.since + self.limits.header_timeout, Overdue::Stuck),
            Awaited::Request => (state.since + self.limits.idle_timeout, Overdue::Idle),
        });
        [blocked, waiting].into_iter().flatten().min_by_key(|(at, _)| *at)
    }
}

/// A request that is not answered to the last byte.
#[derive(Debug)]
pub(super) struct InFlight(Arc<Activity>);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.end();
    }
}
