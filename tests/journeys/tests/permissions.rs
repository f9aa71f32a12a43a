//! Who may do what: every operation of the document, asked by every kind of caller (H1).
//!
//! An operation without a row fails, and so does a row without an operation: to open a route is a decision, and
//! this is where it is written down.

use journeys::client::Tokens;
use journeys::{Answer, Client, Engine, Failure, Outcome, Person, Server, Settings, on_both_engines, wait};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_engines!(every_operation_answers_every_caller_as_its_row_says);

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Caller {
    Visitor,
    User,
    /// A user whose token carries `profile:read` and nothing else.
    Narrow,
    /// Somebody with a text that was never a token.
    Garbage,
    LoggedOut,
    Suspended,
    Deleted,
}

const CALLERS: [Caller; 7] = [
    Caller::Visitor,
    Caller::User,
    Caller::Narrow,
    Caller::Garbage,
    Caller::LoggedOut,
    Caller::Suspended,
    Caller::Deleted,
];

/// How an operation answers.
struct Row {
    operation: &'static str,
    access: Access,
}

/// Whom an operation is for, and the status that they hear.
enum Access {
    /// Anybody, with or without a token.
    Open(u16),
    /// Whoever has no token to show: what stands there is taken for a client that wants to be known.
    Bare(u16),
    /// Users: with all that the role gives, and with a token that only reads.
    Guarded(u16, u16),
}

const fn open(operation: &'static str, status: u16) -> Row {
    Row { operation, access: Access::Open(status) }
}

const fn bare(operation: &'static str, status: u16) -> Row {
    Row { operation, access: Access::Bare(status) }
}

const fn guarded(operation: &'static str, user: u16, narrow: u16) -> Row {
    Row { operation, access: Access::Guarded(user, narrow) }
}

const ROWS: &[Row] = &[
    open("POST /api/v1/users", 201),
    open("POST /api/v1/sessions", 201),
    bare("POST /oauth2/token", 200),
    open("GET /.well-known/jwks.json", 200),
    open("GET /health", 200),
    open("GET /health/live", 200),
    open("GET /health/ready", 200),
    guarded("GET /api/v1/me", 200, 200),
    guarded("PATCH /api/v1/me", 200, 403),
    guarded("PUT /api/v1/me/password", 204, 403),
    guarded("POST /api/v1/me/deletion", 204, 403),
    guarded("DELETE /api/v1/sessions/current", 204, 204),
];

impl Row {
    const fn status(&self, caller: Caller) -> u16 {
        match (&self.access, caller) {
            (Access::Open(status), _)
            | (Access::Bare(status), Caller::Visitor)
            | (Access::Guarded(status, _), Caller::User)
            | (Access::Guarded(_, status), Caller::Narrow) => *status,
            _ => 401,
        }
    }

    const fn is_guarded(&self) -> bool {
        matches!(self.access, Access::Guarded(..))
    }
}

/// The operations of the committed document, and whether each of them says that it needs a token.
fn documented() -> Outcome<Vec<(String, bool)>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/http/openapi.json");
    let document: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let paths = document["paths"].as_object().ok_or_else(|| Failure::from("the document has no paths"))?;
    let mut found = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let guarded = operation["security"].as_array().is_some_and(|schemes| !schemes.is_empty());
            found.push((format!("{} {path}", method.to_uppercase()), guarded));
        }
    }
    Ok(found)
}

#[test]
fn every_operation_has_a_row_and_every_row_an_operation() -> Outcome {
    let documented: BTreeSet<(String, bool)> = documented()?.into_iter().collect();
    let rows = ROWS.iter().map(|row| (row.operation.to_owned(), row.is_guarded())).collect();
    assert_eq!(documented, rows);
    Ok(())
}

async fn every_operation_answers_every_caller_as_its_row_says(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    for row in ROWS {
        for caller in CALLERS {
            let person = Person::new();
            let client = appear(&server, caller, &person).await?;
            let answer = ask(&client, row.operation, &person).await?;
            assert_eq!(
                answer.status,
                row.status(caller),
                "{} by {caller:?}: {}",
                row.operation,
                answer.text()
            );
            let challenge = answer.header("www-authenticate");
            match answer.status {
                401 if row.is_guarded() => assert!(challenge.starts_with("Bearer"), "{challenge}"),
                401 => assert!(challenge.starts_with("Basic"), "{challenge}"),
                403 => {
                    answer.problem(403, "insufficient-scope")?;
                    assert!(challenge.contains("error=\"insufficient_scope\""), "{challenge}");
                    assert!(challenge.contains("scope=\"profile:write\""), "{challenge}");
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Somebody of that kind.
async fn appear(server: &Server, caller: Caller, person: &Person) -> Outcome<Client> {
    let client = server.client()?;
    match caller {
        Caller::Visitor => return Ok(client),
        Caller::Garbage => return Ok(client.bearing("garbage")),
        _ => {}
    }
    client.sign_up(person).await?;
    let scope = if caller == Caller::Narrow { "profile:read" } else { "profile:read profile:write" };
    let fields = [
        ("grant_type", "password"),
        ("username", &person.username),
        ("password", &person.password),
        ("scope", scope),
    ];
    let tokens = Tokens::of(&client.form("/oauth2/token", &fields).await?.expect(200)?.json()?)?;
    let known = client.bearing(&tokens.access);
    match caller {
        Caller::LoggedOut => {
            known.send(Method::DELETE, "/api/v1/sessions/current", &Value::Null).await?.expect(204)?;
        }
        Caller::Suspended => {
            let name = &person.username;
            let statement = format!("UPDATE users SET status = 'suspended' WHERE username = '{name}'");
            server.database().execute(&statement).await?;
        }
        Caller::Deleted => {
            known.post("/api/v1/me/deletion", &json!({"password": person.password})).await?.expect(204)?;
        }
        _ => {}
    }
    Ok(known)
}

/// Asks for an operation in a way that would succeed.
async fn ask(client: &Client, operation: &str, person: &Person) -> Outcome<Answer> {
    // An operation that makes or needs an account of its own gets one, so that it depends on the caller only.
    let other = Person::new();
    let (method, path) = operation.split_once(' ').unwrap_or_default();
    match operation {
        "POST /api/v1/users" => client.post(path, &other.sign_up()).await,
        "POST /api/v1/sessions" => {
            client.sign_up(&other).await?;
            client.post(path, &other.log_in()).await
        }
        "POST /oauth2/token" => {
            client.sign_up(&other).await?;
            let fields =
                [("grant_type", "password"), ("username", &other.email), ("password", &other.password)];
            client.form(path, &fields).await
        }
        "PATCH /api/v1/me" => client.send(Method::PATCH, path, &json!({"bio": "Keeps bees."})).await,
        "PUT /api/v1/me/password" => {
            let body = json!({"current_password": person.password, "new_password": other.password});
            client.send(Method::PUT, path, &body).await
        }
        "POST /api/v1/me/deletion" => client.post(path, &json!({"password": person.password})).await,
        _ => Answer::to(client.request(method.parse()?, path)).await,
    }
}

/// E8, as far as a clock that cannot be moved allows.
#[tokio::test]
async fn an_access_token_ends_by_itself_and_then_opens_nothing() -> Outcome {
    let server =
        Server::start(Settings::on(Engine::Sqlite).with("SESSIONS__ACCESS_TOKEN_SECONDS", "1")).await?;
    let (person, me, tokens) = server.client()?.newcomer().await?;
    wait::until("the end of a token", async || Ok((me.get("/api/v1/me").await?.status == 401).then_some(())))
        .await?;
    for row in ROWS.iter().filter(|row| row.is_guarded()) {
        ask(&me, row.operation, &person).await?.problem(401, "invalid-token")?;
    }
    server.client()?.refresh(&tokens.refresh).await?.expect(200).map(drop)
}
