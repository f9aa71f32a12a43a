//! What operators ask the service: `/metrics` for Prometheus, and `/health` with all there is to know.
//!
//! On a listener of its own, because it is nobody else's business, and because it has to answer when everything else
//! waits. So nothing here waits for a database: what one has to be asked is asked by the [worker](crate::worker) and
//! kept, and the checks behind `/health` have a bound.

pub mod instruments;
pub mod manager;
pub mod measures;
pub mod reload;

mod detail;

use crate::failure::Failure;
use crate::process;
use crate::server::{self, App, Door, Entrance, Limits};
use crate::wiring::House;
use crate::worker::Board;
use ::telemetry::measurements::{self, Measurements};
use detail::Detail;
use domain::Timestamp;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, EndpointExt, Request, Response};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{Sender, channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Whoever asks here is one of few, and near.
const LIMITS: Limits = Limits {
    header_timeout: Duration::from_secs(5),
    idle_timeout: Duration::from_secs(75),
    write_timeout: Duration::from_secs(10),
    max_connections: 32,
    drain: Duration::ZERO,
    shutdown_grace: Duration::from_secs(1),
};

/// How often what was measured is put together, so that it does not grow for as long as nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);

/// The form of the text that Prometheus reads.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Where operators will ask, and what they will be told.
pub struct Desk {
    entrance: Entrance,
    measurements: Measurements,
}

impl Desk {
    /// Takes the address and begins to measure, where that is not switched off. To be called before anything else in the
    /// process counts: what was looked up before would go on counting for nobody.
    pub async fn take(listen: Option<SocketAddr>) -> Result<Option<Self>, Failure> {
        let Some(address) = listen else { return Ok(None) };
        let entrance = server::bind(Door::Operations, address).await?;
        let measurements = measurements::install().map_err(|error| Failure::of(&error))?;
        instruments::describe();
        measurements::tell_version(env!("CARGO_PKG_VERSION"));
        Ok(Some(Self { entrance, measurements }))
    }

    /// Where it is, as an address to ask.
    pub fn url(&self) -> Result<String, Failure> {
        Ok(format!("http://{}", self.entrance.address()?))
    }

    /// Answers from now on.
    pub fn open(self, house: Arc<House>, board: Arc<Board>) -> OpenDesk {
        let (stop, mut stops) = channel(1);
        let started_at = house.ground.ids.now().minus(process::age());
        let measurements = Arc::new(self.measurements);
        let counter = Arc::clone(&measurements);
        let app: App = Operations { house, board, measurements, started_at }.boxed();
        let serving = tokio::spawn(async move {
            tokio::select! {
                _ = server::serve(self.entrance, app, LIMITS, &mut stops, || {}) => {}
                () = keep_up(&counter) => {}
            }
        });
        OpenDesk { stop, serving }
    }
}

async fn keep_up(measurements: &Measurements) {
    let mut rounds = tokio::time::interval(UPKEEP);
    loop {
        rounds.tick().await;
        measurements.upkeep();
    }
}

/// Operators are answered until this is [closed](OpenDesk::close).
pub struct OpenDesk {
    stop: Sender<()>,
    serving: JoinHandle<()>,
}

impl OpenDesk {
    /// Ends it, once whoever has asked was answered.
    pub async fn close(self) {
        drop(self.stop);
        let _ = self.serving.await;
    }
}

/// The answers.
struct Operations {
    house: Arc<House>,
    board: Arc<Board>,
    measurements: Arc<Measurements>,
    started_at: Timestamp,
}

impl Operations {
    /// What was measured, with what can be seen without asking anybody.
    fn metrics(&self) -> Response {
        self.house.observe();
        if self.house.health.is_leaving() {
            instruments::ready(false);
        }
        answer(StatusCode::OK, EXPOSITION, self.measurements.render())
    }

    async fn health(&self) -> Response {
        let report = timeout(measures::PATIENCE, self.house.health.report()).await.ok();
        let (status, told) = Detail {
            started_at: self.started_at,
            uptime: process::age(),
            is_leaving: self.house.health.is_leaving(),
            report: report.as_deref(),
            duties: &self.board.read(),
        }
        .answer();
        answer(status, "application/json", format!("{told:#}\n"))
    }
}

impl Endpoint for Operations {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let is_question = matches!(*request.method(), Method::GET | Method::HEAD);
        Ok(match request.uri().path() {
            "/metrics" if is_question => self.metrics(),
            "/health" if is_question => self.health().await,
            "/metrics" | "/health" => {
                let mut refused =
                    answer(StatusCode::METHOD_NOT_ALLOWED, "text/plain", "ask with GET\n".to_owned());
                refused.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD"));
                refused
            }
            _ => {
                let text = "there is nothing here; ask for /metrics or /health\n";
                answer(StatusCode::NOT_FOUND, "text/plain", text.to_owned())
            }
        })
    }
}

fn answer(status: StatusCode, form: &'static str, body: String) -> Response {
    let head = Response::builder().status(status).content_type(form);
    head.header(header::CACHE_CONTROL, "no-store").body(body)
}

#[cfg(test)]
mod tests;
