use application::clock::Clock;
use domain::Timestamp;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const WINDOW: Duration = Duration::from_mins(1);

/// The failures of the last minute, by address.
pub(super) struct Addresses {
    clock: Arc<dyn Clock>,
    allowed: usize,
    record: Mutex<Record>,
}

/// Every failure of the last minute, twice: in the order in which they cease to matter, and by address.
#[derive(Default)]
struct Record {
    latest: Option<Timestamp>,
    order: VecDeque<IpAddr>,
    by_address: HashMap<IpAddr, VecDeque<Timestamp>>,
}

impl Addresses {
    /// The most failures that are remembered, whoever makes them: at some 200 bytes each, 40 MB in the worst case.
    /// Beyond that the oldest are forgotten first, which are the ones that would cease to matter next.
    pub(super) const MOST_REMEMBERED: usize = 200_000;

    pub(super) fn new(clock: Arc<dyn Clock>, allowed: NonZeroU32) -> Self {
        let allowed = usize::try_from(allowed.get()).unwrap_or(usize::MAX);
        Self { clock, allowed, record: Mutex::default() }
    }

    /// Says how long an address has to wait that has failed as often as it may.
    pub(super) fn admit(&self, address: IpAddr) -> Result<(), Duration> {
        let mut record = self.record();
        let now = record.forget_what_is_over(self.clock.now());
        // With more failures than allowed, made at one moment, it is the one that frees the last place that counts.
        let Some(failures) = record.by_address.get(&neighbourhood(address)) else { return Ok(()) };
        let first = failures.len().checked_sub(self.allowed).and_then(|surplus| failures.get(surplus));
        first.map_or(Ok(()), |at| Err(at.plus(WINDOW).since(now)))
    }

    /// Counts a failure.
    pub(super) fn count(&self, address: IpAddr) {
        let mut record = self.record();
        let now = record.forget_what_is_over(self.clock.now());
        record.add(now, neighbourhood(address));
    }

    fn record(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> (usize, usize) {
        let record = self.record();
        (record.order.len(), record.by_address.len())
    }
}

impl Record {
    /// Drops every failure of a minute ago or earlier, and answers with the moment to count by.
    ///
    /// That moment never lies before the latest failure, so that a clock that is set back by a little frees nobody
    /// early; one that was set back by more than the window would hold them all, so then they are all let go.
    fn forget_what_is_over(&mut self, now: Timestamp) -> Timestamp {
        let latest = self.latest.unwrap_or(now);
        if latest.since(now) > WINDOW {
            *self = Self::default();
            return now;
        }
        let now = now.max(latest);
        while self.oldest().is_some_and(|at| at.plus(WINDOW) <= now) {
            self.forget_oldest();
        }
        now
    }

    fn oldest(&self) -> Option<Timestamp> {
        self.order.front().and_then(|address| self.by_address.get(address)?.front().copied())
    }

    fn add(&mut self, now: Timestamp, address: IpAddr) {
        if self.order.len() >= Addresses::MOST_REMEMBERED {
            self.forget_oldest();
        }
        self.latest = Some(now);
        self.order.push_back(address);
        self.by_address.entry(address).or_default().push_back(now);
    }

    fn forget_oldest(&mut self) {
        let Some(address) = self.order.pop_front() else { return };
        if let Some(failures) = self.by_address.get_mut(&address) {
            failures.pop_front();
            if failures.is_empty() {
                self.by_address.remove(&address);
            }
        }
    }
}

/// What counts as one address: an IPv4 address, however it is written, or the /64 network of an IPv6 address.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}
