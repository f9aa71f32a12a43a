//! What everybody may read and keep for a while, pages of other hosts too: the public keys and the metadata.

use crate::answer::{JSON, content, described, line};
use crate::etag;
use poem::http::{HeaderMap, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::ApiResponse;
use poem_openapi::registry::{MetaResponse, MetaResponses, Registry};
use poem_openapi::types::Type;
use std::marker::PhantomData;

/// A document of the form `T`, or nothing where the client has it.
pub struct Published<T> {
    tag: String,
    text: Option<String>,
    form: PhantomData<fn() -> T>,
}

impl<T> Published<T> {
    /// The answer with that text, to a request with that header.
    pub fn new(text: String, headers: &HeaderMap) -> Self {
        let tag = etag::of(text.as_bytes());
        let is_known = etag::is_known(headers, &tag);
        Self { tag, text: (!is_known).then_some(text), form: PhantomData }
    }
}

impl<T: Send> IntoResponse for Published<T> {
    fn into_response(self) -> Response {
        let answer = Response::builder()
            .header(header::ETAG, self.tag)
            .header(header::CACHE_CONTROL, "public, max-age=300")
            // Public in every sense; no other answer may be read by pages of other hosts.
            .header(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*")
            .header("Cross-Origin-Resource-Policy", "cross-origin");
        match self.text {
            Some(text) => answer.content_type(JSON).body(text),
            None => answer.status(StatusCode::NOT_MODIFIED).finish(),
        }
    }
}

impl<T: Type> ApiResponse for Published<T> {
    fn meta() -> MetaResponses {
        let lines = || {
            vec![
                line("ETag", "string", "Changes when the text does."),
                line("Cache-Control", "string", "How long it may be kept."),
                line("Access-Control-Allow-Origin", "string", "`*`: pages of other hosts may read it."),
            ]
        };
        let fresh = MetaResponse {
            content: content::<T>(JSON),
            headers: lines(),
            ..described(StatusCode::OK, "Here it is.")
        };
        let unchanged = MetaResponse {
            headers: lines(),
            ..described(StatusCode::NOT_MODIFIED, "What the client has is still right.")
        };
        MetaResponses { responses: vec![fresh, unchanged] }
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}
