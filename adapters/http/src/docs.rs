//! The interactive page of the API and the document behind it.
//!
//! Everything it loads comes from here (`assets/docs`), compressed before it was built in, so that it costs no
//! memory and no time until somebody looks. The document is the committed one, which a test holds to be what the routes
//! say: made anew at each start, it would cost more than all the rest of one.

use crate::etag;
use crate::negotiation;
use crate::problem::Problem;
use bytes::Bytes;
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, Method, StatusCode, header};
use poem::{Endpoint, EndpointExt, Request, Response};
use poem_openapi::OpenApi;
use poem_openapi::registry::{MetaApi, Registry};
use std::collections::HashMap;
use std::sync::OnceLock;

/// What the page may load and do: its own files, requests to this service, and nothing else (CSP 3).
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The routes of the page. They are not in the document, which describes the API and not itself.
pub struct Routes;

/// A file as it is sent.
struct File {
    content_type: &'static str,
    bytes: &'static [u8],
    /// Worked out when it is first asked for, since that takes reading the file.
    tag: OnceLock<String>,
    is_compressed: bool,
}

impl File {
    const fn new(content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { content_type, bytes, tag: OnceLock::new(), is_compressed: false }
    }

    const fn compressed(content_type: &'static str, bytes: &'static [u8]) -> Self {
        Self { content_type, bytes, tag: OnceLock::new(), is_compressed: true }
    }

    fn tag(&self) -> &str {
        self.tag.get_or_init(|| etag::of(self.bytes))
    }
}

impl Endpoint for File {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        if self.is_compressed && !accepts_gzip(request.headers()) {
            return Err(Problem::of(StatusCode::NOT_ACCEPTABLE).into());
        }
        let mut answer = Response::builder()
            .header(header::ETAG, self.tag())
            // The names stay the same from version to version, so the client asks each time; the answer is short.
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::CONTENT_SECURITY_POLICY, POLICY);
        if self.is_compressed {
            answer = answer.header(header::VARY, "Accept-Encoding").header(header::CONTENT_ENCODING, "gzip");
        }
        if etag::is_known(request.headers(), self.tag()) {
            return Ok(answer.status(StatusCode::NOT_MODIFIED).finish());
        }
        Ok(answer.content_type(self.content_type).body(Bytes::from_static(self.bytes)))
    }
}

/// Whether the client takes gzip; without a word about it, it takes anything (RFC 9110, section 12.5.3).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let weight = |coding| negotiation::weight(headers, header::ACCEPT_ENCODING, coding);
    let is_silent = headers.get_all(header::ACCEPT_ENCODING).iter().all(|line| line.to_str().is_err());
    is_silent || weight("gzip").or_else(|| weight("*")).is_some_and(|weight| weight > 0.0)
}

impl OpenApi for Routes {
    fn meta() -> Vec<MetaApi> {
        Vec::new()
    }

    fn register(_: &mut Registry) {}

    fn add_routes(self, table: &mut HashMap<String, HashMap<Method, BoxEndpoint<'static>>>) {
        let files = [
            ("/openapi.json", File::new(crate::answer::JSON, include_bytes!("../openapi.json"))),
            ("/docs", File::new(HTML, include_bytes!("../assets/docs/index.html"))),
            ("/docs/init.js", File::new(SCRIPT, include_bytes!("../assets/docs/init.js"))),
            ("/docs/docs.css", File::new(CSS, include_bytes!("../assets/docs/docs.css"))),
            (
                "/docs/swagger-ui-bundle.js",
                File::compressed(SCRIPT, include_bytes!("../assets/docs/swagger-ui-bundle.js.gz")),
            ),
            (
                "/docs/swagger-ui.css",
                File::compressed(CSS, include_bytes!("../assets/docs/swagger-ui.css.gz")),
            ),
        ];
        for (path, file) in files {
            table.entry(path.to_owned()).or_default().insert(Method::GET, file.boxed());
        }
    }
}

#[cfg(test)]
mod tests;
