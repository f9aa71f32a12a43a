//! Cookies from the log-in to the log-out.

use super::browser::{Browser, HTTPS};
use super::people::{self, COOKIE, ann, empty, with};
use application::testing::samples::{OTHER_PASSWORD, PASSWORD};

const FORM: [(&str, &str); 2] = [("login", "ann.lee"), ("password", PASSWORD)];

fn ready_to_log_in() -> application::testing::Stage {
    let mut stage = with(ann());
    people::password(&mut stage, true);
    people::issues(&mut stage, "fresh-cookie");
    let work = people::work(&stage);
    stage.begins([work]);
    stage
}

/// D1.
#[tokio::test]
async fn over_https_the_session_cookie_is_bound_to_the_host_and_out_of_reach() {
    let mut browser = Browser::at(ready_to_log_in(), HTTPS);
    let answer = browser.submit("/log-in", &FORM).await;
    answer.assert_redirect("/profile");
    assert_eq!(
        answer.set_cookie("__Host-session"),
        "__Host-session=fresh-cookie; Path=/; HttpOnly; SameSite=Lax; Secure"
    );
    assert_eq!(
        answer.set_cookie("__Host-device"),
        "__Host-device=mark-of-ann; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"
    );
    assert!(answer.set_cookies().iter().all(|cookie| cookie.starts_with("__Host-")));
    assert!(answer.set_cookies().iter().all(|cookie| !cookie.contains("Domain")));
    assert!(!answer.body.contains("fresh-cookie") && !answer.header("location").contains("fresh-cookie"));
}

#[tokio::test]
async fn over_plain_http_the_cookies_go_without_what_browsers_refuse_there() {
    let mut browser = Browser::new(ready_to_log_in());
    let answer = browser.submit("/log-in", &FORM).await;
    assert_eq!(answer.set_cookie("session"), "session=fresh-cookie; Path=/; HttpOnly; SameSite=Lax");
    assert_eq!(
        answer.set_cookie("device"),
        "device=mark-of-ann; Path=/; Max-Age=2592000; HttpOnly; SameSite=Lax"
    );
}

/// D2.
#[tokio::test]
async fn a_planted_session_cookie_does_not_survive_a_log_in() {
    let mut browser = Browser::new(ready_to_log_in());
    browser.cookies.insert("session".to_owned(), "planted".to_owned());
    browser.submit("/log-in", &FORM).await.assert_redirect("/profile");
    assert_eq!(browser.cookies["session"], "fresh-cookie");
}

#[tokio::test]
async fn logging_in_again_ends_the_session_that_the_browser_had() {
    let mut stage = with(ann());
    people::password(&mut stage, true);
    people::issues(&mut stage, "fresh-cookie");
    let (log_in, mut log_out) = (people::work(&stage), stage.work());
    log_out.keep_events();
    log_out.sessions.expect_find().returning(|_| {
        let live = application::testing::samples::live_session(
            1,
            domain::sessions::Channel::Web,
            domain::access::Role::User,
        );
        Ok(Some(live))
    });
    log_out.sessions.expect_end().times(1).returning(|_| Ok(true));
    let ended = log_out.committed();
    stage.begins([log_in, log_out]);
    let mut browser = Browser::logged_in(stage);
    let token = browser.get("/").await.token();
    let fields = [&[("csrf", token.as_str())], FORM.as_slice()].concat();
    browser.post("/log-in", &fields, &[]).await.assert_redirect("/profile");
    assert!(ended.happened());
    assert_eq!(browser.cookies["session"], "fresh-cookie");
}

#[tokio::test]
async fn the_mark_of_a_known_device_is_shown_at_the_next_log_in() {
    let mut stage = ready_to_log_in();
    stage
        .opaque_tokens
        .expect_read_device_mark()
        .withf(|text, _| text == "mark-of-ann")
        .times(1)
        .returning(|_, _| Some((application::testing::samples::user_id(1), "device-of-ann".to_owned())));
    let mut browser = Browser::new(stage);
    browser.cookies.insert("device".to_owned(), "mark-of-ann".to_owned());
    browser.submit("/log-in", &FORM).await.assert_redirect("/profile");
    assert_eq!(browser.house.throttle.entered()[0].1, "device-of-ann");
}

/// D4.
#[tokio::test]
async fn logging_out_ends_the_session_and_takes_the_cookie_back_but_knows_the_device() {
    let mut stage = with(ann());
    let work = people::work(&stage);
    let ended = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.cookies.insert("device".to_owned(), "mark-of-ann".to_owned());
    let answer = browser.submit("/log-out", &[]).await;
    answer.assert_redirect("/");
    assert!(ended.happened());
    assert_eq!(answer.set_cookie("session"), "session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    assert!(browser.cookies.contains_key("device"));
    browser.get("/").await.assert_shows(200, &["You are logged out."]);
    assert!(!browser.cookies.contains_key("flash"), "a notice is said once");
}

#[tokio::test]
async fn a_changed_password_renews_the_cookie() {
    let mut stage = with(ann());
    people::password(&mut stage, true);
    people::issues(&mut stage, "renewed-cookie");
    let works = [people::work(&stage), people::work(&stage)];
    stage.begins(works);
    let mut browser = Browser::logged_in(stage);
    let form = [
        ("current_password", PASSWORD),
        ("new_password", OTHER_PASSWORD),
        ("password_repeat", OTHER_PASSWORD),
    ];
    browser.submit("/profile/security", &form).await.assert_redirect("/profile/security");
    assert_eq!(browser.cookies["session"], "renewed-cookie");
    assert_ne!(browser.cookies["session"], COOKIE);
}

#[tokio::test]
async fn a_deleted_account_leaves_no_cookie_behind() {
    let mut stage = with(ann());
    people::password(&mut stage, true);
    let work = people::work(&stage);
    let deleted = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.cookies.insert("device".to_owned(), "mark-of-ann".to_owned());
    let answer = browser.submit("/profile/delete", &[("password", PASSWORD)]).await;
    answer.assert_shows(200, &["<h1>Your account is deleted</h1>"]);
    assert!(deleted.happened());
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
}

#[tokio::test]
async fn private_pages_send_strangers_to_the_log_in_and_back() {
    let mut browser = Browser::new(empty());
    for path in ["/profile", "/profile/security", "/profile/delete"] {
        browser.post(path, &[], &[]).await.assert_redirect(&format!("/log-in?next={path}"));
    }
    for path in ["/profile", "/profile/security", "/profile/activity", "/profile/export", "/profile/delete"] {
        browser.get(path).await.assert_redirect(&format!("/log-in?next={path}"));
    }
    browser.get("/profile?x=1").await.assert_redirect("/log-in?next=/profile");
    let mut browser = Browser::new(ready_to_log_in());
    let page = browser.get("/log-in?next=/profile/security").await;
    page.assert_shows(200, &["name=\"next\" value=\"/profile/security\""]);
    let fields = [("csrf", page.token()), ("next", "/profile/security".to_owned())];
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).chain(FORM).collect();
    browser.post("/log-in", &fields, &[]).await.assert_redirect("/profile/security");
}

#[tokio::test]
async fn a_log_in_leads_to_our_own_pages_only() {
    for place in [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/profile/../..//evil",
        "javascript:alert(1)",
        "/log-out",
    ] {
        let mut browser = Browser::new(ready_to_log_in());
        let page = browser.get(&format!("/log-in?next={}", place.replace('\\', "%5C"))).await;
        assert!(!page.body.contains("evil") || page.body.contains("return_to"), "{place}");
        assert!(!page.body.contains("name=\"next\""), "{place}");
        let fields = [&[("next", place)], FORM.as_slice()].concat();
        browser.submit("/log-in", &fields).await.assert_redirect("/profile");
    }
}

#[tokio::test]
async fn whoever_is_logged_in_is_not_asked_to_log_in_or_sign_up() {
    let mut browser = Browser::logged_in(with(ann()));
    browser.get("/log-in").await.assert_redirect("/profile");
    browser.get("/log-in?next=/profile/security").await.assert_redirect("/profile/security");
    browser.get("/sign-up").await.assert_redirect("/profile");
}
