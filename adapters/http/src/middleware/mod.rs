//! The front: what every request passes before and every answer after the rooms.
//!
//! One file per concern, one place where they are put in order. The order matters: a request has a name before
//! anything can go wrong with it, and an answer gets its header after everything that could have gone wrong.

mod headers;
mod limits;
mod network;
mod origin;
mod progress;

pub use network::{Network, NotANetwork};
pub use progress::Progress;

use crate::Settings;
use crate::oauth::OAuthError;
use crate::problem::Problem;
use application::Ids;
use domain::ids::RequestId;
use futures_util::FutureExt;
use poem::http::{Method, StatusCode, header};
use poem::{Endpoint, PathPattern, Request, Response};
use poem_openapi::OperationId;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// When to come back after a request that took too long.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Stands in front of everything else.
pub struct Front<E> {
    /// What stands behind it.
    pub inner: E,
    /// Names the requests.
    pub ids: Ids,
    /// How the service is set up.
    pub settings: Settings,
}

impl<E: Endpoint<Output = Response>> Endpoint for Front<E> {
    type Output = Response;

    async fn call(&self, mut request: Request) -> poem::Result<Response> {
        let started = Instant::now();
        let id = self.ids.request();
        let method = request.method().clone();
        request.set_method(limits::method(&method));
        let is_oauth = request.uri().path().starts_with("/oauth2/");
        let waits = request.headers().contains_key(header::EXPECT);
        let progress = Arc::new(Progress::default());
        request.set_data(origin::of(&request, &self.settings.trusted_proxies, id));
        request.set_data(Arc::clone(&progress));
        let body = progress.watch(request.take_body());
        request.set_body(body);
        let span = tracing::info_span!("request", request_id = %id);
        let outcome = self.pass_on(request, &progress).instrument(span.clone()).await;
        let (route, mut response) = match outcome {
            Ok(response) => (route(response.data(), response.data()), response),
            Err(error) => {
                let route = route(error.data(), error.data());
                (route, span.in_scope(|| self.explain(error, is_oauth, id)))
            }
        };
        // Who does not send the body before it is asked for needs no room for it, and who is late has had their time.
        if !waits && response.status() != StatusCode::REQUEST_TIMEOUT {
            progress.drain().await;
        }
        if method == Method::HEAD {
            response.set_body(());
        }
        headers::complete(response.headers_mut(), id, &self.settings.public_url);
        tracing::info!(
            method = method.as_str(),
            route,
            status = response.status().as_u16(),
            duration_us = started.elapsed().as_micros(),
            request_id = %id,
            user_id = progress.user().map(tracing::field::display),
            "answered"
        );
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
    fn explain(&self, error: poem::Error, is_oauth: bool, id: RequestId) -> Response {
        if error.is_from_response() {
            error.into_response()
        } else if is_oauth {
            OAuthError::from_error(error).respond()
        } else {
            Problem::from_error(error).respond(&self.settings.public_url, id)
        }
    }
}

/// What the log calls the address: the operation or the pattern, never the path itself, which may hold a secret.
fn route(operation: Option<&OperationId>, pattern: Option<&PathPattern>) -> String {
    match (operation, pattern) {
        (Some(operation), _) => operation.0.to_owned(),
        (None, Some(pattern)) => pattern.0.to_string(),
        (None, None) => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests;
