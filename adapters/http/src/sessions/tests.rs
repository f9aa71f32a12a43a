use crate::testing::{Answer, BEARER, agreeable, client, stage};
use application::store::Account;
use application::testing::samples;
use domain::access::Role;
use domain::users::{Status, User};
use serde_json::json;
use std::time::Duration;

async fn log_in(house: &application::testing::House, body: &'static str) -> Answer {
    let client = client(house);
    let request = client.post("/api/v1/sessions").content_type("application/json").body(body);
    Answer::of(request.send().await).await
}

const RIGHT: &str = r#"{"login":" AnnLee ","password":"vexing-zebra-lantern","device_name":null}"#;

#[tokio::test]
async fn logging_in_gives_the_tokens_of_a_session() {
    let answer = log_in(&agreeable().open(), RIGHT).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    let tokens = answer.json();
    let expected = json!({
        "access_token": "signed", "token_type": "Bearer", "expires_in": 600, "refresh_token": "opaque",
        "scope": "profile:read profile:write", "session_id": tokens["session_id"]
    });
    assert_eq!(tokens, expected);
    let location = format!("/api/v1/me/sessions/{}", tokens["session_id"].as_str().unwrap());
    assert_eq!(answer.header("location"), Some(location.as_str()));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
}

/// B1.
#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let house = agreeable().open();
    let bodies = [
        r#"{"login":"annlee","password":"wrong"}"#,
        r#"{"login":"nobody","password":"wrong"}"#,
        r#"{"login":"no such name!","password":"wrong"}"#,
    ];
    let mut seen = Vec::new();
    for body in bodies {
        let answer = log_in(&house, body).await;
        let mut problem = answer.problem(401, "invalid-credentials");
        problem["request_id"] = json!(null);
        let mut names: Vec<String> = answer.headers.keys().map(ToString::to_string).collect();
        names.sort();
        seen.push((problem, names));
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn a_suspended_account_is_told_to_whoever_has_its_password() {
    let mut stage = agreeable();
    stage.store.checkpoint();
    let account = samples::account(1, "annlee", Role::User).unwrap();
    let account = Account { user: User { status: Status::Suspended, ..account.user }, ..account };
    let mut work = stage.work();
    work.users.expect_find().returning(move |_| Ok(Some(account.clone())));
    work.keep_events();
    stage.begins([work]);
    log_in(&stage.open(), RIGHT).await.problem(403, "account-suspended");
}

#[tokio::test]
async fn whoever_tries_too_often_is_told_when_to_come_back() {
    let house = agreeable().open();
    house.throttle.refuse(Duration::from_millis(1_200));
    let answer = log_in(&house, RIGHT).await;
    answer.problem(429, "too-many-attempts");
    assert_eq!(answer.header("retry-after"), Some("2"));
}

#[tokio::test]
async fn a_form_to_log_in_names_all_its_mistakes() {
    let answer = log_in(&stage().open(), r#"{"login":"  ","device_name":"a\u0007b","scope":"x"}"#).await;
    let expected = [
        ("/scope", "unknown-member"),
        ("/login", "required"),
        ("/password", "required"),
        ("/device_name", "invalid-character"),
    ];
    assert_eq!(answer.mistakes(), expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
}

#[tokio::test]
async fn logging_out_needs_no_scope_and_says_nothing() {
    let client = client(&agreeable().open());
    let request = client.delete("/api/v1/sessions/current").header("authorization", BEARER);
    let answer = Answer::of(request.send().await).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""));
}
