use crate::Settings;
use crate::testing::{Answer, BEARER, agreeable, agreeable_to, client, client_with, settings, stage};
use application::access::Refused;
use application::testing::{House, samples};
use bytes::Bytes;
use domain::access::{Reason, Role, Scope};
use domain::ids::{RequestId, UserId};
use futures_util::stream;
use poem::Body;
use poem::http::Method;
use std::time::Duration;
use uuid::Uuid;

/// D8: on every answer, of whatever status.
#[tokio::test]
async fn every_answer_says_what_may_be_done_with_it() {
    let client = client(&agreeable().open());
    let cases = [
        (Method::GET, "/", 200),
        (Method::GET, "/health", 200),
        (Method::GET, "/nowhere", 404),
        (Method::GET, "/api/v1/me", 401),
        (Method::POST, "/health", 405),
        (Method::POST, "/api/v1/users", 415),
        (Method::GET, "/panics", 500),
        (Method::GET, "/own-error", 410),
        (Method::POST, "/oauth2/token", 400),
        (Method::GET, "/oauth2/nowhere", 404),
    ];
    for (method, path, status) in cases {
        let answer = Answer::of(client.request(method.clone(), path).send().await).await;
        assert_eq!(answer.status, status, "{method} {path}");
        let expected = [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ];
        for (name, value) in expected {
            assert_eq!(answer.header(name), Some(value), "{method} {path}");
        }
        let policy = answer.header("content-security-policy").unwrap();
        let own =
            if path == "/" { "script-src 'self'" } else { "default-src 'none'; frame-ancestors 'none'" };
        assert_eq!(policy, own, "{method} {path}");
        assert!(answer.header("permissions-policy").is_some() && answer.header("x-request-id").is_some());
        assert_eq!(answer.header("server"), None);
    }
}

#[tokio::test]
async fn only_a_service_behind_tls_insists_on_it() {
    let plain = Settings { public_url: "http://127.0.0.1:8080".to_owned(), ..settings() };
    let client = client_with(&stage().open(), plain);
    let answer = Answer::of(client.get("/health/live").send().await).await;
    assert_eq!(answer.header("strict-transport-security"), None);
}

#[tokio::test]
async fn every_request_has_a_name_of_its_own_that_nobody_else_gives() {
    let client = client(&stage().open());
    let mut names = Vec::new();
    for _ in 0..3 {
        let request = client.get("/health/live").header("x-request-id", "mine");
        names.push(Answer::of(request.send().await).await.header("x-request-id").unwrap().to_owned());
    }
    names.dedup();
    assert_eq!(names.len(), 3);
    assert!(names.iter().all(|name| name.as_bytes()[14] == b'7'), "UUIDv7: {names:?}");
}

/// M14.
#[tokio::test]
async fn a_panic_ends_its_own_request_and_tells_nothing() {
    let client = client(&agreeable().open());
    for _ in 0..3 {
        let answer = Answer::of(client.get("/panics").send().await).await;
        answer.problem(500, "internal");
        assert!(!answer.text.contains("secret"));
    }
    for path in ["/health", "/health/ready", "/api/v1/me"] {
        let answer = Answer::of(client.get(path).header("authorization", BEARER).send().await).await;
        assert_eq!(answer.status, 200, "{path}");
    }
}

/// M14. A port of which nothing was expected panics wherever it is called.
#[tokio::test]
async fn a_panic_in_a_use_case_has_the_form_of_its_address() {
    let client = client(&stage().open());
    let answer = Answer::of(client.get("/api/v1/me").header("authorization", BEARER).send().await).await;
    answer.problem(500, "internal");
    let request = client.post("/oauth2/token").content_type("application/x-www-form-urlencoded");
    let log_in = "grant_type=password&username=annlee&password=vexing-zebra-lantern";
    let answer = Answer::of(request.body(log_in).send().await).await;
    assert_eq!((answer.status, &answer.json()["error"]), (500, &"server_error".into()));
    assert_eq!(Answer::of(client.get("/health/live").send().await).await.status, 200);
}

#[tokio::test]
async fn what_takes_too_long_of_itself_is_unavailable() {
    let hasty = Settings { request_timeout: Duration::ZERO, ..settings() };
    let client = client_with(&stage().open(), hasty);
    let answer = Answer::of(client.get("/hangs").send().await).await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
}

#[tokio::test]
async fn a_body_that_does_not_come_is_the_fault_of_whoever_sends_it() {
    let hasty = Settings { request_timeout: Duration::ZERO, ..settings() };
    let client = client_with(&stage().open(), hasty);
    let endless = || Body::from_bytes_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let request = client.post("/api/v1/users").content_type("application/json").body(endless());
    Answer::of(request.send().await).await.problem(408, "request-timeout");
    let request =
        client.post("/oauth2/token").content_type("application/x-www-form-urlencoded").body(endless());
    let answer = Answer::of(request.send().await).await;
    assert_eq!((answer.status, &answer.json()["error"]), (408, &"invalid_request".into()));
    let request = client.post("/reads").header("content-length", "1000").body(endless());
    Answer::of(request.send().await).await.problem(408, "request-timeout");
    // What is waited for after the body has come is ours.
    let answer = Answer::of(client.post("/reads-and-hangs").body("all of it").send().await).await;
    answer.problem(503, "unavailable");
}

#[tokio::test]
async fn a_watched_body_arrives_as_it_was_sent() {
    let client = client(&stage().open());
    let pieces = stream::iter(["one, ", "two, ", "three"].map(Ok::<_, std::io::Error>));
    let answer = Answer::of(client.post("/reads").body(Body::from_bytes_stream(pieces)).send().await).await;
    assert_eq!(answer.text, "one, two, three");
}

#[tokio::test]
async fn a_request_that_names_two_hosts_is_refused_by_the_api_and_the_pages() {
    let client = client(&stage().open());
    for path in ["/health", "/"] {
        let answer = Answer::of(client.get(path).header("host", "a").header("host", "b").send().await).await;
        answer.problem(400, "bad-request");
    }
    let request = client.post("/oauth2/token").header("host", "a").header("host", "b");
    let answer = Answer::of(request.send().await).await;
    assert_eq!((answer.status, &answer.json()["error"]), (400, &"invalid_request".into()));
}

#[tokio::test]
async fn an_address_or_a_header_beyond_all_measure_is_refused() {
    let client = client(&stage().open());
    let long = format!("/?{}", "x".repeat(8 * 1024));
    Answer::of(client.get(&long).send().await).await.problem(414, "address-too-long");
    let request = client.get("/health").header("x-a", "a".repeat(20_000)).header("x-b", "b".repeat(20_000));
    Answer::of(request.send().await).await.problem(431, "header-too-large");
    assert_eq!(
        Answer::of(client.get("/health").header("x-a", "a".repeat(20_000)).send().await).await.status,
        200
    );
}

#[tokio::test]
async fn nobody_is_connected_with_anybody_through_here() {
    let client = client(&stage().open());
    let answer = Answer::of(client.request(Method::CONNECT, "other.example:443").send().await).await;
    answer.problem(405, "method-not-allowed");
    assert_eq!(answer.header("allow"), Some(""));
}

#[tokio::test]
async fn an_error_with_a_form_of_its_own_keeps_it() {
    let answer = Answer::of(client(&stage().open()).get("/own-error").send().await).await;
    assert_eq!((answer.status, answer.text.as_str()), (410, "its own form"));
}

#[tokio::test]
async fn the_pages_are_told_where_a_request_comes_from() {
    let client = client(&stage().open());
    let answer = Answer::of(client.get("/origin").header("user-agent", "Firefox").send().await).await;
    assert!(answer.text.contains("user_agent: Some(\"Firefox\")"), "{}", answer.text);
    assert!(answer.text.contains(answer.header("x-request-id").unwrap()));
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() {
    const EXPORT: &str = "/api/v1/audit-events/export";
    const TICKET: &str = "/api/v1/me/export?ticket=ticket";
    let client = client(&agreeable().open());
    for path in ["/health", "/docs", "/.well-known/jwks.json", "/api/v1/me", EXPORT, TICKET, "/nowhere", "/"]
    {
        let [get, head] = [Method::GET, Method::HEAD].map(|method| client.request(method, path));
        let get = Answer::of(get.header("authorization", BEARER).send().await).await;
        let head = Answer::of(head.header("authorization", BEARER).send().await).await;
        assert_eq!((head.status, head.text.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "content-disposition", "cache-control", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

/// What was noted of an answer: operation, reason, scope, and who asked.
fn noted(house: &House, answer: &Answer) -> Option<(String, Reason, Option<Scope>, Option<UserId>)> {
    let id = Uuid::try_parse(answer.header("x-request-id").unwrap()).unwrap();
    let moderator = samples::member(9, Role::Moderator);
    let explanation = house.access.explain(&moderator, RequestId::from_uuid(id)).ok()?;
    let Refused { evidence, needed, reason } = explanation.refused;
    Some((explanation.operation, reason, needed, evidence.user_id))
}

#[tokio::test]
async fn every_refusal_is_noted_with_its_operation_its_reason_and_whose_it_is() {
    let house = agreeable().open();
    let client = client(&house);
    let (ann, ben) = (samples::user_id(1), samples::user_id(2));
    let bens = format!("/api/v1/users/{ben}?token=hunter2");
    let foreign = format!("/api/v1/me/sessions/{}", samples::session_id(2));
    let cases = [
        ("GET", "/api/v1/me", None, 401, "GET /api/v1/me", Reason::NoCredential, None, None),
        ("HEAD", "/api/v1/me", None, 401, "GET /api/v1/me", Reason::NoCredential, None, None),
        (
            "GET",
            "/api/v1/me",
            Some("Bearer x"),
            401,
            "GET /api/v1/me",
            Reason::UnreadableCredential,
            None,
            None,
        ),
        (
            "GET",
            "/api/v1/me",
            Some("Bearer old"),
            401,
            "GET /api/v1/me",
            Reason::ExpiredCredential,
            None,
            Some(ann),
        ),
        (
            "POST",
            "/api/v1/users",
            Some("Bearer x"),
            401,
            "POST /api/v1/users",
            Reason::UnreadableCredential,
            None,
            None,
        ),
        (
            "DELETE",
            bens.as_str(),
            Some(BEARER),
            403,
            "DELETE /api/v1/users/{id}",
            Reason::ScopeNotInRole,
            Some(Scope::UserDelete),
            Some(ann),
        ),
        (
            "DELETE",
            foreign.as_str(),
            Some(BEARER),
            404,
            "DELETE /api/v1/me/sessions/{id}",
            Reason::NotTheOwner,
            None,
            Some(ann),
        ),
        (
            "POST",
            "/oauth2/introspect",
            None,
            401,
            "POST /oauth2/introspect",
            Reason::NoCredential,
            None,
            None,
        ),
        (
            "POST",
            "/oauth2/introspect",
            Some(BEARER),
            403,
            "POST /oauth2/introspect",
            Reason::ScopeNotInRole,
            Some(Scope::AdminRead),
            Some(ann),
        ),
        ("GET", "/refuses/7", None, 403, "GET /refuses/{id}", Reason::ForeignForm, None, None),
    ];
    for (method, path, authorization, status, operation, reason, needed, user) in cases {
        let request = client.request(method.parse::<Method>().unwrap(), path);
        let request = match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let answer = Answer::of(request.send().await).await;
        assert_eq!(answer.status, status, "{method} {path} {}", answer.text);
        let expected = (operation.to_owned(), reason, needed, user);
        assert_eq!(noted(&house, &answer), Some(expected), "{method} {path}");
    }
}

#[tokio::test]
async fn a_use_case_that_refuses_is_heard_as_the_door_is() {
    let house = agreeable_to(Role::Admin).open();
    let client = client(&house);
    let own = format!("/api/v1/users/{}", samples::user_id(1));
    let answer = Answer::of(client.delete(&own).header("authorization", BEARER).send().await).await;
    answer.problem(403, "password-needed");
    let expected =
        ("DELETE /api/v1/users/{id}".to_owned(), Reason::PasswordNeeded, None, Some(samples::user_id(1)));
    assert_eq!(noted(&house, &answer), Some(expected));
}

#[tokio::test]
async fn what_is_no_refusal_is_not_noted() {
    let house = agreeable().open();
    let client = client(&house);
    let wrong = r#"{"login":"annlee","password":"wrong"}"#;
    let requests = [
        client.get("/api/v1/me").header("authorization", BEARER),
        client.get("/nowhere"),
        // It is counted and written down where the password is checked.
        client.post("/api/v1/sessions").content_type("application/json").body(wrong),
        client.post("/api/v1/users").content_type("application/json").body("{}"),
    ];
    for (number, request) in requests.into_iter().enumerate() {
        let answer = Answer::of(request.send().await).await;
        assert_eq!(noted(&house, &answer), None, "{number}");
    }
}
