//! Requests that can't be read, pages that are not there, and a house that is not at home.

use super::browser::{Browser, encoded};
use super::people::{COOKIE, LINK, ann, empty, instance, password, with};
use application::hashing::HashError;
use application::store::StoreError;
use application::testing::{Stage, samples};
use domain::sessions::Attempts;
use std::time::Duration;

#[tokio::test]
async fn a_body_that_is_no_form_is_refused_before_it_is_read() {
    let mut browser = Browser::new(empty());
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded; charset=utf-16",
        "application/x-www-form-urlencodedx",
    ] {
        let answer = browser.post_raw("/log-in", "login=a", &[("content-type", kind)]).await;
        answer.assert_shows(415, &["Not a form"]);
    }
    let packed = [("content-encoding", "gzip")];
    browser.post_raw("/log-in", "login=a", &packed).await.assert_shows(415, &[]);
}

#[tokio::test]
async fn a_form_may_say_that_it_is_utf8() {
    let mut browser = Browser::new(empty());
    let token = browser.get("/log-in").await.token();
    let kind = [("content-type", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")];
    browser.post("/log-in", &[("csrf", &token)], &kind).await.assert_shows(400, &["This is needed."]);
}

#[tokio::test]
async fn a_form_that_is_too_long_or_broken_is_refused() {
    let mut browser = Browser::new(empty());
    let long = format!("login={}", "x".repeat(64 * 1024));
    browser.post_raw("/log-in", long, &[]).await.assert_shows(413, &["Too much"]);
    let announced = [("content-length", "65537")];
    browser.post_raw("/log-in", "login=a", &announced).await.assert_shows(413, &["Too much"]);
    for broken in ["login=%ff", "login=%00", "login=%", "login=a&login=b", "csrf=a&csrf=b"] {
        let answer = browser.post_raw("/log-in", broken, &[]).await;
        answer.assert_shows(400, &["That could not be read"]);
    }
    browser.post_raw("/log-in", b"login=\xff\xfe".to_vec(), &[]).await.assert_shows(400, &[]);
    browser.get("/log-in?next=%00").await.assert_shows(400, &[]);
}

/// M5: nothing is expected of the hasher.
#[tokio::test]
async fn a_password_beyond_all_measure_is_refused_before_it_is_hashed() {
    let mut browser = Browser::new(empty());
    let long = "x".repeat(60_000);
    let fields = [("login", "ann.lee"), ("password", long.as_str())];
    browser.submit("/log-in", &fields).await.assert_shows(400, &["id=\"password\""]);
    let fields = [("username", "ann.lee"), ("email", "ann@example.com"), ("password", long.as_str())];
    browser.submit("/sign-up", &fields).await.assert_shows(400, &["id=\"password\""]);
}

/// M8.
#[tokio::test]
async fn nobody_asks_for_another_method_by_a_side_door() {
    let mut browser = Browser::new(empty());
    let side_door = [("x-http-method-override", "GET"), ("x-http-method", "GET")];
    let answer = browser.post("/profile/activity", &[("_method", "GET")], &side_door).await;
    answer.assert_shows(405, &[]);
    assert_eq!(answer.header("allow"), "GET, HEAD");
    let answer = browser.get_with("/log-out?_method=POST", &[("x-http-method-override", "POST")]).await;
    answer.assert_shows(405, &[]);
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn a_path_that_leads_nowhere_is_a_page_for_readers_and_an_error_for_programs() {
    let mut browser = Browser::new(empty());
    for path in ["/nothing", "/profile/x", "/setup", "/log-in/", "/a/b/c", "//evil.example", "/%00"] {
        browser.get(path).await.assert_shows(404, &["<!doctype html>", "Nothing here"]);
        let answer = browser.get_with(path, &[("accept", "application/json")]).await;
        answer.assert_shows(404, &[]);
        assert!(!answer.body.contains("<html"), "{path}");
    }
    browser.get("/").await.assert_shows(200, &["One account"]);
}

#[tokio::test]
async fn the_link_for_the_first_administrator_works_with_its_secret_and_once() {
    let mut browser = Browser::new(empty());
    browser.get(&format!("/setup/{LINK}")).await.assert_shows(200, &["First administrator"]);
    browser.get("/setup/guessed").await.assert_shows(404, &["This link does not work"]);
    let mut settled = Stage::new().unwrap();
    settled.opaque_tokens.expect_is_setup_link().return_const(true);
    settled.instance.expect_find().returning(|| Ok(Some(instance(true))));
    Browser::new(settled).get(&format!("/setup/{LINK}")).await.assert_shows(404, &[]);
}

/// B1, C1.
#[tokio::test]
async fn a_wrong_password_an_unknown_name_and_too_many_attempts_have_their_own_statuses() {
    let form = [("login", "ann.lee"), ("password", "not-the-password")];
    let mut bodies = Vec::new();
    for known in [true, false] {
        let mut stage = empty();
        if !known {
            stage.users.expect_account().times(1).returning(|_| Ok(None));
        }
        password(&mut stage, false);
        let mut work = stage.work();
        work.keep_events();
        work.attempts.expect_find().returning(|_| Ok(None));
        work.attempts.expect_put().returning(|_, _, _| Ok(()));
        stage.begins([work]);
        let mut browser = Browser::new(stage);
        let answer = browser.submit("/log-in", &form).await;
        answer.assert_shows(401, &["do not belong together", "value=\"ann.lee\""]);
        assert!(!answer.body.contains("not-the-password"));
        bodies.push(answer.body.replace(&answer.token(), ""));
    }
    assert_eq!(bodies[0], bodies[1], "nothing tells a known name from an unknown one");

    let mut stage = empty();
    stage.users.expect_account().returning(|_| Ok(None));
    stage
        .attempts
        .expect_find()
        .returning(|_| Ok(Some(Attempts { failures: 7, last_failed_at: samples::NOW })));
    let answer = Browser::new(stage).submit("/log-in", &form).await;
    answer.assert_shows(429, &["Try again in 4 seconds."]);
    assert_eq!(answer.header("retry-after"), "4");
}

#[tokio::test]
async fn a_locked_account_is_told_where_it_still_opens_and_who_unlocks_it() {
    for (locale, text) in [("en", "Ask an administrator"), ("fr", "Demandez à un administrateur")] {
        let mut stage = empty();
        stage.users.expect_account().returning(|_| Ok(None));
        let beyond = Attempts { failures: Attempts::LIMIT, last_failed_at: samples::NOW };
        stage.attempts.expect_find().returning(move |_| Ok(Some(beyond)));
        let mut browser = Browser::new(stage);
        browser.cookies.insert("lang".to_owned(), locale.to_owned());
        let answer = browser.submit("/log-in", &[("login", "ann.lee"), ("password", "x")]).await;
        answer.assert_shows(429, &[text, "value=\"ann.lee\""]);
        assert!(!answer.header("retry-after").is_empty());
    }
}

#[tokio::test]
async fn an_address_that_tries_too_often_is_told_in_minutes_when_to_come_back() {
    let mut stage = empty();
    stage.users.expect_account().returning(|_| Ok(None));
    stage.throttle.refuse(Duration::from_secs(3599));
    let answer = Browser::new(stage).submit("/log-in", &[("login", "x"), ("password", "y")]).await;
    answer.assert_shows(429, &["Try again in 60 minutes."]);
    assert_eq!(answer.header("retry-after"), "3599");
}

#[tokio::test]
async fn a_full_queue_keeps_what_was_typed_and_says_when_to_come_back() {
    let mut stage = empty();
    stage.hasher.expect_hash().returning(|_| Err(HashError::Busy));
    let mut browser = Browser::new(stage);
    let answer = browser.submit("/sign-up", &super::forms::SIGN_UP).await;
    answer.assert_shows(503, &["Nothing is lost", "value=\"ann.lee\""]);
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test]
async fn a_store_that_is_gone_is_said_on_a_page_and_a_broken_one_without_detail() {
    for (error, status, text) in [
        (StoreError::Unavailable("host db7.local".into()), 503, "Back in a moment"),
        (StoreError::Broken("row 7 of db7.local".into()), 500, "Our mistake"),
    ] {
        let mut stage = empty();
        let error = std::sync::Mutex::new(Some(error));
        stage.sessions.expect_find().times(1).returning(move |_| Err(error.lock().unwrap().take().unwrap()));
        let mut browser = Browser::new(stage);
        browser.cookies.insert("session".to_owned(), COOKIE.to_owned());
        let answer = browser.get("/profile").await;
        answer.assert_shows(status, &[text]);
        assert!(!answer.body.contains("db7.local"));
        assert_eq!(answer.header("retry-after"), if status == 503 { "5" } else { "" });
    }
}

#[tokio::test]
async fn a_session_that_ends_between_two_steps_leads_to_the_log_in() {
    let mut stage = with(ann());
    let mut work = stage.work();
    work.users.expect_find().returning(|_| Ok(None));
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.submit("/profile", &[("bio", "x")]).await.assert_redirect("/log-in?next=/profile");
}

#[tokio::test]
async fn a_form_is_written_as_a_browser_writes_it() {
    assert_eq!(encoded(&[("a b", "é&")]), "a%20b=%C3%A9%26");
}
