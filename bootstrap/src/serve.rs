//! Starting the service, in the order in which things can go wrong, and ending it.

use crate::config::{Loaded, LogFormat};
use crate::failure::Failure;
use crate::output;
use crate::server::{self, Ending, Limits};
use crate::telemetry::{self, READY, Stream};
use crate::wiring::House;
use crate::worker::Worker;
use std::sync::Arc;
use std::time::Duration;

/// How long a connection may lie between two requests. Proxies keep theirs for a minute: it should be they who close,
/// because they know whether a request is on its way.
const IDLE_TIMEOUT: Duration = Duration::from_secs(75);

/// How long the end waits for the work beside answering, and for what was noted last to be written down.
const FAREWELL: Duration = Duration::from_secs(3);
/// The same when somebody is in a hurry.
const HURRY: Duration = Duration::from_millis(500);

/// Runs the service until it is told to stop.
pub async fn run(loaded: Loaded) -> Result<(), Failure> {
    let Loaded { config, warnings, .. } = loaded;
    telemetry::start(&config.log, Stream::Output);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    // First of all, so that a second Xtrem stops here, and port 0 has become a number that links can be made of.
    let listener = server::bind(config.server.listen).await?;
    let address = listener.local_addr()?;
    let public_url = config.server.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let house = Arc::new(House::open(&config, &public_url, config.passwords.workers).await?);
    house.keys.open().await.map_err(|error| Failure::of(&error))?;
    let app = house.app(&config, &public_url);
    let setup = house.admin.setup_link().await.map_err(|error| Failure::of(&error))?;
    let setup = setup.map(|secret| format!("{public_url}/setup/{}", secret.expose()));
    let mut stops = server::listen_for_stops()?;
    announce(config.log.format, &public_url, setup.as_deref())?;
    let limits = Limits {
        header_timeout: config.server.header_timeout,
        idle_timeout: IDLE_TIMEOUT,
        write_timeout: config.server.request_timeout,
        max_connections: config.server.max_connections,
        shutdown_grace: config.server.shutdown_grace,
    };
    let worker = Worker::start(Arc::clone(&house));
    let ending = server::serve(listener, app, limits, &mut stops).await;
    // Where something was cut off, somebody is in a hurry; the databases lose nothing by it.
    match ending {
        Ending::Drained => {
            worker.stop(FAREWELL).await;
            house.close().await;
        }
        Ending::CutOff => worker.stop(HURRY).await,
    }
    tracing::info!(?ending, "stopped");
    Ok(())
}

/// Says that the service is ready, and where: to a person as three lines, to a program as one.
fn announce(format: LogFormat, public_url: &str, setup: Option<&str>) -> Result<(), Failure> {
    if format == LogFormat::Json {
        tracing::info!(target: READY, url = public_url, setup_link = setup, version = env!("CARGO_PKG_VERSION"), "ready");
        return Ok(());
    }
    let mut lines = vec![
        String::new(),
        format!("Xtrem {} is ready. Ctrl-C stops it.", env!("CARGO_PKG_VERSION")),
        format!("pages   {public_url}/"),
        format!("API     {public_url}/docs"),
    ];
    if let Some(link) = setup {
        lines.push(format!("first administrator   {link}"));
        lines.push("(whoever opens this link first becomes the administrator; it works once)".to_owned());
    }
    lines.push(String::new());
    Ok(output::line(lines.join("\n"))?)
}
