//! Giving tokens back, asking what they are worth, and finding the way to both.

use super::{FORM, is_error};
use crate::testing::{Answer, BEARER, agreeable, agreeable_to, client, stage};
use application::testing::{House, samples};
use domain::access::Role;
use serde_json::json;

async fn post(house: &House, path: &str, authorization: Option<&str>, body: &'static str) -> Answer {
    let client = client(house);
    let request = client.post(path).content_type(FORM).body(body);
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    Answer::of(request.send().await).await
}

/// F5, RFC 7009, section 2.2.
#[tokio::test]
async fn a_token_is_given_back_whatever_it_was_worth() {
    let house = agreeable().open();
    for body in [
        "token=first",
        "token=good&token_type_hint=access_token",
        "token=old",
        "token=made-up&token_type_hint=nonsense",
        "token=first&client_id=xtrem&client_secret=",
    ] {
        let answer = post(&house, "/oauth2/revoke", None, body).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, ""), "{body}");
        assert_eq!(
            (answer.header("cache-control"), answer.header("pragma")),
            (Some("no-store"), Some("no-cache"))
        );
        assert_eq!(answer.header("content-type"), None);
    }
}

#[tokio::test]
async fn a_token_given_back_takes_its_session_with_it() {
    let mut stage = stage();
    let given = agreeable();
    (stage.access_tokens, stage.opaque_tokens) = (given.access_tokens, given.opaque_tokens);
    let mut work = stage.work();
    let role = Role::User;
    let live = move |_| Ok(Some(samples::live_session(1, domain::sessions::Channel::Api, role)));
    work.sessions.expect_find().returning(live);
    work.sessions.expect_end().withf(|id| *id == samples::session_id(1)).times(1).returning(|_| Ok(true));
    work.keep_events();
    let committed = work.committed();
    stage.begins([work]);
    assert_eq!(post(&stage.open(), "/oauth2/revoke", None, "token=good").await.status, 200);
    assert!(committed.happened());
}

#[tokio::test]
async fn what_is_no_token_request_is_an_error_of_the_standard() {
    let house = agreeable_to(Role::Admin).open();
    for path in ["/oauth2/revoke", "/oauth2/introspect"] {
        for body in ["", "token=", "token_type_hint=refresh_token", "token=a&token=b", "token=%ff"] {
            let authorization = (path == "/oauth2/introspect").then_some(BEARER);
            is_error(&post(&house, path, authorization, body).await, 400, "invalid_request");
        }
    }
    is_error(
        &post(&house, "/oauth2/revoke", None, "token=first&client_id=other").await,
        401,
        "invalid_client",
    );
}

/// RFC 7662, section 2.2.
#[tokio::test]
async fn a_token_that_works_is_shown_with_what_it_is_worth_now() {
    let house = agreeable_to(Role::Admin).open();
    let access = post(&house, "/oauth2/introspect", Some(BEARER), "token=good").await;
    assert_eq!(access.status, 200, "{}", access.text);
    assert_eq!(access.header("cache-control"), Some("no-store"));
    let (user, session) = (samples::user_id(1).to_string(), samples::session_id(1).to_string());
    let expected = json!({
        "active": true, "scope": Role::Admin.scopes().to_string(), "client_id": "xtrem", "username": "annlee",
        "token_type": "Bearer", "exp": 1_750_000_600, "iat": 1_750_000_000, "sub": user,
        "aud": "https://id.example", "iss": "https://id.example", "jti": format!("{session}.1"), "sid": session
    });
    assert_eq!(access.json(), expected);
    let refresh = post(&house, "/oauth2/introspect", Some(BEARER), "token=first").await.json();
    assert_eq!((&refresh["active"], &refresh["token_type"]), (&json!(true), &json!("refresh_token")));
}

#[tokio::test]
async fn of_a_token_that_does_not_work_nothing_else_is_said() {
    let house = agreeable_to(Role::Admin).open();
    for body in ["token=made-up", "token=old", "token=bad&token_type_hint=access_token"] {
        let answer = post(&house, "/oauth2/introspect", Some(BEARER), body).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"active": false})), "{body}");
    }
}

/// RFC 7662, section 2.3.
#[tokio::test]
async fn who_may_not_ask_learns_nothing_of_the_token() {
    let user = agreeable().open();
    let cases = [
        (None, 401, "invalid_client", "Bearer"),
        (Some("Bearer bad"), 401, "invalid_token", "Bearer error=\"invalid_token\""),
        (Some("Basic eHRyZW06"), 401, "invalid_client", "Bearer"),
        (
            Some(BEARER),
            403,
            "insufficient_scope",
            "Bearer error=\"insufficient_scope\", scope=\"admin:read\"",
        ),
    ];
    for (authorization, status, error, challenge) in cases {
        for body in ["token=good", "token=made-up", ""] {
            let answer = post(&user, "/oauth2/introspect", authorization, body).await;
            is_error(&answer, status, error);
            assert_eq!(answer.header("www-authenticate"), Some(challenge));
        }
    }
}

/// RFC 8414, section 3.2.
#[tokio::test]
async fn the_metadata_names_every_endpoint_under_the_public_address() {
    let request = client(&stage().open()).get("/.well-known/oauth-authorization-server").send().await;
    let answer = Answer::of(request).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    let metadata = answer.json();
    let at = |path: &str| json!(format!("https://id.example{path}"));
    assert_eq!(metadata["issuer"], at(""));
    let endpoints = [
        ("token_endpoint", "/oauth2/token"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("introspection_endpoint", "/oauth2/introspect"),
        ("jwks_uri", "/.well-known/jwks.json"),
    ];
    let document: serde_json::Value = serde_json::from_str(&crate::openapi()).unwrap();
    for (name, path) in endpoints {
        assert_eq!(metadata[name], at(path), "{name}");
        assert!(document["paths"][path].is_object(), "{path}");
    }
    assert_eq!(metadata["grant_types_supported"], json!(["password", "refresh_token"]));
    assert_eq!(metadata["response_types_supported"], json!([]));
    assert_eq!(metadata["scopes_supported"].as_array().unwrap().len(), 10);
}
