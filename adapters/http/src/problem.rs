//! Every error as RFC 9457 tells it: the only place where a fault or an error of the framework gets a status.
//!
//! A problem travels as an error through the layers of the server and takes its final form once, in the front
//! (`middleware`), where the request's id is known. Its texts are this service's own: nothing that was sent is in
//! them, except the name of a member that a form does not know.

use crate::form::FieldError;
use crate::json::Malformed;
use application::fault::{Describe, Fault, FaultKind, chain};
use domain::access::{Reason, Scope};
use domain::ids::RequestId;
use poem::error::ResponseError;
use poem::http::{HeaderName, HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::Object;
use poem_openapi::error::ParsePathError;
use poem_openapi::types::ToJSON;
use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;
use uuid::Uuid;

/// An error that knows its answer.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// The stable name of what went wrong.
    pub code: &'static str,
    /// One sentence for a person.
    pub detail: Cow<'static, str>,
    /// What is wrong with each member of a form.
    pub errors: Vec<FieldError>,
    /// What the answer says in its header.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Why somebody was refused, where it was that; told to nobody but the audit trail.
    pub cause: Option<Cause>,
}

/// Why somebody was refused, and what they would have needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The scope.
    pub needed: Option<Scope>,
    /// Why.
    pub reason: Reason,
}

impl Problem {
    /// A problem of that name.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, detail: detail.into(), errors: Vec::new(), headers: Vec::new(), cause: None }
    }

    /// The problem that a status alone tells: what the framework and the front refuse.
    pub fn of(status: StatusCode) -> Self {
        let (status, code, detail) = match status {
            StatusCode::NOT_FOUND => (status, "not-found", "There is nothing here."),
            StatusCode::METHOD_NOT_ALLOWED => {
                (status, "method-not-allowed", "This address does not take that method.")
            }
            StatusCode::NOT_ACCEPTABLE => {
                (status, "not-acceptable", "This is only sent compressed with gzip; accept that coding.")
            }
            StatusCode::REQUEST_TIMEOUT => {
                (status, "request-timeout", "The request took too long to arrive. Send it again.")
            }
            StatusCode::PAYLOAD_TOO_LARGE => (status, "body-too-large", "The body may hold at most 64 KiB."),
            StatusCode::URI_TOO_LONG => (status, "address-too-long", "The address may hold at most 8 KiB."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => {
                (status, "unsupported-media-type", "The body must be JSON in UTF-8, sent as it is.")
            }
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE => {
                (status, "header-too-large", "The header may hold at most 32 KiB.")
            }
            StatusCode::NOT_IMPLEMENTED => (status, "not-implemented", "No address here knows that method."),
            StatusCode::SERVICE_UNAVAILABLE => (
                status,
                "unavailable",
                "This took too long. Nothing is half done; try again in a few seconds.",
            ),
            _ if status.is_client_error() => (status, "bad-request", "The request can't be understood."),
            _ => (StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong on our side."),
        };
        Self::new(status, code, detail)
    }

    /// A body that is not a JSON object.
    pub fn malformed(why: Malformed) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed-json", why.to_string())
    }

    /// A form with mistakes.
    pub fn invalid(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::from_fault(Fault::invalid(Vec::new())) }
    }

    /// What a fault tells.
    pub fn from_fault(fault: Fault) -> Self {
        let status = match fault.kind {
            FaultKind::Invalid => StatusCode::BAD_REQUEST,
            FaultKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            FaultKind::Forbidden => StatusCode::FORBIDDEN,
            FaultKind::Missing => StatusCode::NOT_FOUND,
            FaultKind::Conflict => StatusCode::CONFLICT,
            FaultKind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            FaultKind::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            FaultKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        };
        let problem = Self {
            errors: fault.violations.iter().map(FieldError::from).collect(),
            cause: fault.reason.map(|reason| Cause { needed: fault.scope, reason }),
            ..Self::new(status, fault.code, fault.detail)
        };
        match (fault.kind, fault.scope) {
            (FaultKind::TooMany { retry_after } | FaultKind::Unavailable { retry_after }, _) => {
                problem.retry_after(retry_after)
            }
            (FaultKind::Unauthenticated, _) => {
                let challenge = match fault.code {
                    "invalid-token" => "Bearer error=\"invalid_token\"",
                    _ => "Bearer",
                };
                problem.with(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge))
            }
            (FaultKind::Forbidden, Some(scope)) => {
                let challenge = format!("Bearer error=\"insufficient_scope\", scope=\"{}\"", scope.name());
                match HeaderValue::from_str(&challenge) {
                    Ok(challenge) => problem.with(header::WWW_AUTHENTICATE, challenge),
                    Err(_) => problem,
                }
            }
            _ => problem,
        }
    }

    /// What any error of the framework tells; a problem stays what it is.
    pub fn from_error(error: poem::Error) -> Self {
        let error = match error.downcast::<Self>() {
            Ok(problem) => return problem,
            Err(error) => error,
        };
        // The framework reads nothing but identifiers in paths, and what is none names nothing.
        if error.downcast_ref::<ParsePathError>().is_some() {
            return Self::of(StatusCode::NOT_FOUND);
        }
        if error.status().is_server_error() {
            tracing::error!(error = %chain(&error), "a request failed");
        }
        Self::of(error.status())
    }

    /// The same with one more line in the header of the answer.
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The same with the time to wait (RFC 9110, section 10.2.3), in whole seconds, at least one.
    pub fn retry_after(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.with(header::RETRY_AFTER, seconds.max(1).into())
    }

    /// The answer.
    pub fn respond(self, public_url: &str, request_id: RequestId) -> Response {
        let errors = self.errors.into_iter().map(MemberProblem::from).collect::<Vec<_>>();
        let view = ProblemView {
            r#type: format!("{public_url}/problems/{}", self.code),
            title: title(self.code),
            status: self.status.as_u16(),
            detail: self.detail.into_owned(),
            code: self.code.to_owned(),
            request_id: request_id.as_uuid(),
            errors: (!errors.is_empty()).then_some(errors),
        };
        let mut response = Response::builder()
            .status(self.status)
            .content_type(MEDIA_TYPE)
            .body(view.to_json().unwrap_or_default().to_string());
        response.headers_mut().extend(self.headers);
        response
    }
}

/// The media type of a problem (RFC 9457, section 3).
pub const MEDIA_TYPE: &str = "application/problem+json";

/// The name of a problem as a person reads it: the same for every problem of that name.
fn title(code: &str) -> String {
    let words = code.split('-').map(|word| if word == "json" { "JSON" } else { word });
    let words = words.collect::<Vec<_>>().join(" ");
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}", first.to_uppercase(), letters.as_str()))
}

/// What an error of a use case tells the outside; what it keeps back goes into the log.
impl<E: Describe + 'static> From<E> for Problem {
    fn from(error: E) -> Self {
        let fault = error.fault();
        match fault.kind {
            FaultKind::Internal => tracing::error!(error = %chain(&error), "a use case failed"),
            FaultKind::Unavailable { .. } => tracing::warn!(error = %chain(&error), "a use case gave up"),
            _ => {}
        }
        Self::from_fault(fault)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code)
    }
}

impl Error for Problem {}

impl ResponseError for Problem {
    fn status(&self) -> StatusCode {
        self.status
    }

    /// Only where nobody turns it into its final form on the way out.
    fn as_response(&self) -> Response {
        self.status.into_response()
    }
}

/// What went wrong (RFC 9457).
#[derive(Debug, Object)]
#[oai(rename = "Problem")]
pub struct ProblemView {
    /// A stable address that names this kind of problem; it ends in the code.
    r#type: String,
    /// The name of this kind of problem in words.
    title: String,
    /// The status of the answer.
    status: u16,
    /// What happened this time, and what to do about it.
    detail: String,
    /// The stable name of this kind of problem.
    code: String,
    /// Names this request; whoever runs the service finds it in the log by this.
    request_id: Uuid,
    /// What is wrong with each member of the form, all of it at once.
    #[oai(skip_serializing_if_is_none)]
    errors: Option<Vec<MemberProblem>>,
}

/// What is wrong with one member of a form.
#[derive(Debug, Object)]
pub struct MemberProblem {
    /// Where it stands in the body (a JSON pointer, RFC 6901).
    pointer: String,
    /// The stable name of the rule that it breaks.
    code: String,
    /// The rule in words; follows on the name of the member.
    detail: String,
}

impl From<FieldError> for MemberProblem {
    fn from(error: FieldError) -> Self {
        Self { pointer: error.pointer, code: error.code.to_owned(), detail: error.detail.into_owned() }
    }
}

#[cfg(test)]
mod tests;
