//! The API over HTTP: JSON for applications, OAuth2 for tokens, and a page that shows both.
//!
//! A room is a folder with two files: `mod.rs` holds the routes, three to eight lines each (parse, call, answer);
//! `model.rs` holds what goes over the wire, and how it becomes what the use case takes. What administrators do in a
//! room with what belongs to others stands in its `others`. Everything else exists once. `form.rs`, `json.rs` and
//! `query.rs` read what is sent; `answer.rs`, `paging.rs` and `published.rs` write answers and describe them;
//! `problem.rs` turns every failure into RFC 9457, `authentication.rs` says who asks, `operations.rs` adds what holds
//! for each operation, `head.rs` keeps HEAD from doing what GET does, and `middleware` is the front that every request
//! passes, those for the pages too. There every refusal is noted, with what was known of who asked, and every request
//! is told of in the log, in traces and in figures (`instruments.rs`).
//!
//! The document `openapi.json` comes from the same tables and types that read and write; a test holds the
//! committed copy against it.

mod access;
mod admin;
mod answer;
mod audit;
mod authentication;
mod body;
mod docs;
mod document;
mod etag;
mod form;
mod head;
mod health;
pub mod instruments;
mod json;
mod keys;
mod middleware;
mod negotiation;
mod oauth;
mod operations;
mod paging;
mod problem;
mod published;
mod query;
mod sessions;
mod urlencoded;
mod users;
mod wire;

pub use document::openapi;
pub use middleware::{JoinTrace, Network, NotANetwork, TraceParent};

use application::Ids;
use application::access::AccessService;
use application::admin::AdminService;
use application::audit::AuditService;
use application::health::HealthService;
use application::keys::KeyService;
use application::sealing::Documents;
use application::sessions::SessionService;
use application::users::UserService;
use instruments::Figures;
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
    /// How the service is.
    pub health: Arc<HealthService>,
    /// The audit trail.
    pub audit: Arc<AuditService>,
    /// Refusals.
    pub access: Arc<AccessService>,
    /// Signs what leaves the house: its public key is published.
    pub documents: Arc<dyn Documents>,
    /// Names the requests.
    pub ids: Ids,
}

/// How the service is set up, as far as HTTP is concerned.
#[derive(Clone)]
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
    /// Joins the traces of others, where traces are kept; without it, only their names are taken over.
    pub join_trace: Option<JoinTrace>,
}

/// The whole service: the API, its page, and `pages` for every address that is not one of the API's.
#[must_use]
pub fn app(
    services: Services,
    settings: Settings,
    pages: BoxEndpoint<'static, Response>,
) -> BoxEndpoint<'static, Response> {
    let Services { users, sessions, admin, keys, health, audit, access, documents, ids } = services;
    let (public_url, version) = (query::PublicUrl(settings.public_url.as_str().into()), settings.version);
    let rooms = (
        users::Routes { users: Arc::clone(&users), public_url: public_url.clone() },
        users::others::Routes { users, public_url: public_url.clone() },
        sessions::Routes { sessions: Arc::clone(&sessions) },
        sessions::others::Routes { sessions: Arc::clone(&sessions) },
        oauth::Routes { sessions: Arc::clone(&sessions), public_url: public_url.clone() },
        oauth::metadata::Routes { public_url: public_url.clone() },
        keys::Routes { keys: Arc::clone(&keys), documents },
        keys::rotation::Routes { keys },
        audit::Routes { audit },
        access::Routes { access: Arc::clone(&access) },
        admin::Routes { admin, version },
        health::Routes { health, version },
        docs::Routes,
    );
    let api = document::service(Some(rooms)).into_endpoint();
    let inner = Addresses { api, pages, given: Arc::new(Given { sessions, public_url }) };
    middleware::Front { inner, access, ids, settings, figures: Figures::default() }.boxed()
}

/// Every room of the API.
type Rooms = (
    users::Routes,
    users::others::Routes,
    sessions::Routes,
    sessions::others::Routes,
    oauth::Routes,
    oauth::metadata::Routes,
    keys::Routes,
    keys::rotation::Routes,
    audit::Routes,
    access::Routes,
    admin::Routes,
    health::Routes,
    docs::Routes,
);

/// What the document sorts the operations by.
#[derive(Tags)]
enum Tag {
    /// Sign up, keep a profile, see what happened to it, leave.
    Users,
    /// Log in and out, and see where you are logged in.
    Sessions,
    /// OAuth2: get tokens, give them back, ask what they are worth, and the keys to verify them with.
    Tokens,
    /// The accounts of others: find them, look after them, end their sessions.
    Accounts,
    /// What happened, and why somebody was refused.
    Audit,
    /// How the installation is doing, and the keys that it signs with.
    Installation,
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
    given: Arc<Given>,
}

/// What every operation of the API finds beside its request.
struct Given {
    /// Says who brings a token.
    sessions: Arc<SessionService>,
    /// Where all addresses begin.
    public_url: query::PublicUrl,
}

impl Endpoint for Addresses {
    type Output = Response;

    fn call(&self, mut request: Request) -> impl Future<Output = poem::Result<Response>> + Send {
        let first = request.uri().path().trim_start_matches('/').split('/').next().unwrap_or_default();
        if !OURS.contains(&first) {
            return self.pages.call(request);
        }
        request.set_data(Arc::clone(&self.given));
        self.api.call(request)
    }
}

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
