mod endpoints;

use crate::testing::{Answer, Client, agreeable, client, stage};
use application::hashing::HashError;
use application::store::StoreError;
use application::testing::samples;
use domain::sessions::Attempts;
use std::time::Duration;

const FORM: &str = "application/x-www-form-urlencoded";
const LOG_IN: &str = "grant_type=password&username=annlee&password=vexing-zebra-lantern";
const REFRESH: &str = "grant_type=refresh_token&refresh_token=first";

async fn post(client: &Client, authorization: Option<&str>, body: impl Into<poem::Body>) -> Answer {
    let request = client.post("/oauth2/token").content_type(FORM).body(body);
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    Answer::of(request.send().await).await
}

async fn token(body: impl Into<poem::Body>) -> Answer {
    post(&client(&agreeable().open()), None, body).await
}

/// Asserts that this is an error of RFC 6749 and nothing else.
fn is_error(answer: &Answer, status: u16, error: &str) {
    assert_eq!(answer.status, status, "{}", answer.text);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    let body = answer.json();
    assert_eq!(body["error"], error, "{body}");
    assert_eq!(body.as_object().unwrap().len(), 2);
    let allowed = |c: char| matches!(c, ' '..='!' | '#'..='[' | ']'..='~');
    let description = body["error_description"].as_str().unwrap();
    assert!(!description.is_empty() && description.chars().all(allowed), "{description}");
}

#[tokio::test]
async fn both_grants_give_tokens_that_nobody_may_keep() {
    for body in [LOG_IN, REFRESH] {
        let answer = token(body).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("pragma"), Some("no-cache"));
        let tokens = answer.json();
        assert_eq!((&tokens["token_type"], &tokens["expires_in"]), (&"Bearer".into(), &600.into()));
        assert_eq!(tokens["scope"], "profile:read profile:write");
        assert!(tokens["session_id"].is_string() && tokens["refresh_token"].is_string());
    }
}

#[tokio::test]
async fn a_scope_narrows_and_an_empty_one_is_none() {
    let answer = token(format!("{LOG_IN}&scope=profile:read")).await;
    assert_eq!(answer.json()["scope"], "profile:read");
    let answer = token(format!("{REFRESH}&scope=profile%3Aread+profile%3Aread")).await;
    assert_eq!(answer.json()["scope"], "profile:read");
    for grant in [LOG_IN, REFRESH] {
        for blank in ["", "%20", "+", "++%20"] {
            let answer = token(format!("{grant}&scope={blank}")).await;
            assert_eq!(answer.json()["scope"], "profile:read profile:write", "{grant} {blank}");
        }
    }
}

#[tokio::test]
async fn a_scope_that_is_unknown_or_too_wide_is_refused() {
    for scope in ["root", "admin:write", "PROFILE:READ", "profile:read%00"] {
        let error = if scope.ends_with("%00") { "invalid_request" } else { "invalid_scope" };
        is_error(&token(format!("{LOG_IN}&scope={scope}")).await, 400, error);
        is_error(&token(format!("{REFRESH}&scope={scope}")).await, 400, error);
    }
}

#[tokio::test]
async fn the_built_in_client_may_name_itself_in_every_way_there_is() {
    let client = client(&agreeable().open());
    // `:`, `xtrem:`, as a browser's page sends it.
    for (authorization, more) in [
        (None, ""),
        (None, "&client_id="),
        (None, "&client_id=xtrem&client_secret="),
        (Some("Basic Og=="), ""),
        (Some("basic eHRyZW06"), ""),
        (Some("Basic eHRyZW06"), "&client_id=xtrem"),
    ] {
        let answer = post(&client, authorization, format!("{REFRESH}{more}")).await;
        assert_eq!(answer.status, 200, "{authorization:?} {more} {}", answer.text);
    }
}

/// G10, B9.
#[tokio::test]
async fn any_other_client_and_any_secret_is_refused_in_one_way() {
    let client = client(&stage().open());
    // `other:`, `xtrem:secret`, `xtrem` without a colon, no base64, another scheme.
    let refused = [
        (None, "&client_id=other"),
        (None, "&client_id=XTREM"),
        (None, "&client_id=xtrem&client_secret=x"),
        (None, "&client_secret=x"),
        (Some("Basic b3RoZXI6"), ""),
        (Some("Basic eHRyZW06c2VjcmV0"), ""),
        (Some("Basic eHRyZW0="), ""),
        (Some("Basic %"), ""),
        (Some("Bearer good"), ""),
        (Some("Basic eHRyZW06"), "&client_id=other"),
    ];
    let mut told = Vec::new();
    for (authorization, more) in refused {
        let answer = post(&client, authorization, format!("{LOG_IN}{more}")).await;
        is_error(&answer, 401, "invalid_client");
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"xtrem\", charset=\"UTF-8\""));
        told.push(answer.text);
    }
    assert!(told.windows(2).all(|pair| pair[0] == pair[1]));
}

#[tokio::test]
async fn what_is_missing_is_named_as_the_standard_names_it() {
    let told = |answer: &Answer| answer.json()["error_description"].as_str().unwrap().to_owned();
    for (body, expected) in [
        ("", "The parameter grant_type is required."),
        ("grant_type=", "The parameter grant_type is required."),
        ("grant_type=password", "username is required; password is required."),
        ("grant_type=password&username=ann&password=", "password is required."),
        ("grant_type=refresh_token", "The parameter refresh_token is required."),
    ] {
        let answer = token(body).await;
        is_error(&answer, 400, "invalid_request");
        assert_eq!(told(&answer), expected);
    }
    for grant in ["client_credentials", "PASSWORD", "authorization_code", "implicit"] {
        is_error(&token(format!("grant_type={grant}")).await, 400, "unsupported_grant_type");
    }
}

#[tokio::test]
async fn a_parameter_stands_once_and_unknown_ones_are_passed_over() {
    is_error(&token(format!("{LOG_IN}&username=ben")).await, 400, "invalid_request");
    is_error(&token(format!("{LOG_IN}&user%6eame=annlee")).await, 400, "invalid_request");
    is_error(&token(format!("{LOG_IN}&x=1&x=2")).await, 400, "invalid_request");
    assert_eq!(token(format!("&&{LOG_IN}&resource=x&")).await.status, 200);
}

#[tokio::test]
async fn a_form_with_more_parameters_than_any_request_needs_is_refused() {
    let more = |count: usize| (0..count).map(|number| format!("&x{number}=1")).collect::<Vec<_>>().concat();
    // The grant has three itself.
    assert_eq!(token(format!("{LOG_IN}{}", more(37))).await.status, 200);
    is_error(&token(format!("{LOG_IN}{}", more(38))).await, 400, "invalid_request");
}

#[tokio::test]
async fn wrong_credentials_are_an_invalid_grant() {
    for body in [
        "grant_type=password&username=annlee&password=wrong",
        "grant_type=password&username=nobody&password=wrong",
        "grant_type=refresh_token&refresh_token=made-up",
    ] {
        let answer = token(body).await;
        is_error(&answer, 400, "invalid_grant");
        assert_eq!(answer.header("www-authenticate"), None);
        assert!(!answer.text.contains("made-up"));
    }
}

#[tokio::test]
async fn what_is_no_form_in_utf_8_is_an_invalid_request() {
    for body in [&b"grant_type=%ff"[..], b"grant_type=\xff", b"%c0%af=x", b"grant_type=a%00b"] {
        is_error(&token(body.to_vec()).await, 400, "invalid_request");
    }
    for broken in ["%", "%4", "%zz", "%4g", "%+1", "%%41", "a%4%41"] {
        is_error(&token(format!("{LOG_IN}&x={broken}")).await, 400, "invalid_request");
        is_error(&token(format!("{LOG_IN}&{broken}=x")).await, 400, "invalid_request");
    }
    assert_eq!(token(format!("{LOG_IN}&x=%25zz%4A")).await.status, 200);
    let client = client(&stage().open());
    for content_type in
        ["application/json", "multipart/form-data", "application/x-www-form-urlencoded; charset=latin1"]
    {
        let request = client.post("/oauth2/token").content_type(content_type).body(LOG_IN);
        is_error(&Answer::of(request.send().await).await, 400, "invalid_request");
    }
    let request =
        client.post("/oauth2/token").content_type(FORM).header("content-encoding", "gzip").body(LOG_IN);
    is_error(&Answer::of(request.send().await).await, 400, "invalid_request");
}

/// M12: everything under /oauth2 speaks RFC 6749, whatever it is that fails.
#[tokio::test]
async fn the_framework_and_the_faults_speak_the_same_language() {
    let client = client(&stage().open());
    is_error(&post(&client, None, "x".repeat(65 * 1024)).await, 413, "invalid_request");
    let announced = client.post("/oauth2/token").content_type(FORM).header("content-length", "65537");
    is_error(&Answer::of(announced.body(LOG_IN).send().await).await, 413, "invalid_request");
    is_error(&Answer::of(client.get("/oauth2/nowhere").send().await).await, 404, "invalid_request");
    for path in ["/oauth2/token", "/oauth2/revoke", "/oauth2/introspect"] {
        let answer = Answer::of(client.get(path).send().await).await;
        is_error(&answer, 405, "invalid_request");
        assert_eq!(answer.header("allow"), Some("POST"));
    }
}

#[tokio::test]
async fn what_passes_is_told_with_the_time_to_come_back() {
    let house = agreeable().open();
    house.throttle.refuse(Duration::from_secs(7));
    let answer = post(&client(&house), None, LOG_IN).await;
    is_error(&answer, 429, "slow_down");
    assert_eq!(answer.header("retry-after"), Some("7"));
    let beyond = Attempts { failures: Attempts::LIMIT, last_failed_at: samples::NOW };
    let mut locked = agreeable();
    locked.attempts.checkpoint();
    locked.attempts.expect_find().returning(move |_| Ok(Some(beyond)));
    let answer = post(&client(&locked.open()), None, LOG_IN).await;
    is_error(&answer, 429, "slow_down");
    assert!(answer.header("retry-after").is_some() && answer.text.contains("Ask an administrator"));
    let mut full = stage();
    full.users.expect_account().returning(|_| Ok(None));
    full.attempts.expect_find().returning(|_| Ok(None));
    full.opaque_tokens.expect_attempt_key().return_const(samples::digest(7));
    full.hasher.expect_verify().returning(|_, _| Err(HashError::Busy));
    let answer = post(&client(&full.open()), None, LOG_IN).await;
    is_error(&answer, 503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
}

#[tokio::test]
async fn a_conflict_is_another_time_and_a_defect_has_no_reason() {
    let failing = |error: fn() -> StoreError| {
        let mut stage = stage();
        stage.users.expect_account().returning(move |_| Err(error()));
        client(&stage.open())
    };
    let answer = post(&failing(|| StoreError::Conflict), None, LOG_IN).await;
    is_error(&answer, 503, "temporarily_unavailable");
    assert_eq!(answer.header("retry-after"), Some("1"));
    let answer = post(&failing(|| StoreError::Broken("SELECT".to_owned())), None, LOG_IN).await;
    is_error(&answer, 500, "server_error");
    assert!(!answer.text.contains("SELECT"));
}
