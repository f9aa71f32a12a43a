use crate::trouble::{Trouble, chain};
use opentelemetry_http::hyper::HyperClient;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::{Builder, Runtime};

/// Carries spans to the collector, from a thread that belongs to nothing else.
///
/// The library's thread has no runtime, and its client needs one. So this brings a small one along, which runs only while
/// something is sent. The service's own stays out of it: it may be at its end, or have better things to do.
#[derive(Debug)]
pub(super) struct Courier {
    /// `None` at the very end.
    runtime: Option<Runtime>,
    client: HyperClient,
    trouble: Mutex<Trouble>,
}

impl Courier {
    pub(super) fn new(timeout: Duration) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let client = HyperClient::with_default_connector(timeout, None);
        Ok(Self { runtime: Some(runtime), client, trouble: Mutex::default() })
    }

    fn note(&self, failure: Option<String>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        match failure {
            Some(error) if trouble.begins(Instant::now()) => {
                tracing::warn!(error, "the collector for traces can't be reached; spans are left out");
            }
            None if trouble.ends() => tracing::info!("the collector for traces can be reached again"),
            _ => {}
        }
    }
}

#[async_trait::async_trait]
impl HttpClient for Courier {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let Some(runtime) = &self.runtime else {
            return Err("the end has come".into());
        };
        let answer = runtime.block_on(self.client.send_bytes(request));
        self.note(match &answer {
            Err(error) => Some(chain(error.as_ref())),
            Ok(answer) if !answer.status().is_success() => Some(format!("it answered {}", answer.status())),
            Ok(_) => None,
        });
        answer
    }
}

impl Drop for Courier {
    /// Leaves behind what still looks for a name.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
