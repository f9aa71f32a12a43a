//! Errors as RFC 6749, section 5.2, wants them: the only second table of errors in the house. It stands on the
//! first one, `problem.rs`, and gives its statuses other names.

use crate::answer::{JSON, content, described, line};
use crate::problem::{Cause, Problem};
use application::fault::Describe;
use domain::violation::FieldViolation;
use poem::error::ResponseError;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// An error that knows its answer.
#[derive(Clone, Debug)]
pub struct OAuthError {
    status: StatusCode,
    error: &'static str,
    description: Cow<'static, str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// Why somebody was refused, where it was that.
    pub cause: Option<Cause>,
}

impl OAuthError {
    fn new(error: &'static str, description: impl Into<Cow<'static, str>>) -> Self {
        let status = StatusCode::BAD_REQUEST;
        Self { status, error, description: description.into(), headers: Vec::new(), cause: None }
    }

    /// The request is not what it must be.
    pub fn invalid_request(description: impl Into<Cow<'static, str>>) -> Self {
        Self::new("invalid_request", description)
    }

    /// A parameter is missing.
    pub fn missing(parameter: &'static str) -> Self {
        Self::invalid_request(format!("The parameter {parameter} is required."))
    }

    /// A form that no log-in can be tried with.
    pub fn invalid(broken: &[FieldViolation]) -> Self {
        let told = broken.iter().map(|broken| {
            // The form calls it as the standard does; the domain knows it by its own name.
            let name = if broken.field == "login" { "username" } else { broken.field };
            format!("{name} {}", broken.violation)
        });
        Self::invalid_request(format!("{}.", told.collect::<Vec<_>>().join("; ")))
    }

    /// Nobody knows this client, or not like this. The challenge is there in any case: a client that has tried
    /// the header must get it, and the others are not harmed.
    pub fn invalid_client() -> Self {
        let mut error = Self::new("invalid_client", "This client is not known, or not with this secret.");
        error.status = StatusCode::UNAUTHORIZED;
        let challenge = HeaderValue::from_static("Basic realm=\"xtrem\", charset=\"UTF-8\"");
        error.headers.push((header::WWW_AUTHENTICATE, challenge));
        error
    }

    /// A grant that this client can't use or that does not exist.
    pub fn unsupported_grant_type() -> Self {
        Self::new("unsupported_grant_type", "The grants are password and refresh_token.")
    }

    /// A scope that does not exist.
    pub fn invalid_scope() -> Self {
        Self::new("invalid_scope", "A scope was asked for that does not exist.")
    }

    /// What any error of the framework tells under `/oauth2`.
    pub fn from_error(error: poem::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(error) => Problem::from_error(error).into(),
        }
    }

    /// The answer; nobody on the way may keep it.
    pub fn respond(self) -> Response {
        let view =
            OAuthErrorView { error: self.error.to_owned(), error_description: self.description.into() };
        let mut response = Response::builder()
            .status(self.status)
            .content_type(JSON)
            .header(header::CACHE_CONTROL, "no-store")
            .header(header::PRAGMA, "no-cache")
            .body(view.to_json().unwrap_or_default().to_string());
        response.headers_mut().extend(self.headers);
        response
    }
}

impl From<Problem> for OAuthError {
    fn from(problem: Problem) -> Self {
        let problem = match problem.status {
            // Two who refresh at the same moment: the standard knows no conflict, only another time.
            StatusCode::CONFLICT => Problem { status: StatusCode::SERVICE_UNAVAILABLE, ..problem }
                .retry_after(Duration::from_secs(1)),
            _ => problem,
        };
        let Problem { status, code, detail: description, mut headers, cause, .. } = problem;
        let (status, error) = match (code, status) {
            ("invalid-credentials" | "invalid-grant" | "account-suspended", _) => {
                // A challenge for a token would be the wrong one here.
                headers.retain(|(name, _)| *name != header::WWW_AUTHENTICATE);
                (StatusCode::BAD_REQUEST, "invalid_grant")
            }
            ("invalid-scope", _) => (StatusCode::BAD_REQUEST, "invalid_scope"),
            // Where a token proves who asks (RFC 7662, section 2.3), it fails as RFC 6750, section 3.1, says.
            ("unauthenticated", _) => (status, "invalid_client"),
            ("invalid-token", _) => (status, "invalid_token"),
            ("insufficient-scope", _) => (status, "insufficient_scope"),
            // Registered by RFC 8628, section 3.5, for just this.
            (_, StatusCode::TOO_MANY_REQUESTS) => (status, "slow_down"),
            (_, StatusCode::SERVICE_UNAVAILABLE) => (status, "temporarily_unavailable"),
            _ if status.is_server_error() => (status, "server_error"),
            _ => (status, "invalid_request"),
        };
        Self { status, error, description, headers, cause }
    }
}

impl<E: Describe + 'static> From<E> for OAuthError {
    fn from(error: E) -> Self {
        Problem::from(error).into()
    }
}

impl fmt::Display for OAuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.error)
    }
}

impl Error for OAuthError {}

impl ResponseError for OAuthError {
    fn status(&self) -> StatusCode {
        self.status
    }

    /// Only where nobody turns it into its final form on the way out.
    fn as_response(&self) -> Response {
        self.status.into_response()
    }
}

/// Why there are no tokens (RFC 6749, section 5.2).
#[derive(Debug, Object)]
#[oai(rename = "OAuthError")]
struct OAuthErrorView {
    /// The name of the error.
    error: String,
    /// What happened, and what to do about it.
    error_description: String,
}

impl OAuthError {
    /// Describes the two ways to fail of an operation that asks for a token.
    pub fn token_refused() -> [MetaResponse; 2] {
        let challenge =
            || vec![line("WWW-Authenticate", "string", "How to prove who you are (RFC 6750, section 3).")];
        [
            told(
                401,
                "The token is missing, not valid, or no longer: `invalid_client`, `invalid_token`.",
                challenge(),
            ),
            told(403, "The token or the role does not reach that far: `insufficient_scope`.", challenge()),
        ]
    }
}

fn told(status: u16, description: &'static str, headers: Vec<MetaHeader>) -> MetaResponse {
    MetaResponse {
        content: content::<OAuthErrorView>(JSON),
        headers,
        status: Some(status),
        ..described(StatusCode::OK, description)
    }
}

impl ApiResponse for OAuthError {
    fn meta() -> MetaResponses {
        let wait = || vec![line("Retry-After", "integer", "How many seconds to wait.")];
        let challenge = vec![line("WWW-Authenticate", "string", "How a client proves which it is.")];
        let ways = [
            (
                400,
                "`invalid_request`; for want of a grant `invalid_grant`, `invalid_scope`, `unsupported_grant_type`.",
                vec![],
            ),
            (401, "`invalid_client`.", challenge),
            (408, "The form took too long to arrive: `invalid_request`.", vec![]),
            (413, "The form holds more than 64 KiB: `invalid_request`.", vec![]),
            (429, "Too many attempts: `slow_down`.", wait()),
            (500, "Something went wrong on our side: `server_error`.", vec![]),
            (503, "Not now: `temporarily_unavailable`.", wait()),
        ];
        let told = |(status, description, headers)| told(status, description, headers);
        MetaResponses { responses: ways.into_iter().map(told).collect() }
    }

    fn register(registry: &mut Registry) {
        OAuthErrorView::register(registry);
    }
}
