//! Starting the service, in the order in which things can go wrong, and ending it.

use crate::config::{self, Config, Loaded, LogFormat, Report, Sources};
use crate::failure::Failure;
use crate::operations::{Desk, OpenDesk, instruments, manager, reload::Reload};
use crate::server::{self, Door, Ending, Entrance, Limits, Signals};
use crate::telemetry::{self, READY, READY_IN_FILES};
use crate::wiring::House;
use crate::worker::Worker;
use crate::{memory, output, process};
use ::telemetry::Telemetry;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::Receiver;

/// How long a connection may lie between two requests. Proxies keep theirs for a minute: it should be they who close,
/// because they know whether a request is on its way.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long the end waits for the work beside answering, and for what was noted last to be written down.
const FAREWELL: Duration = Duration::from_secs(3);
/// The same when somebody is in a hurry.
const HURRY: Duration = Duration::from_millis(500);

/// Where everybody comes in, and where operators ask.
struct Doors {
    entrance: Entrance,
    desk: Option<Desk>,
}

impl Doors {
    /// Takes both addresses. From then on port 0 is a number that links can be made of.
    async fn take(config: &Config) -> Result<Self, Failure> {
        let entrance = server::bind(Door::Service, config.server.listen).await?;
        let desk = Desk::take(config.metrics_listen).await?;
        Ok(Self { entrance, desk })
    }
}

/// Runs the service until it is told to stop.
pub async fn run(sources: Sources) -> Result<(), Failure> {
    let Loaded { config, report, warnings } = config::load(&sources)?;
    // Before anything is opened, so that a second Xtrem stops here; and before anything counts, because what does so while
    // there is nobody to count for goes on counting for nobody.
    let doors = Doors::take(&config).await?;
    let telling = telemetry::start(&config).map_err(|error| Failure::of(&error))?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    let ended = live(&sources, config, report, doors, &telling).await;
    telling.close(FAREWELL);
    ended
}

/// Opens the house, lets the world in, and closes it again.
async fn live(
    sources: &Sources,
    config: Config,
    in_force: Report,
    Doors { entrance, desk }: Doors,
    telling: &Telemetry,
) -> Result<(), Failure> {
    let address = entrance.address()?;
    let public_url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let house = Arc::new(House::open(&config, &public_url, config.passwords.workers).await?);
    house.keys.open().await.map_err(|error| Failure::of(&error))?;
    let app = house.app(&config, &public_url, telling.joins_traces());
    let setup = house.admin.setup_link().await.map_err(|error| Failure::of(&error))?;
    let setup = setup.map(|secret| format!("{public_url}/setup/{}", secret.expose()));
    let Signals { mut stops, reloads } = server::listen_for_signals(sources.terminal)?;
    let metrics = desk.as_ref().map(Desk::url).transpose()?;
    announce(config.log.format, &public_url, setup.as_deref(), metrics.as_deref())?;
    let worker = Worker::start(Arc::clone(&house), desk.is_some());
    let desk = desk.map(|desk| desk.open(Arc::clone(&house), worker.board()));
    manager::keep_alive();
    memory::give_back();
    let set_filter = |filter: &str| telling.set_filter(filter);
    let reload = Reload { sources, in_force, filter: config.log.filter.clone(), set_filter: &set_filter };
    let leave = || leave(&house, config.server.drain);
    let ending = tokio::select! {
        ending = server::serve(entrance, app, limits(&config), &mut stops, leave) => ending,
        never = reload.follow(reloads) => match never {},
    };
    farewell(ending, worker, &house, desk, &mut stops).await;
    tracing::info!(?ending, "stopped");
    Ok(())
}

fn limits(config: &Config) -> Limits {
    Limits {
        header_timeout: config.server.header_timeout,
        idle_timeout: IDLE_TIMEOUT,
        write_timeout: config.server.request_timeout,
        max_connections: config.server.max_connections,
        drain: config.server.drain,
        shutdown_grace: config.server.shutdown_grace,
    }
}

/// Says that the service is ready, and where: to a person as some lines, to a program as one. Files get one in either
/// case, without the link.
fn announce(
    format: LogFormat,
    public_url: &str,
    setup: Option<&str>,
    metrics: Option<&str>,
) -> Result<(), Failure> {
    let (took, version) = (process::age(), env!("CARGO_PKG_VERSION"));
    instruments::started(took);
    manager::ready();
    let start_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(target: READY_IN_FILES, url = public_url, metrics, version, start_ms, "ready");
    if format == LogFormat::Json {
        tracing::info!(target: READY, url = public_url, setup_link = setup, metrics, version, start_ms, "ready");
        return Ok(());
    }
    let mut lines = vec![
        String::new(),
        format!("Xtrem {version} is ready after {start_ms} ms. Ctrl-C stops it."),
        format!("pages   {public_url}/"),
        format!("API     {public_url}/docs"),
    ];
    lines.extend(metrics.map(|url| format!("metrics {url}/metrics")));
    if let Some(link) = setup {
        lines.push(format!("first administrator   {link}"));
        lines.push("(whoever opens this link first becomes the administrator; it works once)".to_owned());
    }
    lines.push(String::new());
    Ok(output::line(lines.join("\n"))?)
}

/// Says on all ways that the service is about to stop.
fn leave(house: &House, drain: Duration) {
    house.health.leave();
    manager::stopping();
    if drain.is_zero() {
        tracing::info!("stopping: no new connections, finishing what is in flight");
    } else {
        let seconds = drain.as_secs();
        tracing::info!(seconds, "stopping: readiness says no, and requests are still taken for so long");
    }
}

/// Ends the work beside answering and closes the databases. Operators are answered until then. Where something was cut off,
/// somebody is in a hurry; the databases lose nothing by it.
async fn farewell(
    ending: Ending,
    worker: Worker,
    house: &House,
    desk: Option<OpenDesk>,
    stops: &mut Receiver<()>,
) {
    if ending == Ending::CutOff {
        return worker.stop(HURRY).await;
    }
    let in_order = async {
        worker.stop(FAREWELL).await;
        house.close().await;
        if let Some(desk) = desk {
            desk.close().await;
        }
    };
    tokio::select! {
        () = in_order => {}
        Some(()) = stops.recv() => tracing::warn!("told to stop a second time; what was noted last may be lost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    /// What is told by whoever says that the service is ready.
    fn announced(format: LogFormat) -> String {
        let (mut told, paper) = std::io::pipe().unwrap();
        let log =
            tracing_subscriber::fmt().with_ansi(false).with_writer(std::sync::Mutex::new(paper)).finish();
        tracing::subscriber::with_default(log, || {
            announce(format, "http://here", Some("http://here/setup/hunter2"), Some("http://there")).unwrap();
        });
        let mut text = String::new();
        told.read_to_string(&mut text).unwrap();
        text
    }

    #[test]
    fn files_are_told_in_either_form_and_never_the_link_of_the_first_administrator() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let text = announced(format);
            let in_files = |line: &&str| line.contains(&format!(" {READY_IN_FILES}: ready"));
            let (in_files, others): (Vec<_>, Vec<_>) = text.lines().partition(in_files);
            let [line] = &in_files[..] else { panic!("{text}") };
            for expected in ["url=\"http://here\"", "metrics=\"http://there\"", "version=", "start_ms="] {
                assert!(line.contains(expected), "{line}");
            }
            assert!(!line.contains("hunter2") && !line.contains("setup"), "{line}");
            assert_eq!(others.len(), usize::from(format == LogFormat::Json), "{text}");
            assert!(
                others.iter().all(|line| line.contains(&format!(" {READY}: ")) && line.contains("hunter2"))
            );
        }
    }
}
