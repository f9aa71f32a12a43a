use crate::testing::{Answer, BEARER, Client, agreeable, client, keep_log, kept_log, knows_ann, stage};
use application::store::{Saved, StoreError};
use application::testing::samples;
use domain::access::{Role, Scope};
use poem::http::Method;
use serde_json::json;
use std::time::Duration;

const SIGN_UP: &str = r#"{"username":"annlee","email":"ann@example.com","password":"vexing-zebra-lantern"}"#;

async fn send(client: &Client, method: Method, path: &str, body: &'static str) -> Answer {
    let request = client.request(method, path).header("authorization", BEARER);
    Answer::of(request.content_type("application/json").body(body).send().await).await
}

/// Signing up is for those who have no token.
async fn sign_up(client: &Client, body: &'static str) -> Answer {
    let request = client.post("/api/v1/users").content_type("application/json").body(body);
    Answer::of(request.send().await).await
}

#[tokio::test]
async fn signing_up_makes_an_account_and_says_where() {
    let client = client(&agreeable().open());
    let body = r#"{"username":"annlee","email":"ann@example.com","password":"vexing-zebra-lantern",
                   "full_name":null,"locale":"fr"}"#;
    let answer = sign_up(&client, body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let view = answer.json();
    assert_eq!(
        answer.header("location"),
        Some(format!("/api/v1/users/{}", view["id"].as_str().unwrap()).as_str())
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let expected = json!({
        "id": view["id"], "username": "annlee", "email": "ann@example.com", "full_name": null, "bio": null,
        "location": null, "website": null, "avatar_url": null, "locale": "fr", "theme": "system",
        "email_notifications": true, "role": "user", "status": "active",
        "created_at": "2025-06-15T15:06:40Z", "updated_at": "2025-06-15T15:06:40Z", "last_login_at": null
    });
    assert_eq!(view, expected);
}

#[tokio::test]
async fn a_taken_name_is_a_conflict() {
    for (saved, code) in [(Saved::UsernameTaken, "username-taken"), (Saved::EmailTaken, "email-taken")] {
        let mut stage = stage();
        stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
        let mut work = stage.work();
        work.users.expect_insert().return_once(move |_, _, _| Ok(saved));
        stage.begins([work]);
        let answer = sign_up(&client(&stage.open()), SIGN_UP).await;
        answer.problem(409, code);
    }
}

/// H3.
#[tokio::test]
async fn nobody_assigns_themselves_what_the_form_does_not_know() {
    let client = client(&stage().open());
    let body = r#"{"username":"annlee","email":"ann@example.com","password":"vexing-zebra-lantern","role":"admin",
                   "id":"1","is_admin":true,"emailVerified":true,"status":{"a":1}}"#;
    let answer = sign_up(&client, body).await;
    let unknown = ["/role", "/id", "/is_admin", "/emailVerified", "/status"];
    assert_eq!(answer.mistakes(), unknown.map(|name| (name.to_owned(), "unknown-member".to_owned())));
}

#[tokio::test]
async fn every_mistake_of_a_form_is_told_at_once_and_no_value_with_it() {
    let client = client(&stage().open());
    let body = r#"{"username":"x","email":7,"password":"hunter2","zz":"quiet-secret","locale":"tlh"}"#;
    let answer = sign_up(&client, body).await;
    let expected = [
        ("/email", "wrong-type"),
        ("/zz", "unknown-member"),
        ("/username", "too-short"),
        ("/password", "too-short"),
        ("/locale", "unknown-value"),
    ];
    assert_eq!(answer.mistakes(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
    assert_eq!(answer.json()["errors"][3]["detail"], "must have at least 12 characters");
    for value in ["hunter2", "quiet-secret", "tlh"] {
        assert!(!answer.text.contains(value), "{value}");
    }
}

#[tokio::test]
async fn the_own_profile_is_read_with_its_scope_only() {
    let answer = send(&client(&agreeable().open()), Method::GET, "/api/v1/me", "").await;
    assert_eq!((answer.status, answer.json()["username"].as_str()), (200, Some("annlee")));
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, [Scope::ProfileWrite].into_iter().collect());
    let answer = send(&client(&stage.open()), Method::GET, "/api/v1/me", "").await;
    answer.problem(403, "insufficient-scope");
    let challenge = "Bearer error=\"insufficient_scope\", scope=\"profile:read\"";
    assert_eq!(answer.header("www-authenticate"), Some(challenge));
}

/// H8.
#[tokio::test]
async fn a_token_to_read_with_changes_nothing() {
    let writes = [
        (Method::PATCH, "/api/v1/me", r#"{"bio":"x"}"#),
        (
            Method::PUT,
            "/api/v1/me/password",
            r#"{"current_password":"a","new_password":"quiet-harbour-tramway"}"#,
        ),
        (Method::POST, "/api/v1/me/deletion", r#"{"password":"a"}"#),
    ];
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, [Scope::ProfileRead].into_iter().collect());
    let client = client(&stage.open());
    for (method, path, body) in writes {
        // What else is wrong with the request is nobody's business who may not make it.
        for body in [body, r#"{"zz":1}"#, "{oops", ""] {
            send(&client, method.clone(), path, body).await.problem(403, "insufficient-scope");
        }
    }
}

#[tokio::test]
async fn a_merge_patch_sets_clears_and_leaves() {
    let client = client(&agreeable().open());
    let body =
        r#"{"full_name":"Ann Lee","bio":null,"website":"https://example.com","email_notifications":false}"#;
    for media_type in
        ["application/json", "application/merge-patch+json", "Application/JSON; Charset=\"UTF-8\""]
    {
        let request = client.patch("/api/v1/me").header("authorization", BEARER);
        let answer = Answer::of(request.content_type(media_type).body(body).send().await).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let view = answer.json();
        assert_eq!((&view["full_name"], &view["bio"]), (&json!("Ann Lee"), &json!(null)));
        assert_eq!((&view["website"], &view["theme"]), (&json!("https://example.com"), &json!("system")));
        assert_eq!(view["email_notifications"], false);
    }
    let answer = send(&client, Method::PATCH, "/api/v1/me", "{}").await;
    assert_eq!(answer.status, 200, "a patch may change nothing");
}

#[tokio::test]
async fn what_every_account_has_is_not_cleared() {
    let client = client(&agreeable().open());
    let body = r#"{"username":null,"email":"","theme":null,"locale":null,"full_name":[]}"#;
    let answer = send(&client, Method::PATCH, "/api/v1/me", body).await;
    let expected = [("/username", "wrong-type"), ("/full_name", "wrong-type"), ("/email", "required")];
    assert_eq!(answer.mistakes(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

#[tokio::test]
async fn the_password_is_changed_by_whoever_knows_it() {
    let client = client(&agreeable().open());
    let right = r#"{"current_password":"vexing-zebra-lantern","new_password":"quiet-harbour-tramway"}"#;
    let answer = send(&client, Method::PUT, "/api/v1/me/password", right).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.header("content-type"), None);
    let wrong = r#"{"current_password":"wrong","new_password":"quiet-harbour-tramway"}"#;
    send(&client, Method::PUT, "/api/v1/me/password", wrong).await.problem(403, "wrong-password");
    let weak = r#"{"current_password":"vexing-zebra-lantern","new_password":"annlee-annlee-annlee"}"#;
    let answer = send(&client, Method::PUT, "/api/v1/me/password", weak).await;
    assert_eq!(answer.mistakes(), [("/new_password".to_owned(), "contains-username".to_owned())]);
}

#[tokio::test]
async fn an_account_is_deleted_by_whoever_knows_its_password() {
    let house = agreeable().open();
    let client = client(&house);
    let answer =
        send(&client, Method::POST, "/api/v1/me/deletion", r#"{"password":"vexing-zebra-lantern"}"#).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    assert_eq!(answer.receipt(&house)["subject"], samples::user_id(1).to_string());
    let wrong = send(&client, Method::POST, "/api/v1/me/deletion", r#"{"password":"wrong"}"#).await;
    wrong.problem(403, "wrong-password");
    assert_eq!(wrong.header("erasure-receipt"), None);
    let missing = send(&client, Method::POST, "/api/v1/me/deletion", "{}").await;
    assert_eq!(missing.mistakes(), [("/password".to_owned(), "required".to_owned())]);
}

#[tokio::test]
async fn a_database_that_is_gone_is_told_with_the_time_to_come_back() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    stage
        .users
        .expect_own_profile()
        .returning(|_| Err(StoreError::Unavailable("file /data/x.db".to_owned())));
    let answer = send(&client(&stage.open()), Method::GET, "/api/v1/me", "").await;
    answer.problem(503, "unavailable");
    assert_eq!(answer.header("retry-after"), Some("5"));
    assert!(!answer.text.contains("x.db"));
}

#[tokio::test]
async fn a_defect_is_told_without_its_reason_which_goes_into_the_log() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    stage.users.expect_own_profile().returning(|_| Err(StoreError::Broken("SELECT secret".to_owned())));
    keep_log();
    let answer = send(&client(&stage.open()), Method::GET, "/api/v1/me", "").await;
    answer.problem(500, "internal");
    assert!(!answer.text.contains("SELECT"));
    let log = kept_log();
    let told = log.lines().find(|line| line.contains("ERROR")).unwrap();
    assert!(
        told.contains("SELECT secret") && told.contains(answer.header("x-request-id").unwrap()),
        "{told}"
    );
}

#[tokio::test]
async fn a_password_is_set_by_a_link_once_and_by_nothing_else() {
    let client = client(&agreeable().open());
    let put = async |body: &'static str| {
        let request = client.put("/api/v1/password").content_type("application/json").body(body);
        Answer::of(request.send().await).await
    };
    let answer = put(r#"{"token":"secret","password":"quiet-harbour-tramway"}"#).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
    let closed = put(r#"{"token":"made-up","password":"quiet-harbour-tramway"}"#).await;
    closed.problem(404, "not-found");
    assert!(!closed.text.contains("made-up"));
    let weak = put(r#"{"token":"secret","password":"benlee-benlee-benlee"}"#).await;
    assert_eq!(weak.mistakes(), [("/password".to_owned(), "contains-username".to_owned())]);
    let missing = ["/token", "/password"].map(|name| (name.to_owned(), "required".to_owned()));
    assert_eq!(put("{}").await.mistakes(), missing);
}

#[tokio::test]
async fn what_somebody_has_to_be_told_is_shown_until_they_have_seen_it() {
    let client = client(&agreeable().open());
    let answer = send(&client, Method::GET, "/api/v1/me/notices", "").await;
    let notice = &answer.json()["items"][0];
    assert_eq!(
        (&notice["kind"], &notice["at"]),
        (&json!("refresh_token_reused"), &json!("2025-06-15T15:06:40Z"))
    );
    assert!(notice["id"].is_string() && notice.as_object().unwrap().len() == 3);
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    let mut work = stage.work();
    let seen = samples::NOW.plus(Duration::from_micros(5));
    work.notices.expect_dismiss().withf(move |_, until| *until == seen).times(1).returning(|_, _| Ok(1));
    stage.begins([work]);
    let client = crate::testing::client(&stage.open());
    let path = "/api/v1/me/notices?until=2025-06-15T15:06:40.000005Z";
    assert_eq!(send(&client, Method::DELETE, path, "").await.status, 204);
    let mistakes = send(&client, Method::DELETE, "/api/v1/me/notices", "").await.mistakes();
    assert_eq!(mistakes, [("/until".to_owned(), "required".to_owned())]);
    let mistakes = send(&client, Method::DELETE, "/api/v1/me/notices?until=now", "").await.mistakes();
    assert_eq!(mistakes, [("/until".to_owned(), "invalid-date".to_owned())]);
}
