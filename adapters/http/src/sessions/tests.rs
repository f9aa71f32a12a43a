use super::model::SessionView;
use crate::testing::{Answer, BEARER, agreeable, agreeable_to, client, knows_ann, stage, written_alike};
use application::store::Account;
use application::testing::{House, samples};
use domain::access::Role;
use domain::sessions::{BegunSession, Channel, Device};
use domain::users::Justification;
use poem::http::Method;
use serde_json::json;
use std::time::Duration;

async fn log_in(house: &House, body: &'static str) -> Answer {
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
    let reason = Justification::parse("They asked.").unwrap();
    let user = account.user.suspended(reason, None, samples::NOW).unwrap();
    let account = Account { user, ..account };
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

async fn ask(house: &House, method: Method, path: &str) -> Answer {
    let client = client(house);
    Answer::of(client.request(method, path).header("authorization", BEARER).send().await).await
}

#[tokio::test]
async fn a_session_is_shown_as_people_know_it_and_the_one_in_use_is_marked() {
    let house = agreeable_to(Role::Admin).open();
    let bens = format!("/api/v1/users/{}/sessions", samples::user_id(2));
    for (path, number, current) in [("/api/v1/me/sessions", 1, true), (bens.as_str(), 2, false)] {
        let answer = ask(&house, Method::GET, path).await;
        let session = json!({
            "id": samples::session_id(number).to_string(), "device_name": null, "address": "203.0.113.7",
            "created_at": "2025-06-15T15:06:40Z", "last_used_at": "2025-06-15T15:06:40Z", "current": current,
            "method": "password"
        });
        assert_eq!((answer.status, answer.json()), (200, json!({"items": [session], "next_cursor": null})));
    }
}

#[tokio::test]
async fn sessions_come_a_page_at_a_time() {
    let mut stage = stage();
    knows_ann(&mut stage, Role::User, Role::User.scopes());
    let after = samples::session_id(3);
    stage
        .sessions
        .expect_of()
        .withf(move |user, from, limit| (*user, *from, *limit) == (samples::user_id(1), Some(after), 2))
        .returning(|_, _, _| {
            Ok([2, 1].map(|id| samples::begun_session(id, Channel::Api, Role::User)).to_vec())
        });
    let path = format!("/api/v1/me/sessions?limit=1&cursor={after}");
    let answer = ask(&stage.open(), Method::GET, &path).await;
    let next = samples::session_id(2).to_string();
    assert_eq!((answer.status, &answer.json()["next_cursor"]), (200, &json!(next)), "{}", answer.text);
    let link = format!("<https://id.example/api/v1/me/sessions?limit=1&cursor={next}>; rel=\"next\"");
    assert_eq!(answer.header("link"), Some(link.as_str()));
}

#[tokio::test]
async fn sessions_are_ended_one_by_one_or_all_others_together() {
    let house = agreeable_to(Role::Admin).open();
    let bens = format!("/api/v1/users/{}/sessions", samples::user_id(2));
    let paths = [
        "/api/v1/me/sessions".to_owned(),
        format!("/api/v1/me/sessions/{}", samples::session_id(1)),
        bens.clone(),
        format!("{bens}/{}", samples::session_id(2)),
    ];
    for path in paths {
        let answer = ask(&house, Method::DELETE, &path).await;
        assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{path}");
    }
}

/// H1: somebody else's session is told like one that is not there.
#[tokio::test]
async fn a_session_of_somebody_else_is_not_there() {
    let house = agreeable().open();
    let mut told = Vec::new();
    for number in [2, 9] {
        let path = format!("/api/v1/me/sessions/{}", samples::session_id(number));
        let mut problem = ask(&house, Method::DELETE, &path).await.problem(404, "not-found");
        problem["request_id"] = json!(null);
        told.push(problem);
    }
    assert_eq!(told[0], told[1]);
    let nobody = format!("/api/v1/users/{}/sessions", samples::user_id(9));
    let house = agreeable_to(Role::Admin).open();
    for method in [Method::GET, Method::DELETE] {
        ask(&house, method, &nobody).await.problem(404, "not-found");
    }
}

#[test]
fn a_session_is_written_as_it_is_described() {
    let begun = samples::begun_session(1, Channel::Api, Role::User);
    let bare = BegunSession { device: Device::default(), ..begun.clone() };
    for begun in [begun, bare] {
        written_alike(&SessionView::new(begun, &samples::member(1, Role::User)));
    }
}
