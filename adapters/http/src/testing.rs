//! What the tests of this crate share: the whole service in front of mocked ports.

mod agreeable;
mod figures;
mod requests;
mod trail;

pub use agreeable::{agreeable, agreeable_to, agreeable_within, knows_ann, stays};
pub use figures::figures;
pub use requests::{Operation, operations};
pub use trail::{agreeable_trail, chained, event, proven};

use crate::{Network, Services, Settings, app};
use application::access::Refused;
use application::actor::{Evidence, Origin};
use application::document::Document;
use application::sealing::DocumentKind;
use application::testing::{House, Stage};
use domain::access::Reason;
use poem::endpoint::{BoxEndpoint, make};
use poem::error::NotFoundError;
use poem::http::{HeaderMap, StatusCode};
use poem::test::{TestClient, TestResponse};
use poem::{EndpointExt, IntoResponse, PathPattern, Request, Response};
use poem_openapi::types::ToJSON;
use serde::Serialize;
use serde_json::Value;
use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;
use std::time::Duration;
use tracing::Level;
use tracing_subscriber::fmt::format::FmtSpan;

/// Holds what is written straight to bytes against what the document describes.
#[track_caller]
pub fn written_alike(view: &(impl ToJSON + Serialize)) {
    assert_eq!(serde_json::to_string(view).unwrap(), view.to_json().unwrap().to_string());
}

pub type Client = TestClient<BoxEndpoint<'static, Response>>;

pub const PUBLIC_URL: &str = "https://id.example";

/// The access token of Ann, who is user 1.
pub const BEARER: &str = "Bearer good";

/// A page that refuses, as pages say so.
fn refusal() -> Response {
    let mut response = "no".with_status(StatusCode::FORBIDDEN).into_response();
    let (evidence, reason) = (Evidence::default(), Reason::ForeignForm);
    response.set_data(Refused { evidence, needed: None, reason });
    response.set_data(PathPattern("/refuses/:id".into()));
    response
}

/// A page that says that there is none.
fn nowhere() -> Response {
    let mut response = StatusCode::NOT_FOUND.into_response();
    response.set_data(PathPattern("".into()));
    response
}

/// Stands in place of the pages; some of them go wrong on purpose.
async fn page(mut request: Request) -> poem::Result<Response> {
    match request.uri().path() {
        "/" => Ok("home".with_header("Content-Security-Policy", "script-src 'self'").into_response()),
        "/origin" => Ok(format!("{:?}", request.data::<Origin>().unwrap()).into_response()),
        "/refuses/7" => Ok(refusal()),
        "/a-page-for-everything" => Ok(nowhere()),
        "/panics" => panic!("with a secret"),
        "/reads" => Ok(request.take_body().into_bytes().await?.into_response()),
        "/reads-and-hangs" => {
            request.take_body().into_bytes().await?;
            std::future::pending().await
        }
        "/hangs" => std::future::pending().await,
        "/own-error" => {
            Err(poem::Error::from_response("its own form".with_status(StatusCode::GONE).into_response()))
        }
        _ => Err(NotFoundError.into()),
    }
}

pub fn settings() -> Settings {
    Settings {
        public_url: PUBLIC_URL.to_owned(),
        trusted_proxies: vec!["10.0.0.0/8".parse::<Network>().unwrap()],
        request_timeout: Duration::from_secs(30),
        version: "1.2.3",
        join_trace: None,
    }
}

pub fn client_with(house: &House, settings: Settings) -> Client {
    let services = Services {
        users: house.users.clone(),
        sessions: house.sessions.clone(),
        admin: house.admin.clone(),
        keys: house.keys.clone(),
        health: house.health.clone(),
        audit: house.audit.clone(),
        access: house.access.clone(),
        documents: house.documents.clone(),
        ids: house.ids.clone(),
    };
    TestClient::new(app(services, settings, make(page).boxed())).default_header("host", "id.example")
}

pub fn client(house: &House) -> Client {
    client_with(house, settings())
}

/// A stage on which nothing is expected.
pub fn stage() -> Stage {
    Stage::new().unwrap()
}

/// What came back, read to its end.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub async fn of(response: TestResponse) -> Self {
        let response = response.0;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, text: response.into_body().into_string().await.unwrap() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// Asserts that this is a problem of that status and code, complete, and gives it back.
    pub fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["code"], code, "{problem}");
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], format!("{PUBLIC_URL}/problems/{code}"));
        assert_eq!(problem["request_id"].as_str(), self.header("x-request-id"));
        assert!(problem["title"].is_string() && problem["detail"].is_string());
        problem
    }

    /// The same for a form: its mistakes as pointer and code.
    pub fn mistakes(&self) -> Vec<(String, String)> {
        let problem = self.problem(400, "invalid-input");
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap();
        errors.iter().map(|error| (text(&error["pointer"]), text(&error["code"]))).collect()
    }

    /// What the receipt of an erasure says, which must be one of this house.
    pub fn receipt(&self, house: &House) -> Value {
        let receipt = self.header("erasure-receipt").unwrap();
        Document::read(house.documents.as_ref(), DocumentKind::ErasureReceipt, receipt).unwrap()
    }
}

thread_local! {
    /// What was logged on this thread, which is that of one test.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

struct ThreadLog;

impl Write for ThreadLog {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Keeps what this test logs from now on, and every span as it is when it closes. The subscriber is that of the whole process, because one of a single
/// thread is overlooked by places in the code that another thread has reached first.
pub fn keep_log() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| {
        let log = tracing_subscriber::fmt().with_ansi(false).with_writer(|| ThreadLog);
        log.with_max_level(Level::DEBUG).with_span_events(FmtSpan::CLOSE).init();
    });
    LOG.take();
}

/// What this test has logged.
pub fn kept_log() -> String {
    String::from_utf8(LOG.take()).unwrap()
}
