//! What the service manager is told of the service (`sd_notify(3)`): that it is ready, reads its settings again, stops,
//! and is alive. Where none has asked, nobody is told.

use sd_notify::NotifyState;
use std::time::Duration;
use tokio::time::interval;

/// It is ready, or has read its settings.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// It reads its settings again.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(error) => tracing::debug!(%error, "the time of a reload can't be told"),
    }
}

/// It is about to stop.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// Says that it is alive, twice in the time after which the manager would start it anew. From the threads that answer
/// requests: what stops them stops this.
pub fn keep_alive() {
    let Some(within) = sd_notify::watchdog_enabled().filter(|within| !within.is_zero()) else { return };
    tokio::spawn(async move {
        let mut beats = interval((within / 2).max(Duration::from_millis(1)));
        loop {
            beats.tick().await;
            tell(&[NotifyState::Watchdog]);
        }
    });
}

fn tell(states: &[NotifyState]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "the service manager can't be told how the service is");
    }
}
