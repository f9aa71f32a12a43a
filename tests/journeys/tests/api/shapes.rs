use journeys::{Answer, Engine, Outcome, Server, Settings};
use reqwest::Method;
use serde_json::json;

/// What every answer carries, whatever it says (D8).
fn assert_guarded(answer: &Answer, what: &str) {
    let header = |name: &str| answer.header(name).to_lowercase();
    assert_eq!(header("x-request-id").as_bytes().get(14), Some(&b'7'), "{what}: {:?}", answer.headers);
    assert_eq!(header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{what}");
    let policy = header("content-security-policy");
    assert!(policy.contains("default-src 'none'"), "{what}: {policy}");
    assert!(policy.contains("frame-ancestors 'none'"), "{what}: {policy}");
    // The interactive description sets styles from its script; no page may run a script that stands in it.
    let policy =
        if what == "/docs" { policy.replace("style-src 'self' 'unsafe-inline'", "") } else { policy };
    assert!(!policy.contains("unsafe"), "{what}: {policy}");
    assert!(header("server").is_empty(), "{what}: {}", header("server"));
}

#[tokio::test]
async fn every_answer_has_a_name_of_its_own_and_guards_its_reader() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let mut names = std::collections::BTreeSet::new();
    for path in ["/", "/sign-up", "/log-in", "/openapi.json", "/docs", "/health", "/api/v1/me", "/nowhere"] {
        let answer = client.get(path).await?;
        assert_guarded(&answer, path);
        names.insert(answer.header("x-request-id").to_owned());
    }
    let refusals = [
        client.send(Method::DELETE, "/api/v1/users", &json!({})).await?,
        client.post("/api/v1/users", &json!({})).await?,
        client.post_bytes("/api/v1/users", "{").await?,
        client.form("/api/v1/users", &[("a", "b")]).await?,
        client.form("/oauth2/token", &[("a", "b")]).await?,
    ];
    for answer in refusals {
        assert_guarded(&answer, &answer.text());
        names.insert(answer.header("x-request-id").to_owned());
    }
    assert_eq!(names.len(), 13);
    Ok(())
}

#[tokio::test]
async fn a_request_may_not_name_itself() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let request = server.client()?.request(Method::GET, "/health").header("x-request-id", "mine\u{e9}");
    assert_ne!(Answer::to(request).await?.expect(200)?.header("x-request-id"), "mine\u{e9}");
    Ok(())
}

#[tokio::test]
async fn an_unknown_route_and_a_wrong_method_are_problems_like_all_others() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    for path in ["/api/v1/nowhere", "/api/v2/users", "/api/v1/users/", "/a/../b", "/%2e%2e/x"] {
        client.get(path).await?.problem(404, "not-found").map_err(|error| format!("{path}: {error}"))?;
    }
    for (method, path, allowed) in [
        (Method::GET, "/api/v1/sessions", "POST"),
        (Method::PATCH, "/api/v1/users", "POST"),
        (Method::POST, "/api/v1/me", "PATCH"),
        (Method::POST, "/health", "GET"),
        (Method::TRACE, "/api/v1/me", "GET"),
    ] {
        let answer = client.send(method.clone(), path, &json!({})).await?;
        answer.problem(405, "method-not-allowed").map_err(|error| format!("{method} {path}: {error}"))?;
        assert!(
            answer.header("allow").contains(allowed),
            "{method} {path} allows {}",
            answer.header("allow")
        );
    }
    // Under /oauth2 the same is told in the words of RFC 6749.
    client.get("/oauth2/nowhere").await?.oauth_error(404, "invalid_request")?;
    let wrong = client.get("/oauth2/token").await?;
    wrong.oauth_error(405, "invalid_request")?;
    assert_eq!(wrong.header("allow"), "POST");
    let override_ignored = client.request(Method::POST, "/api/v1/me").header("x-http-method-override", "GET");
    Answer::to(override_ignored).await?.problem(405, "method-not-allowed").map(drop)
}

#[tokio::test]
async fn a_page_that_does_not_exist_is_a_page_for_people_and_a_problem_for_programs() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let person = client.request(Method::GET, "/nowhere").header("accept", "text/html,application/xhtml+xml");
    let page = Answer::to(person).await?.expect(404)?;
    assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
    client.get("/nowhere").await?.problem(404, "not-found")?;
    let wrong = client.request(Method::PUT, "/log-in").header("accept", "text/html");
    let wrong = Answer::to(wrong).await?.expect(405)?;
    assert!(
        wrong.header("allow").contains("GET") && wrong.header("allow").contains("POST"),
        "{:?}",
        wrong.headers
    );
    Ok(())
}

#[tokio::test]
async fn without_a_token_the_answer_says_how_to_come_by_one() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let bare = client.get("/api/v1/me").await?;
    bare.problem(401, "unauthenticated")?;
    assert!(bare.header("www-authenticate").starts_with("Bearer"), "{:?}", bare.headers);
    let bad = client.bearing("garbage").get("/api/v1/me").await?;
    bad.problem(401, "invalid-token")?;
    assert!(bad.header("www-authenticate").contains("error=\"invalid_token\""), "{:?}", bad.headers);
    for other in ["Basic dXNlcjpwYXNz", "Bearer", "Bearer  ", "bearer", "\u{a0}"] {
        let request = client.request(Method::GET, "/api/v1/me").header("authorization", other.as_bytes());
        let answer = Answer::to(request).await?.expect(401)?;
        assert!(!answer.header("www-authenticate").is_empty(), "{other:?}");
    }
    Ok(())
}

#[tokio::test]
async fn nothing_of_another_origin_is_let_in() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let request =
        server.client()?.request(Method::GET, "/api/v1/me").header("origin", "https://evil.example");
    assert_eq!(Answer::to(request).await?.expect(401)?.header("access-control-allow-origin"), "");
    let request = server.client()?.request(Method::OPTIONS, "/api/v1/me").header("origin", "null");
    let answer = Answer::to(request.header("access-control-request-method", "PATCH")).await?;
    assert_eq!(answer.header("access-control-allow-origin"), "");
    Ok(())
}
