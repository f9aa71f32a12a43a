//! Somebody who talks to the service over HTTP, and what they hear.

use crate::{Failure, Outcome, Person, wait};
use reqwest::header::{HeaderMap, HeaderName, USER_AGENT};
use reqwest::{Method, RequestBuilder, redirect};
use serde_json::Value;
use tokio::task::JoinSet;

/// Somebody, with or without a token, with or without a place to keep cookies.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    base: String,
    bearer: Option<String>,
    headers: HeaderMap,
}

/// The tokens of one session.
#[derive(Clone, Debug)]
pub struct Tokens {
    /// Opens the API.
    pub access: String,
    /// Gets the next pair.
    pub refresh: String,
}

impl Tokens {
    /// Reads the answer to a log-in or a refresh.
    pub fn of(answer: &Value) -> Outcome<Self> {
        let member = |name: &str| {
            answer[name].as_str().map(str::to_owned).ok_or_else(|| format!("the answer has no {name}"))
        };
        Ok(Self { access: member("access_token")?, refresh: member("refresh_token")? })
    }
}

impl Client {
    /// A program, which keeps no cookies.
    pub fn of(base: &str) -> Outcome<Self> {
        let http = reqwest::Client::builder().redirect(redirect::Policy::none()).build()?;
        Ok(Self { http, base: base.to_owned(), bearer: None, headers: HeaderMap::new() })
    }

    /// A browser without its window: keeps cookies, and shows where it is sent instead of going there.
    pub fn with_cookies(&self) -> Outcome<Self> {
        let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).cookie_store(true);
        Ok(Self { http: builder.build()?, ..self.clone() })
    }

    /// The same, with that access token.
    #[must_use]
    pub fn bearing(&self, token: &str) -> Self {
        Self { bearer: Some(token.to_owned()), ..self.clone() }
    }

    /// The same, without a token.
    #[must_use]
    pub fn visitor(&self) -> Self {
        Self { bearer: None, ..self.clone() }
    }

    /// A request to that path.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base)).headers(self.headers.clone());
        match &self.bearer {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks.
    pub async fn get(&self, path: &str) -> Outcome<Answer> {
        Answer::to(self.request(Method::GET, path)).await
    }

    /// Asks for the end of something.
    pub async fn delete(&self, path: &str) -> Outcome<Answer> {
        Answer::to(self.request(Method::DELETE, path)).await
    }

    /// Sends JSON.
    pub async fn send(&self, method: Method, path: &str, body: &Value) -> Outcome<Answer> {
        Answer::to(self.request(method, path).json(body)).await
    }

    /// Sends JSON with POST.
    pub async fn post(&self, path: &str, body: &Value) -> Outcome<Answer> {
        self.send(Method::POST, path, body).await
    }

    /// Sends bytes with POST and calls them JSON.
    pub async fn post_bytes(&self, path: &str, body: impl Into<reqwest::Body>) -> Outcome<Answer> {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        Answer::to(request.body(body)).await
    }

    /// Sends a form, as a page or an OAuth2 client does.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        Answer::to(self.request(Method::POST, path).form(fields)).await
    }

    /// Signs somebody up; answers with their profile.
    pub async fn sign_up(&self, person: &Person) -> Outcome<Value> {
        self.visitor().post("/api/v1/users", &person.sign_up()).await?.expect(201)?.json()
    }

    /// Logs somebody in.
    pub async fn log_in(&self, person: &Person) -> Outcome<Tokens> {
        let answer = self.visitor().post("/api/v1/sessions", &person.log_in()).await?;
        Tokens::of(&answer.expect(201)?.json()?)
    }

    /// The same, with a program that calls itself like this.
    pub fn called(&self, program: &str) -> Outcome<Self> {
        let builder = reqwest::Client::builder().redirect(redirect::Policy::none()).user_agent(program);
        Ok(Self { http: builder.build()?, ..self.clone() })
    }

    /// The same, who calls their program like this and is vouched for by a proxy as coming from that address.
    pub fn posing_as(&self, program: &str, address: &str) -> Outcome<Self> {
        let headers =
            [(USER_AGENT, program.parse()?), (HeaderName::from_static("x-forwarded-for"), address.parse()?)];
        Ok(Self { headers: headers.into_iter().collect(), ..self.clone() })
    }

    /// Presents a refresh token.
    pub async fn refresh(&self, token: &str) -> Outcome<Answer> {
        let fields = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.form("/oauth2/token", &fields).await
    }

    /// Everything that many of the same kind hear, each sent as if it were alone.
    pub async fn all_at_once<F>(requests: impl IntoIterator<Item = F>) -> Outcome<Vec<Answer>>
    where
        F: Future<Output = Outcome<Answer>> + Send + 'static,
    {
        let mut under_way: JoinSet<Outcome<Answer>> = requests.into_iter().collect();
        let mut heard = Vec::new();
        while let Some(answer) = under_way.join_next().await {
            heard.push(answer??);
        }
        Ok(heard)
    }

    /// Waits until readiness says no: what was found before holds for a second.
    pub async fn unready(&self) -> Outcome<Answer> {
        wait::until("readiness to say no", async || {
            let answer = self.get("/health/ready").await?;
            Ok((answer.status == 503).then_some(answer))
        })
        .await
    }

    /// Waits until readiness says yes: on a machine that has much else to do a look may end without an answer.
    pub async fn ready(&self) -> Outcome<Answer> {
        wait::until("readiness to say yes", async || {
            let answer = self.get("/health/ready").await?;
            Ok((answer.status == 200).then_some(answer))
        })
        .await
    }

    /// Somebody new who has signed up and logged in.
    pub async fn newcomer(&self) -> Outcome<(Person, Self, Tokens)> {
        let person = Person::new();
        self.sign_up(&person).await?;
        let tokens = self.log_in(&person).await?;
        Ok((person, self.bearing(&tokens.access), tokens))
    }
}

/// What the service answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: bytes::Bytes,
}

impl Answer {
    /// Sends a request and hears the whole answer.
    pub async fn to(request: RequestBuilder) -> Outcome<Self> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Ok(Self { status, headers, body: response.bytes().await? })
    }

    /// The same answer, if it has that status.
    pub fn expect(self, status: u16) -> Outcome<Self> {
        if self.status == status {
            return Ok(self);
        }
        Err(format!("expected {status}, heard {}: {}", self.status, self.text()).into())
    }

    /// The body as JSON.
    pub fn json(&self) -> Outcome<Value> {
        serde_json::from_slice(&self.body).map_err(|error| format!("{error}: {}", self.text()).into())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, or nothing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The problem that this answer is, in every part as RFC 9457 and the house want it.
    pub fn problem(&self, status: u16, code: &str) -> Outcome<Value> {
        let heard = self.clone().expect(status)?.json()?;
        let wrong = |what: &str| -> Failure { format!("{what} of the problem is wrong: {heard}").into() };
        if !self.header("content-type").starts_with("application/problem+json") {
            return Err(wrong("the content type"));
        }
        if heard["status"] != status || heard["code"] != code {
            return Err(format!("expected {status} {code}: {heard}").into());
        }
        if !heard["type"].as_str().is_some_and(|kind| kind.ends_with(code)) {
            return Err(wrong("the type"));
        }
        for member in ["title", "detail"] {
            if heard[member].as_str().unwrap_or_default().is_empty() {
                return Err(wrong(member));
            }
        }
        if heard["request_id"] != self.header("x-request-id") || self.header("x-request-id").is_empty() {
            return Err(wrong("the request id"));
        }
        Ok(heard)
    }

    /// The error that this answer is under `/oauth2` (RFC 6749, section 5.2).
    pub fn oauth_error(&self, status: u16, error: &str) -> Outcome {
        let heard = self.clone().expect(status)?.json()?;
        let stored = self.header("cache-control").contains("no-store");
        if heard["error"] == error && stored && self.header("content-type").starts_with("application/json") {
            return Ok(());
        }
        Err(format!("expected the error {error}, not to be stored: {:?} {heard}", self.headers).into())
    }

    /// The fields that a problem names, as `pointer code`.
    pub fn fields(&self) -> Outcome<Vec<String>> {
        let problem = self.json()?;
        let errors = problem["errors"].as_array().map_or(&[][..], Vec::as_slice);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(errors
            .iter()
            .map(|error| format!("{} {}", text(&error["pointer"]), text(&error["code"])))
            .collect())
    }
}
