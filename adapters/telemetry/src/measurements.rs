//! Metrics, for Prometheus.
//!
//! What the house counts goes to the facade `metrics`; here it is kept, in histograms with fixed buckets, so that what
//! several services have measured can be added up. What the process and its runtime say of themselves is asked for when
//! somebody wants to know.

use crate::logs::DROPPED;
use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio::runtime::{Handle, RuntimeMetrics};

/// From half a millisecond, below which nobody waits, to half a minute, beyond which nobody does.
const REQUESTS: [f64; 16] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0];

/// Few, because there is a histogram for each statement.
const STATEMENTS: [f64; 8] = [0.0001, 0.0005, 0.001, 0.005, 0.025, 0.1, 0.5, 2.5];

/// What databases take; everything else is measured as requests are.
const OF_DATABASES: [&str; 2] = ["statement_duration_seconds", "connection_wait_seconds"];

const BUILD: &str = "xtrem_build_info";
const WORKERS: &str = "tokio_workers";
const TASKS: &str = "tokio_live_tasks";
const QUEUED: &str = "tokio_global_queue_depth";
const BUSY: &str = "tokio_busy_seconds";
const PARKED: &str = "tokio_parks_total";

/// Why numbers can't be kept.
#[derive(Debug, thiserror::Error)]
#[error("metrics can't be kept: {0}")]
pub struct InstallError(String);

/// What was counted and measured so far.
pub struct Measurements {
    handle: PrometheusHandle,
    process: Collector,
    runtime: Option<RuntimeMetrics>,
}

/// Begins to keep what is counted and measured. Called inside a runtime, it watches that too.
pub fn install() -> Result<Measurements, InstallError> {
    let recorder = builder().map_err(|error| InstallError::of(&error))?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|_| InstallError("somebody else keeps them".to_owned()))?;
    Ok(Measurements::of(handle))
}

/// Says which version runs.
pub fn tell_version(version: &'static str) {
    gauge!(BUILD, "version" => version).set(1.0);
}

fn builder() -> Result<PrometheusBuilder, BuildError> {
    let mut builder = PrometheusBuilder::new().set_buckets(&REQUESTS)?;
    for suffix in OF_DATABASES {
        builder = builder.set_buckets_for_metric(Matcher::Suffix(suffix.to_owned()), &STATEMENTS)?;
    }
    Ok(builder)
}

impl InstallError {
    fn of(error: &BuildError) -> Self {
        Self(error.to_string())
    }
}

impl Measurements {
    fn of(handle: PrometheusHandle) -> Self {
        let runtime = Handle::try_current().ok().map(|runtime| runtime.metrics());
        let measurements = Self { handle, process: Collector::default(), runtime };
        measurements.describe();
        measurements
    }

    /// Everything, in Prometheus's text form (0.0.4), as it is now.
    #[must_use]
    pub fn render(&self) -> String {
        self.process.collect();
        if let Some(runtime) = &self.runtime {
            look_at(runtime);
        }
        self.handle.render()
    }

    /// Puts what was measured since into its buckets. Every few seconds, or it grows where nobody asks for it.
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }

    fn describe(&self) {
        self.process.describe();
        describe_gauge!(BUILD, Unit::Count, "1, with the version that runs.");
        describe_counter!(
            DROPPED,
            Unit::Count,
            "Lines of the log that found no room or could not be written."
        );
        // What never happened is 0, not unknown.
        counter!(DROPPED).increment(0);
        if self.runtime.is_some() {
            describe_gauge!(WORKERS, Unit::Count, "Threads that run tasks.");
            describe_gauge!(TASKS, Unit::Count, "Tasks that are not at their end.");
            describe_gauge!(QUEUED, Unit::Count, "Tasks that wait for any thread.");
            describe_gauge!(
                BUSY,
                Unit::Seconds,
                "For how long threads have run tasks, all of them together."
            );
            describe_counter!(PARKED, Unit::Count, "How often threads have found nothing to do.");
        }
    }
}

/// What the runtime says of itself.
fn look_at(runtime: &RuntimeMetrics) {
    let workers = runtime.num_workers();
    gauge!(WORKERS).set(exactly(workers));
    gauge!(TASKS).set(exactly(runtime.num_alive_tasks()));
    gauge!(QUEUED).set(exactly(runtime.global_queue_depth()));
    let busy: f64 = (0..workers).map(|worker| runtime.worker_total_busy_duration(worker).as_secs_f64()).sum();
    gauge!(BUSY).set(busy);
    counter!(PARKED).absolute((0..workers).map(|worker| runtime.worker_park_count(worker)).sum());
}

/// A number of things, none of which comes near 2^53.
#[allow(clippy::cast_precision_loss, reason = "below 2^53 nothing is lost")]
const fn exactly(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests;
