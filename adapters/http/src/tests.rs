//! What holds for every address of the API, whatever stands behind it.

use crate::testing::{
    Answer, BEARER, Operation, agreeable, agreeable_to, agreeable_within, client, knows_ann, operations,
    stage,
};
use domain::access::{Role, Scopes};
use poem::Body;
use poem::http::Method;

#[tokio::test]
async fn every_operation_of_the_document_is_there_and_never_a_page() {
    let client = client(&agreeable().open());
    for operation in operations() {
        let (method, path) = (operation.method.clone(), operation.address());
        let answer = Answer::of(client.request(method.clone(), &path).send().await).await;
        assert!(![404, 405].contains(&answer.status), "{method} {path}");
        assert!(super::OURS.contains(&path.split('/').nth(1).unwrap()), "{path}");
    }
}

/// M8.
#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_refused_with_those_it_takes() {
    let client = client(&stage().open());
    let mut paths: Vec<(String, Vec<String>)> = Vec::new();
    for operation in operations() {
        let (path, method) = (operation.address(), operation.method);
        match paths.iter_mut().find(|(known, _)| *known == path) {
            Some((_, methods)) => methods.push(method.to_string()),
            None => paths.push((path, vec![method.to_string()])),
        }
    }
    paths.extend(
        ["/docs", "/docs/init.js", "/openapi.json"].map(|path| (path.to_owned(), vec!["GET".to_owned()])),
    );
    for (path, mut taken) in paths {
        if taken.contains(&"GET".to_owned()) {
            taken.push("HEAD".to_owned());
        }
        taken.sort();
        let unknown = ["BREW", "QUERY"].map(|name| name.parse::<Method>().unwrap());
        for method in crate::operations::all_methods().into_iter().chain(unknown) {
            if taken.contains(&method.to_string()) {
                continue;
            }
            // Nobody can ask for another method by the side door.
            let request = client.request(method.clone(), &path).header("x-http-method-override", "GET");
            let answer = Answer::of(request.send().await).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, taken, "{method} {path}");
            if !path.starts_with("/oauth2/") && method != Method::HEAD {
                answer.problem(405, "method-not-allowed");
            }
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_and_never_a_page() {
    let client = client(&stage().open());
    let paths = [
        "/api",
        "/api/",
        "/api/v1/nowhere",
        "/api/v1/users/",
        "/api/v1//users",
        "/api/v1/me/%ff",
        "/api/v1/me%00",
        "/.well-known/nowhere",
        "/health/nowhere",
        "/docs/nowhere",
        "/docs/../../Cargo.toml",
        "/openapi.json/x",
        "/nowhere",
    ];
    for path in paths {
        for method in [Method::GET, Method::POST, Method::OPTIONS] {
            let request = client.request(method, path).header("accept", "text/html");
            Answer::of(request.send().await).await.problem(404, "not-found");
        }
    }
}

#[tokio::test]
async fn without_a_token_nobody_learns_more_than_that_one_is_needed() {
    let client = client(&stage().open());
    let mut protected = 0;
    for operation in operations().into_iter().filter(Operation::is_guarded) {
        protected += 1;
        // A cookie is no token, and neither is a parameter.
        for authorization in [None, Some("Basic YTpi"), Some("Digest x"), Some("")] {
            let path = format!("{}?access_token=good", operation.address());
            let request = client.request(operation.method.clone(), &path).header("cookie", "session=good");
            let request = request.body("{oops");
            let request = match authorization {
                Some(value) => request.header("authorization", value),
                None => request,
            };
            let answer = Answer::of(request.send().await).await;
            if operation.is_oauth() {
                assert_eq!((answer.status, &answer.json()["error"]), (401, &"invalid_client".into()));
            } else {
                answer.problem(401, "unauthenticated");
            }
            assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
        }
    }
    assert_eq!(protected, 33);
}

#[tokio::test]
async fn a_token_that_is_not_one_is_refused_as_such() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    let client = client(&stage.open());
    let long = format!("Bearer {}", "x".repeat(4 * 1024 + 1));
    for value in ["Bearer bad", "bearer bad", "Bearer", "Bearer ", "Bearer good more", long.as_str()] {
        let answer = Answer::of(client.get("/api/v1/me").header("authorization", value).send().await).await;
        answer.problem(401, "invalid-token");
        assert_eq!(answer.header("www-authenticate"), Some("Bearer error=\"invalid_token\""));
    }
    let twice = client.get("/api/v1/me").header("authorization", BEARER).header("authorization", BEARER);
    Answer::of(twice.send().await).await.problem(401, "invalid-token");
    let latin = poem::http::HeaderValue::from_bytes(b"Bearer \xe9").unwrap();
    let answer = Answer::of(client.get("/api/v1/me").header("authorization", latin).send().await).await;
    answer.problem(401, "invalid-token");
}

/// What the document says of scopes is all that the use cases ask for, and it is asked for before the rest of the
/// request is read.
#[tokio::test]
async fn the_scope_in_the_document_is_the_one_that_is_asked_for() {
    for operation in operations() {
        let Some(scopes) = operation.described["security"][0]["OAuth2"].as_array() else { continue };
        let texts: Vec<&str> = scopes.iter().map(|scope| scope.as_str().unwrap()).collect();
        let named = Scopes::parse(&texts.join(" ")).unwrap();
        let send = async |granted: Scopes, address: String, body: &'static str| {
            let client = client(&agreeable_within(Role::Admin, granted).open());
            let request = client.request(operation.method.clone(), &address).header("authorization", BEARER);
            let request = request.content_type(operation.media_type()).body(body);
            Answer::of(request.send().await).await
        };
        let what = operation.name();
        let with = send(named, operation.good_address(), operation.good_body()).await;
        // Nobody has been refused yet, so there is nothing to explain.
        assert_eq!(with.status < 300, what != "explainRefusal", "{what} {}", with.text);
        let others = Role::Admin.scopes().iter().filter(|scope| !named.contains(*scope)).collect();
        let without = send(others, format!("{}?x=1", operation.address()), "{oops").await;
        let challenge = without.header("www-authenticate").unwrap_or_default();
        if named.is_empty() {
            assert!(without.status < 300, "{what} {}", without.text);
        } else if operation.is_oauth() {
            assert_eq!((without.status, &without.json()["error"]), (403, &"insufficient_scope".into()));
            assert_eq!(challenge, format!("Bearer error=\"insufficient_scope\", scope=\"{named}\""));
        } else {
            without.problem(403, "insufficient-scope");
            assert_eq!(challenge, format!("Bearer error=\"insufficient_scope\", scope=\"{named}\""));
        }
    }
}

/// H3, D5.
#[tokio::test]
async fn what_is_no_identifier_names_nothing() {
    let client = client(&agreeable_to(Role::Admin).open());
    let mut checked = 0;
    for operation in operations().into_iter().filter(|operation| operation.path.contains('{')) {
        for bad in ["1", "me", "%20", "annlee", "%ff", "00000000-0000-0000-0000-00000000000g"] {
            let path = operation.path.replace("{id}", bad).replace("{session_id}", bad);
            let path = path.replace("{request_id}", bad);
            let request = client.request(operation.method.clone(), &path).header("authorization", BEARER);
            let request = request.content_type("application/json").body(operation.good_body());
            Answer::of(request.send().await).await.problem(404, "not-found");
            checked += 1;
        }
    }
    assert_eq!(checked, 14 * 6);
}

/// Every query of the document, and what may be wrong with any of them.
#[tokio::test]
async fn a_query_holds_what_the_document_names_once_and_nothing_else() {
    let client = client(&agreeable_to(Role::Admin).open());
    let mut checked = 0;
    for operation in operations() {
        let parameters = operation.described["parameters"].as_array().cloned().unwrap_or_default();
        if !parameters.iter().any(|parameter| parameter["in"] == "query") {
            continue;
        }
        checked += 1;
        let send = async |query: &str| {
            let address = operation.good_address();
            let joint = if address.contains('?') { '&' } else { '?' };
            let request = client.request(operation.method.clone(), format!("{address}{joint}{query}"));
            Answer::of(request.header("authorization", BEARER).send().await).await
        };
        let unknown = send("is_admin=true&Limit=1").await.mistakes();
        let expected = ["/is_admin", "/Limit"].map(|name| (name.to_owned(), "unknown-member".to_owned()));
        assert_eq!(unknown, expected);
        for malformed in ["limit=1&limit=1", "kind=%zz", "kind=%ff", "kind=%00", "%6cimit=1&limit=2"] {
            send(malformed).await.problem(400, "malformed-query");
        }
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap();
            let (bad, code): (&[&str], &str) = match name {
                "limit" => (&["0", "201", "-1", "%2B5", "1.0", "ten", "", "99999999999"], "unknown-value"),
                "cursor" => (&["x", "", "1.2", "id.1", "name."], "invalid-cursor"),
                "actor" | "subject" => (&["1", "", "annlee"], "invalid-id"),
                "kind" | "role" | "status" | "sort" => (&["x", "", "USER", "admin%20"], "unknown-value"),
                "from" => (&["", "yesterday", "2026-11-22", "2026-11-22T00:00:00+01:00"], "invalid-date"),
                "address" => (&["", "localhost", "192.0.2.256", "192.0.2.1:80"], "invalid-address"),
                _ => continue,
            };
            for value in bad {
                let mistakes = send(&format!("{name}={value}")).await.mistakes();
                assert_eq!(mistakes, [(format!("/{name}"), code.to_owned())], "{} {value}", operation.name());
            }
        }
    }
    assert_eq!(checked, 9);
}

/// M1, M4, M6: every JSON form, every kind of body that is none.
#[tokio::test]
async fn what_is_no_json_object_is_refused_by_every_form() {
    let client = client(&agreeable_to(Role::Admin).open());
    let deep = format!("{{\"a\":{}", "[".repeat(60_000));
    let digits = format!("{{\"a\":{}}}", "9".repeat(60_000));
    let bodies: [&[u8]; 12] = [
        b"",
        b"null",
        b"[]",
        b"{",
        b"{} {}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":\"\xff\"}",
        b"{\"a\":\"\\ud800\"}",
        b"{\"a\":1e400}",
        b"{\"a\":1,\"a\":1}",
        deep.as_bytes(),
        digits.as_bytes(),
    ];
    for operation in operations() {
        if !operation.takes_json() {
            continue;
        }
        let (path, method) = (operation.address(), operation.method.clone());
        let send = async |content_type: &str, body: Body| {
            let request = client.request(method.clone(), &path).header("authorization", BEARER);
            Answer::of(request.content_type(content_type).body(body).send().await).await
        };
        for body in bodies {
            send("application/json", body.to_vec().into()).await.problem(400, "malformed-json");
        }
        for content_type in [
            "text/plain",
            "application/json; charset=utf-16",
            "application/jsonp",
            "application/vnd.api+json",
            "multipart/form-data",
            "application/x-www-form-urlencoded",
            "",
        ] {
            send(content_type, "{}".into()).await.problem(415, "unsupported-media-type");
        }
        let chunks = futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(vec![b' '; 1024]));
        send("application/json", Body::from_bytes_stream(chunks)).await.problem(413, "body-too-large");
        send("application/json", vec![b' '; 64 * 1024 + 1].into()).await.problem(413, "body-too-large");
        let request = client.request(method.clone(), &path).header("authorization", BEARER);
        let request = request.content_type("application/json").header("content-length", "65537").body("{}");
        Answer::of(request.send().await).await.problem(413, "body-too-large");
        let request = client.request(method.clone(), &path).header("authorization", BEARER);
        let request = request.content_type("application/json").header("content-encoding", "gzip").body("{}");
        Answer::of(request.send().await).await.problem(415, "unsupported-media-type");
    }
}

/// M10, in small: bodies made of pieces that have gone wrong somewhere before.
#[tokio::test]
async fn no_body_is_our_fault() {
    let client = client(&agreeable_to(Role::Admin).open());
    let pieces: [&[u8]; 28] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b":",
        b",",
        b"\"",
        b"\\u0000",
        b"\\ud83d\\ude00",
        b"\\ud800",
        b"\xff",
        b"\xef\xbb\xbf",
        b"null",
        b"true",
        b"-0",
        b"1e308",
        b"\"username\"",
        b"\"password\"",
        b"\"login\"",
        b"\"email\"",
        b"\"bio\"",
        b"\"vexing-zebra-lantern\"",
        b"\"\\u202e\\uffff\"",
        b"grant_type=password",
        b"&username=",
        b"%00",
        b"=",
        b"+",
    ];
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut draw = |bound: usize| {
        // xorshift64: the same bodies on every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(bound).unwrap()).unwrap()
    };
    let operations = operations();
    for _ in 0..4_000 {
        let operation = &operations[draw(operations.len())];
        let (path, method) = (operation.good_address(), operation.method.clone());
        let body: Vec<u8> = (0..draw(14)).flat_map(|_| pieces[draw(pieces.len())]).copied().collect();
        let request = client.request(method.clone(), &path).header("authorization", BEARER);
        let answer =
            Answer::of(request.content_type(operation.media_type()).body(body.clone()).send().await).await;
        let shown = String::from_utf8_lossy(&body).into_owned();
        assert!(answer.status < 500, "{method} {path} {shown}: {}", answer.text);
        let known =
            operation.described["responses"].as_object().unwrap().contains_key(&answer.status.to_string());
        assert!(
            known,
            "{method} {path} answers {} and the document does not know it: {shown}",
            answer.status
        );
    }
}

mod measure;
