#[cfg(target_os = "linux")]
use rustix::process::setpriority_process;
use rustix::time::{ClockId, Timespec, clock_gettime};
use std::time::{Duration, Instant};
#[cfg(target_os = "linux")]
use thread_priority::{
    NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy::Normal,
    set_thread_priority_and_policy, thread_native_id, thread_schedule_policy,
};

/// How far back in the line for a core one stands who shares it: with one other it is a quarter of it, as by `nice(1)`.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 5;

/// Where a thread that hashes stands, beside those who want the same core to answer requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Behind all of them: it runs while nobody else wants to, and who wakes up has the core at once. Anybody else is let
    /// run on by Linux for the rest of their slice, which it looks at once in 4 ms.
    Behind,
    /// In line with them, with the smaller share: it waits, and never for ever.
    InLine,
}

impl Standing {
    /// Has the calling thread stand there. A thread may step back, and needs a privilege to come forward again.
    ///
    /// Nothing but the order depends on it, so a system that denies it is not asked again.
    #[cfg(target_os = "linux")]
    pub(super) fn take(self) {
        if self == Self::Behind {
            // It also asks for a niceness, which counts for nothing there and may be denied.
            let _ = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, Normal(Idle));
            if thread_schedule_policy() == Ok(Normal(Idle)) {
                return;
            }
        }
        // On Linux this is about the thread that asks, not the process.
        let stood_back = setpriority_process(None, NICENESS);
        tracing::debug!(wanted = ?self, ?stood_back, "hashing stands in line with answering");
    }

    /// Elsewhere it would be about the process.
    #[cfg(not(target_os = "linux"))]
    pub(super) fn take(self) {}
}

/// What of a core the thread that makes it has from then on.
pub(in super::super) struct Share {
    begun: Instant,
    used: Duration,
}

impl Share {
    pub(super) fn begin() -> Self {
        Self { begun: Instant::now(), used: used() }
    }

    /// Between 0 and 1.
    pub(super) fn of_a_core(&self) -> f64 {
        let used = used().saturating_sub(self.used);
        used.as_secs_f64() / self.begun.elapsed().as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// For how long this thread has run.
fn used() -> Duration {
    let Timespec { tv_sec, tv_nsec } = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(tv_sec).unwrap_or_default(), u32::try_from(tv_nsec).unwrap_or_default())
}
