//! What the tests of this crate share: the whole service in front of mocked ports.

use crate::{Network, Services, Settings, app};
use application::actor::Origin;
use application::hashing::Verdict;
use application::store::Saved;
use application::testing::{House, Stage, samples};
use application::tokens::{AccessClaims, Issued, PresentedRefresh};
use domain::access::{Role, Scopes};
use domain::sessions::{Channel, Family, Generation, Token};
use poem::endpoint::{BoxEndpoint, make};
use poem::error::NotFoundError;
use poem::http::HeaderMap;
use poem::test::{TestClient, TestResponse};
use poem::{EndpointExt, IntoResponse, Request, Response};
use serde_json::Value;
use std::cell::RefCell;
use std::io::Write;
use std::sync::Once;
use std::time::Duration;

pub type Client = TestClient<BoxEndpoint<'static, Response>>;

pub const PUBLIC_URL: &str = "https://id.example";

/// The access token of Ann, who is user 1.
pub const BEARER: &str = "Bearer good";

/// Stands in place of the pages; some of them go wrong on purpose.
async fn page(mut request: Request) -> poem::Result<Response> {
    match request.uri().path() {
        "/" => Ok("home".with_header("Content-Security-Policy", "script-src 'self'").into_response()),
        "/origin" => Ok(format!("{:?}", request.data::<Origin>().unwrap()).into_response()),
        "/panics" => panic!("with a secret"),
        "/reads" => Ok(request.take_body().into_bytes().await?.into_response()),
        "/reads-and-hangs" => {
            request.take_body().into_bytes().await?;
            std::future::pending().await
        }
        "/hangs" => std::future::pending().await,
        "/own-error" => Err(poem::Error::from_response(
            "its own form".with_status(poem::http::StatusCode::GONE).into_response(),
        )),
        _ => Err(NotFoundError.into()),
    }
}

pub fn settings() -> Settings {
    Settings {
        public_url: PUBLIC_URL.to_owned(),
        trusted_proxies: vec!["10.0.0.0/8".parse::<Network>().unwrap()],
        request_timeout: Duration::from_secs(30),
        version: "1.2.3",
    }
}

pub fn client_with(house: &House, settings: Settings) -> Client {
    let services = Services {
        users: house.users.clone(),
        sessions: house.sessions.clone(),
        admin: house.admin.clone(),
        keys: house.keys.clone(),
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

/// Makes [`BEARER`] the token of Ann, with these scopes.
pub fn knows_ann(stage: &mut Stage, role: Role, scopes: Scopes) {
    let claims = AccessClaims {
        user_id: samples::user_id(1),
        session_id: samples::session_id(1),
        scopes,
        role,
        issued_at: samples::NOW,
        expires_at: samples::NOW.plus(Duration::from_mins(10)),
    };
    stage.access_tokens.expect_verify().returning(move |token, _| (token == "good").then_some(claims));
    stage.sessions.expect_find().returning(move |_| Ok(Some(samples::live_session(1, Channel::Api, role))));
}

/// A service in which everything that a person does succeeds, any number of times.
pub fn agreeable() -> Stage {
    let mut stage = stage();
    let journal = stage.journal.clone();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    stage.store.expect_begin().returning(move || {
        let mut work = application::testing::StagedWork::new(&journal);
        let ann = || samples::profile(1, "annlee", Role::User).unwrap();
        work.users.expect_find().returning(|_| Ok(samples::account(1, "annlee", Role::User)));
        work.users.expect_insert().returning(|_, _, _| Ok(Saved::Yes));
        work.users.expect_update().returning(|_, _| Ok(Saved::Yes));
        work.users.expect_set_password().returning(|_, _, _| Ok(()));
        work.users.expect_record_log_in().returning(|_, _| Ok(()));
        work.users.expect_delete().returning(|_| Ok(true));
        work.personal_data.expect_find().returning(move |_| Ok(Some(ann().personal)));
        work.personal_data.expect_put().returning(|_, _| Ok(()));
        work.personal_data.expect_remove().returning(|_| Ok(()));
        work.sessions
            .expect_find()
            .returning(|_| Ok(Some(samples::live_session(1, Channel::Api, Role::User))));
        work.sessions.expect_insert().returning(|_| Ok(()));
        work.sessions.expect_end().returning(|_| Ok(true));
        work.sessions.expect_end_all_of().returning(|_, _| Ok(1));
        work.refresh_tokens.expect_find().returning(|session_id| {
            let (generation, digest) = (Generation::FIRST, samples::digest(1));
            Ok(Some(Family { session_id, generation, digest, issued_at: samples::NOW }))
        });
        work.refresh_tokens.expect_insert().returning(|_| Ok(()));
        work.refresh_tokens.expect_rotate().returning(|_, _| Ok(()));
        work.attempts.expect_find().returning(|_| Ok(None));
        work.attempts.expect_put().returning(|_, _, _| Ok(()));
        work.attempts.expect_clear_of().returning(|_| Ok(true));
        work.instance.expect_lock_administrators().returning(|| Ok(()));
        work.keep_events();
        Ok(Box::new(work))
    });
    stage.store.expect_ready().returning(|| Ok(()));
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
    stage.hasher.expect_verify().returning(|password, stored| {
        let matches = stored.is_some() && password.expose() == samples::PASSWORD;
        Ok(Verdict { matches, outdated: false })
    });
    stage
        .users
        .expect_account()
        .returning(|login| Ok(samples::account(1, "annlee", Role::User).filter(|_| login.key() == "annlee")));
    stage.users.expect_account_of().returning(|_| Ok(samples::account(1, "annlee", Role::User)));
    stage.users.expect_profile().returning(|_| Ok(samples::profile(1, "annlee", Role::User)));
    stage.attempts.expect_find().returning(|_| Ok(None));
    stage.access_tokens.expect_sign().returning(|_| Ok(Token::new("signed".to_owned())));
    stage.access_tokens.expect_jwks().returning(|| r#"{"keys":[]}"#.to_owned());
    stage.opaque_tokens.expect_attempt_key().return_const(samples::digest(7));
    stage
        .opaque_tokens
        .expect_refresh()
        .returning(|_, _| Issued { token: Token::new("opaque".to_owned()), digest: samples::digest(2) });
    stage.opaque_tokens.expect_read_refresh().returning(|text| {
        let (session_id, generation) = (samples::session_id(1), Generation::FIRST);
        (text == "first").then(|| PresentedRefresh { session_id, generation, digest: samples::digest(1) })
    });
    stage
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

/// Keeps what this test logs from now on. The subscriber is that of the whole process, because one of a single
/// thread is overlooked by places in the code that another thread has reached first.
pub fn keep_log() {
    static SUBSCRIBER: Once = Once::new();
    SUBSCRIBER.call_once(|| tracing_subscriber::fmt().with_ansi(false).with_writer(|| ThreadLog).init());
    LOG.take();
}

/// What this test has logged.
pub fn kept_log() -> String {
    String::from_utf8(LOG.take()).unwrap()
}
