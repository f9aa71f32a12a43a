//! The API over HTTP: JSON for applications, OAuth2 for tokens, and a page that shows both.
//!
//! A room is a folder with two files: `mod.rs` holds the routes, three to eight lines each (parse, call, answer);
//! `model.rs` holds what goes over the wire, and how it becomes what the use case takes. Everything else exists
//! once. `form.rs` and `json.rs` read bodies, `answer.rs` writes and describes answers, `problem.rs` turns every
//! failure into RFC 9457, `authentication.rs` says who asks, `operations.rs` adds what holds for each operation,
//! and `middleware` is the front that every request passes, those for the pages too.
//!
//! The document `openapi.json` comes from the same tables and types that read and write; a test holds the
//! committed copy against it.

mod answer;
mod authentication;
mod body;
mod docs;
mod document;
mod etag;
mod form;
mod health;
mod json;
mod keys;
mod middleware;
mod oauth;
mod operations;
mod problem;
mod sessions;
mod users;
mod wire;

pub use document::openapi;
pub use middleware::{Network, NotANetwork};

use application::Ids;
use application::admin::AdminService;
use application::keys::KeyService;
use application::sessions::SessionService;
use application::users::UserService;
use poem::endpoint::BoxEndpoint;
use poem::{Endpoint, EndpointExt, IntoEndpoint, Request, Response};
use poem_openapi::Tags;
use std::sync::Arc;
use std::time::Duration;

/// What the API calls.
#[derive(Clone)]
pub struct Services {
    /// Accounts.
    pub users: Arc<UserService>,
    /// Sessions.
    pub sessions: Arc<SessionService>,
    /// The installation.
    pub admin: Arc<AdminService>,
    /// Signing keys.
    pub keys: Arc<KeyService>,
    /// Names the requests.
    pub ids: Ids,
}

/// How the service is set up, as far as HTTP is concerned.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the service is reached from outside, without a slash at the end. What a request says about that is
    /// never believed.
    pub public_url: String,
    /// Whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// How long a request may take, its body included.
    pub request_timeout: Duration,
    /// What runs.
    pub version: &'static str,
}

/// The whole service: the API, its page, and `pages` for every address that is not one of the API's.
#[must_use]
pub fn app(
    services: Services,
    settings: Settings,
    pages: BoxEndpoint<'static, Response>,
) -> BoxEndpoint<'static, Response> {
    let Services { users, sessions, admin, keys, ids } = services;
    let rooms = (
        users::Routes { users },
        sessions::Routes { sessions: Arc::clone(&sessions) },
        oauth::Routes { sessions: Arc::clone(&sessions) },
        keys::Routes { keys },
        health::Routes { admin, version: settings.version },
        docs::Routes { document: openapi() },
    );
    let api = document::service(Some(rooms)).into_endpoint().data(sessions).map_to_response().boxed();
    middleware::Front { inner: Addresses { api, pages }, ids, settings }.boxed()
}

/// Every room of the API.
type Rooms = (users::Routes, sessions::Routes, oauth::Routes, keys::Routes, health::Routes, docs::Routes);

/// What the document sorts the operations by.
#[derive(Tags)]
enum Tag {
    /// Sign up, keep a profile, leave.
    Users,
    /// Log in and out.
    Sessions,
    /// OAuth2: get tokens, and the keys to verify them with.
    Tokens,
    /// Whether the service runs.
    Health,
}

/// The first segments of the API's addresses. What lies below them is never a page, so that a program always gets
/// an answer that it can read.
const OURS: [&str; 6] = ["api", "oauth2", ".well-known", "health", "openapi.json", "docs"];

/// Tells the addresses of the API from those of the pages.
struct Addresses {
    api: BoxEndpoint<'static, Response>,
    pages: BoxEndpoint<'static, Response>,
}

impl Endpoint for Addresses {
    type Output = Response;

    async fn call(&self, request: Request) -> poem::Result<Response> {
        let first = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        if OURS.contains(&first) { self.api.call(request).await } else { self.pages.call(request).await }
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
