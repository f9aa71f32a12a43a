//! How answers are written and, from the same place, how the API document describes them.
//!
//! `poem-openapi`'s own payloads name their media type `application/json; charset=utf-8`, which generators take for
//! the media type itself; JSON has no such parameter (RFC 8259, section 11).

use crate::problem::{self, Problem, ProblemView};
use application::fault::Describe;
use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, MetaSchema, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, registry::MetaSchemaRef};
use serde::Serialize;

/// The media type of JSON.
pub const JSON: &str = "application/json";

/// Describes an answer.
pub fn described(status: StatusCode, description: &'static str) -> MetaResponse {
    MetaResponse {
        description,
        status: Some(status.as_u16()),
        status_range: None,
        content: Vec::new(),
        headers: Vec::new(),
    }
}

/// Describes content.
pub fn content<T: Type>(content_type: &'static str) -> Vec<MetaMediaType> {
    vec![MetaMediaType { content_type, schema: T::schema_ref() }]
}

/// Describes a line of the header.
pub fn line(name: &str, ty: &'static str, description: &str) -> MetaHeader {
    MetaHeader {
        name: name.to_owned(),
        description: Some(description.to_owned()),
        required: true,
        deprecated: false,
        schema: MetaSchemaRef::Inline(Box::new(MetaSchema::new(ty))),
    }
}

/// 200 with a value.
pub struct Json<T>(pub T);

impl<T: ToJSON> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        Response::builder().content_type(JSON).body(self.0.to_json().unwrap_or_default().to_string())
    }
}

impl<T: ToJSON> ApiResponse for Json<T> {
    fn meta() -> MetaResponses {
        let found = MetaResponse { content: content::<T>(JSON), ..described(StatusCode::OK, "Here it is.") };
        MetaResponses { responses: vec![found] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 200 with a value that is asked for all the time: written straight to bytes, where [`Json`] makes a tree of it first.
pub struct Straight<T>(pub T);

impl<T: Serialize + Send> IntoResponse for Straight<T> {
    fn into_response(self) -> Response {
        // What is served here is written in less, but for a long text in a profile.
        let mut text = Vec::with_capacity(1024);
        match serde_json::to_writer(&mut text, &self.0) {
            Ok(()) => Response::builder().content_type(JSON).body(text),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written");
                poem::Error::from(Problem::of(StatusCode::INTERNAL_SERVER_ERROR)).into_response()
            }
        }
    }
}

impl<T: ToJSON + Serialize> ApiResponse for Straight<T> {
    fn meta() -> MetaResponses {
        Json::<T>::meta()
    }

    fn register(registry: &mut Registry) {
        Json::<T>::register(registry);
    }
}

/// 201 with a value and its address.
pub struct Created<T> {
    /// Where it is from now on.
    pub location: String,
    /// What was made.
    pub value: T,
}

impl<T: ToJSON> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.value).into_response();
        response.set_status(StatusCode::CREATED);
        if let Ok(location) = HeaderValue::try_from(self.location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl<T: ToJSON> ApiResponse for Created<T> {
    fn meta() -> MetaResponses {
        let made = MetaResponse {
            content: content::<T>(JSON),
            headers: vec![line("Location", "string", "Where it is from now on.")],
            ..described(StatusCode::CREATED, "It was made.")
        };
        MetaResponses { responses: vec![made] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 201 with a value that has no address of its own.
pub struct Issued<T>(pub T);

impl<T: ToJSON> IntoResponse for Issued<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        response.set_status(StatusCode::CREATED);
        response
    }
}

impl<T: ToJSON> ApiResponse for Issued<T> {
    fn meta() -> MetaResponses {
        let made = MetaResponse {
            content: content::<T>(JSON),
            ..described(StatusCode::CREATED, "It was made, and is shown this once.")
        };
        MetaResponses { responses: vec![made] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

/// 204.
pub struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

impl ApiResponse for Done {
    fn meta() -> MetaResponses {
        let done = described(StatusCode::NO_CONTENT, "It is done; there is nothing to say.");
        MetaResponses { responses: vec![done] }
    }

    fn register(_: &mut Registry) {}
}

/// 401 because of what the body says, not for want of a token.
pub const UNAUTHENTICATED: u8 = 1;
/// 403 for another reason than a missing scope.
pub const FORBIDDEN: u8 = 1 << 1;
/// 409.
pub const CONFLICT: u8 = 1 << 2;
/// 429.
pub const TOO_MANY: u8 = 1 << 3;
/// 404 because of what the body says, not because of the address.
pub const MISSING: u8 = 1 << 4;

/// A problem of an operation that can fail in these ways, beside those that every operation has
/// (`operations.rs`): the sum of the constants above.
pub struct Failure<const WAYS: u8>(Problem);

impl<const WAYS: u8> From<Problem> for Failure<WAYS> {
    fn from(problem: Problem) -> Self {
        Self(problem)
    }
}

impl<E: Describe + 'static, const WAYS: u8> From<E> for Failure<WAYS> {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl<const WAYS: u8> From<Failure<WAYS>> for poem::Error {
    fn from(failure: Failure<WAYS>) -> Self {
        failure.0.into()
    }
}

impl<const WAYS: u8> ApiResponse for Failure<WAYS> {
    fn meta() -> MetaResponses {
        let ways = [
            (UNAUTHENTICATED, StatusCode::UNAUTHORIZED, "Name and password do not belong together."),
            (FORBIDDEN, StatusCode::FORBIDDEN, "It is known who asks, and they may not."),
            (MISSING, StatusCode::NOT_FOUND, "There is no such thing, or no longer."),
            (CONFLICT, StatusCode::CONFLICT, "It clashes with what is there."),
            (TOO_MANY, StatusCode::TOO_MANY_REQUESTS, "There were too many attempts."),
        ];
        let responses = ways.into_iter().filter(|(way, ..)| WAYS & way != 0);
        MetaResponses { responses: responses.map(|(_, status, text)| told(status, text)).collect() }
    }

    fn register(registry: &mut Registry) {
        ProblemView::register(registry);
    }
}

/// Describes a problem, with the lines of the header that its status comes with.
pub fn told(status: StatusCode, description: &'static str) -> MetaResponse {
    let headers = match status {
        StatusCode::UNAUTHORIZED => {
            vec![line("WWW-Authenticate", "string", "How to prove who you are (RFC 6750, section 3).")]
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            vec![line("Retry-After", "integer", "How many seconds to wait.")]
        }
        _ => Vec::new(),
    };
    MetaResponse {
        content: content::<ProblemView>(problem::MEDIA_TYPE),
        headers,
        ..described(status, description)
    }
}
