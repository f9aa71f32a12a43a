//! A browser without a script: it keeps cookies, reads tokens from forms and sends them back.

use crate::{Services, Settings, pages};
use application::access::Refused;
use application::testing::{House, Stage};
use poem::endpoint::BoxEndpoint;
use poem::http::{HeaderMap, StatusCode, header};
use poem::test::{TestClient, TestRequestBuilder};
use poem::{PathPattern, Response};
use std::collections::BTreeMap;

pub(super) const HTTP: &str = "http://127.0.0.1:8080";
pub(super) const HTTPS: &str = "https://accounts.example.com";
/// What is left of an answer that could not be read to its end.
pub(super) const BROKEN_OFF: &str = "(the transfer broke off)";
/// The headers that a request carries besides the usual ones, or in their place.
pub(super) type Headers<'a> = &'a [(&'a str, &'a str)];

pub(super) struct Browser {
    client: TestClient<BoxEndpoint<'static, Response>>,
    pub(super) cookies: BTreeMap<String, String>,
    pub(super) house: House,
}

/// An answer, read to its end.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: String,
    /// The word that was left of a refusal.
    pub(super) refused: Option<Refused>,
    /// What the path is called where it is written down.
    pub(super) pattern: String,
}

impl Browser {
    pub(super) fn at(stage: Stage, public_url: &str) -> Self {
        let house = stage.open();
        let services = Services {
            users: house.users.clone(),
            sessions: house.sessions.clone(),
            admin: house.admin.clone(),
            keys: house.keys.clone(),
            audit: house.audit.clone(),
        };
        let settings = Settings { public_url: public_url.to_owned(), csrf_key: [3; 32] };
        let client = TestClient::new(pages(services, &settings));
        Self { client, cookies: BTreeMap::new(), house }
    }

    pub(super) fn new(stage: Stage) -> Self {
        Self::at(stage, HTTP)
    }

    /// A browser in which somebody is logged in by that cookie.
    pub(super) fn logged_in(stage: Stage) -> Self {
        let mut browser = Self::new(stage);
        browser.cookies.insert("session".to_owned(), super::people::COOKIE.to_owned());
        browser
    }

    pub(super) async fn get(&mut self, path: &str) -> Answer {
        self.get_with(path, &[]).await
    }

    pub(super) async fn get_with(&mut self, path: &str, headers: Headers<'_>) -> Answer {
        let request = self.client.get(path);
        exchange(&mut self.cookies, request, headers).await
    }

    /// Sends a form with the token that the page at `path` holds, or the page at `from` where it has none.
    pub(super) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mute = ["/log-out", "/language", "/profile/notices"].contains(&path);
        let from = if mute || path.starts_with("/profile/sessions/") { "/" } else { path };
        let token = self.get(from).await.token();
        let fields = [&[("csrf", token.as_str())], fields].concat();
        self.post(path, &fields, &[]).await
    }

    /// Sends a form exactly like this.
    pub(super) async fn post(&mut self, path: &str, fields: &[(&str, &str)], headers: Headers<'_>) -> Answer {
        self.post_raw(path, encoded(fields), headers).await
    }

    pub(super) async fn post_raw(
        &mut self,
        path: &str,
        body: impl Into<poem::Body>,
        headers: Headers<'_>,
    ) -> Answer {
        let mut request = self.client.post(path).body(body);
        if !headers.iter().any(|(name, _)| *name == "content-type") {
            request = request.content_type("application/x-www-form-urlencoded");
        }
        exchange(&mut self.cookies, request, headers).await
    }

    pub(super) async fn other(&mut self, method: poem::http::Method, path: &str) -> Answer {
        let request = self.client.request(method, path);
        exchange(&mut self.cookies, request, &[]).await
    }
}

/// Sends a request with the cookies of the browser, and keeps those that come back.
async fn exchange(
    jar: &mut BTreeMap<String, String>,
    request: TestRequestBuilder<'_, BoxEndpoint<'static, Response>>,
    headers: Headers<'_>,
) -> Answer {
    let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut request = request.header(header::COOKIE, cookies.join("; "));
    if !headers.iter().any(|(name, _)| *name == "accept") {
        request = request.header(header::ACCEPT, "text/html,application/xhtml+xml");
    }
    for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
        request = request.header(*name, *value);
    }
    let response = request.send().await.0;
    let (status, headers) = (response.status(), response.headers().clone());
    let refused = response.data::<Refused>().copied();
    let pattern = response.data::<PathPattern>().map(|pattern| pattern.0.to_string()).unwrap_or_default();
    let body = response.into_body().into_string().await.unwrap_or_else(|_| BROKEN_OFF.to_owned());
    let answer = Answer { status, headers, body, refused, pattern };
    for cookie in answer.set_cookies() {
        let (pair, attributes) = cookie.split_once("; ").unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        if attributes.contains("Max-Age=0") {
            jar.remove(name);
        } else {
            jar.insert(name.to_owned(), value.to_owned());
        }
    }
    answer
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub(super) fn set_cookies(&self) -> Vec<String> {
        let cookies = self.headers.get_all(header::SET_COOKIE).iter();
        cookies.map(|value| value.to_str().unwrap().to_owned()).collect()
    }

    /// The one cookie that is set under that name.
    pub(super) fn set_cookie(&self, name: &str) -> String {
        let named = self.set_cookies().into_iter().filter(|cookie| cookie.starts_with(&format!("{name}=")));
        let found: Vec<String> = named.collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0].clone()
    }

    pub(super) fn token(&self) -> String {
        let (_, rest) = self.body.split_once("name=\"csrf\" value=\"").expect("a form with a token");
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    #[track_caller]
    pub(super) fn assert_redirect(&self, place: &str) {
        assert_eq!((self.status, self.header("location")), (StatusCode::SEE_OTHER, place), "{}", self.body);
        assert_eq!(self.header("cache-control"), "no-store");
    }

    #[track_caller]
    pub(super) fn assert_shows(&self, status: u16, texts: &[&str]) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        for text in texts {
            assert!(self.body.contains(text), "{text:?} is missing in {}", self.body);
        }
    }
}

pub(super) fn encoded(fields: &[(&str, &str)]) -> String {
    let byte = |byte: u8| {
        if byte.is_ascii_alphanumeric() { char::from(byte).into() } else { format!("%{byte:02X}") }
    };
    let text = |text: &str| text.bytes().map(byte).collect::<String>();
    fields.iter().map(|(name, value)| format!("{}={}", text(name), text(value))).collect::<Vec<_>>().join("&")
}
