//! The files that pages load: a style sheet, what the pages of administrators add to it, a script, a picture.

use crate::serve::refuse;
use crate::site::Site;
use crate::trouble::Trouble;
use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use poem::error::NotFoundError;
use poem::http::{HeaderValue, Method, StatusCode, header};
use poem::{Endpoint, Request, Response};
use std::sync::{Arc, LazyLock};

/// An asset under its own fingerprint never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Without one it may, with the next version.
const FOR_NOW: HeaderValue = HeaderValue::from_static("public, max-age=300");

struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
    fingerprint: String,
}

static ASSETS: LazyLock<[Asset; 4]> = LazyLock::new(|| {
    [
        asset("pages.css", "text/css; charset=utf-8", include_str!("../assets/pages.css")),
        asset("admin.css", "text/css; charset=utf-8", include_str!("../assets/admin.css")),
        asset("hints.js", "text/javascript; charset=utf-8", include_str!("../assets/hints.js")),
        asset("logo.svg", "image/svg+xml", include_str!("../assets/logo.svg")),
    ]
});

fn asset(name: &'static str, content_type: &'static str, text: &'static str) -> Asset {
    let digest = digest::digest(&digest::SHA256, text.as_bytes());
    let fingerprint = URL_SAFE_NO_PAD.encode(&digest.as_ref()[..12]);
    Asset { name, content_type, text, fingerprint }
}

fn find(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}

/// Where a page loads an asset from: with its fingerprint, so that a browser never shows a page in old clothes.
pub(crate) fn address(name: &str) -> String {
    let fingerprint = find(name).map_or("", |asset| &asset.fingerprint);
    format!("/assets/{name}?v={fingerprint}")
}

/// Serves the assets.
pub(crate) struct Assets(pub(crate) Arc<Site>);

impl Endpoint for Assets {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let name: String = request.path_params()?;
        let asset = find(&name).ok_or(NotFoundError)?;
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return refuse(&self.0, &request, Trouble::Method("GET, HEAD")).await;
        }
        let tag = format!("\"{}\"", asset.fingerprint);
        let pinned = request.uri().query().and_then(|query| query.strip_prefix("v="));
        let age = if pinned == Some(&*asset.fingerprint) { FOR_EVER } else { FOR_NOW };
        let known = request.header(header::IF_NONE_MATCH).is_some_and(|tags| tags.contains(&tag));
        let response = Response::builder().header(header::CACHE_CONTROL, age).header(header::ETAG, tag);
        if known {
            return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
        }
        Ok(response
            .content_type(asset.content_type)
            .header(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'")
            .body(asset.text))
    }
}
