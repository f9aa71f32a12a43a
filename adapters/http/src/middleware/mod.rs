//! The front: what every request passes before and every answer after the rooms.
//!
//! One file per concern, one place where they are put in order. The order matters: a request has a name before
//! anything can go wrong with it, and an answer gets its header after everything that could have gone wrong.

mod address;
mod headers;
mod limits;
mod network;
mod origin;
mod progress;
mod told;
mod trace;

pub use network::{Network, NotANetwork};
pub use progress::Progress;
pub use trace::{JoinTrace, TraceParent};

use crate::Settings;
use crate::instruments::{self, Figures};
use crate::oauth::OAuthError;
use crate::problem::{Cause, Problem};
use address::Address;
use application::Ids;
use application::access::{AccessService, Refused};
use domain::ids::RequestId;
use futures_util::FutureExt;
use poem::http::{StatusCode, header};
use poem::{Endpoint, Request, Response};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use told::Telling;
use tracing::Instrument;

/// When to come back after a request that took too long.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Stands in front of everything else.
pub struct Front<E> {
    /// What stands behind it.
    pub inner: E,
    /// Hears of every refusal.
    pub access: Arc<AccessService>,
    /// Names the requests.
    pub ids: Ids,
    /// How the service is set up.
    pub settings: Settings,
    /// What every request is noted in.
    pub figures: Figures,
}

impl<E: Endpoint<Output = Response>> Endpoint for Front<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let id = self.ids.request();
        let method = request.method().clone();
        let progress = Arc::new(Progress::of(&method));
        let (headers, join) = (request.headers(), self.settings.join_trace.as_ref());
        let telling = Telling::begin(&self.figures, id, &method, headers, join, Arc::clone(&progress));
        request.set_method(limits::method(&method));
        let is_oauth = request.uri().path().starts_with("/oauth2/");
        let waits = request.headers().contains_key(header::EXPECT);
        let origin = origin::of(&request, &self.settings.trusted_proxies, id);
        request.set_data(origin.clone());
        request.set_data(Arc::clone(&progress));
        let body = progress.watch(request.take_body());
        request.set_body(body);
        let outcome = self.pass_on(request, &progress).instrument(telling.span().clone()).await;
        let (address, mut response) = match outcome {
            Ok(response) => (Address::of(&progress, response.data()), response),
            Err(error) => {
                let address = Address::of(&progress, error.data());
                (address, telling.span().in_scope(|| self.explain(error, is_oauth, id, &progress)))
            }
        };
        if let Some(refused) = response.data::<Refused>() {
            self.access.refused(&origin, &address.operation(&method), refused);
        }
        // Who does not send the body before it is asked for needs no room for it, and who is late has had their time.
        if !waits && response.status() != StatusCode::REQUEST_TIMEOUT {
            progress.drain().await;
        }
        if progress.is_header_only() {
            response.set_body(());
        }
        headers::complete(response.headers_mut(), id, &self.settings.public_url);
        telling.end(&address, response.status());
        Ok(response)
    }
}

impl<E: Endpoint<Output = Response>> Front<E> {
    /// Lets the rooms answer, within the time there is. A panic in them is the end of this request and of
    /// nothing else.
    async fn pass_on(&self, request: Request, progress: &Progress) -> poem::Result<Response> {
        limits::check(&request)?;
        let work = AssertUnwindSafe(self.inner.call(request)).catch_unwind();
        match tokio::time::timeout(self.settings.request_timeout, work).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(_)) => {
                instruments::panicked();
                tracing::error!("a request panicked");
                Err(Problem::of(StatusCode::INTERNAL_SERVER_ERROR).into())
            }
            // Whose fault it is shows in what was waited for: a body that does not come is the client's
            // (RFC 9110, section 15.5.9), anything else is ours (section 15.6.4).
            Err(_) if progress.is_reading() => Err(Problem::of(StatusCode::REQUEST_TIMEOUT).into()),
            Err(_) => {
                tracing::warn!("a request took too long");
                Err(Problem::of(StatusCode::SERVICE_UNAVAILABLE).retry_after(RETRY_AFTER).into())
            }
        }
    }

    /// Gives an error its final form. What has one, as a page may, keeps it.
    fn explain(&self, error: poem::Error, is_oauth: bool, id: RequestId, progress: &Progress) -> Response {
        if error.is_from_response() {
            return error.into_response();
        }
        let (cause, mut response) = if is_oauth {
            let error = OAuthError::from_error(error);
            (error.cause, error.respond())
        } else {
            let problem = Problem::from_error(error);
            (problem.cause, problem.respond(&self.settings.public_url, id))
        };
        if let Some(Cause { needed, reason }) = cause {
            response.set_data(Refused { evidence: progress.evidence(), needed, reason });
        }
        response
    }
}

#[cfg(test)]
mod tests;
