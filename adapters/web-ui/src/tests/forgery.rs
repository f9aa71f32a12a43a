//! D5: forms that did not come from our pages, or not from this person's.

use super::browser::{Browser, HTTP};
use super::people::{COOKIE, LINK, ann, empty, with};
use application::testing::Stage;

/// Every form: where it goes, and whether one has to be logged in to send it.
fn forms() -> Vec<(String, bool)> {
    [("/sign-up", false), ("/log-in", false), ("/language", false), ("/log-out", true), ("/profile", true)]
        .into_iter()
        .chain([("/profile/security", true), ("/profile/delete", true), ("/profile/notices", true)])
        .chain([("/profile/export", true), ("/profile/export/file", true)])
        .chain([("/profile/sessions/end", true), ("/profile/sessions/end-others", true)])
        .map(|(path, member)| (path.to_owned(), member))
        .chain([(format!("/setup/{LINK}"), false), (format!("/set-password/{LINK}"), false)])
        .collect()
}

/// No unit of work is expected on any of these stages: whatever began one would fail the test.
fn stage(member: bool) -> Stage {
    if member { with(ann()) } else { empty() }
}

fn browser(member: bool) -> Browser {
    if member { Browser::logged_in(stage(true)) } else { Browser::new(stage(false)) }
}

#[tokio::test]
async fn a_form_without_a_token_of_this_session_changes_nothing() {
    for (path, member) in forms() {
        let mut somebody_else = Browser::new(empty());
        let foreign = somebody_else.get("/").await.token();
        let mut browser = browser(member);
        let own = browser.get("/").await.token();
        let touched = format!("{}{}", &own[1..], &own[..1]);
        for token in ["", "x", foreign.as_str(), touched.as_str()] {
            let answer = browser.post(&path, &[("csrf", token)], &[]).await;
            answer.assert_shows(403, &["Nothing was changed"]);
        }
        browser.post(&path, &[], &[]).await.assert_shows(403, &["Nothing was changed"]);
    }
}

#[tokio::test]
async fn a_token_from_before_the_log_in_or_from_an_earlier_session_is_refused() {
    let mut browser = Browser::new(with(ann()));
    let before = browser.get("/").await.token();
    browser.cookies.insert("session".to_owned(), COOKIE.to_owned());
    browser.post("/profile", &[("csrf", &before)], &[]).await.assert_shows(403, &[]);
    let during = browser.get("/").await.token();
    browser.cookies.remove("session");
    browser.post("/log-in", &[("csrf", &during)], &[]).await.assert_shows(403, &[]);
}

#[tokio::test]
async fn a_form_from_another_origin_is_refused_even_with_the_right_token() {
    for (path, member) in forms() {
        let mut browser = browser(member);
        let token = browser.get("/").await.token();
        let fields = [("csrf", token.as_str())];
        for headers in [
            [("origin", "https://evil.example"), ("sec-fetch-site", "")],
            [("origin", "http://127.0.0.1:8081"), ("sec-fetch-site", "")],
            [("origin", "null"), ("sec-fetch-site", "")],
            [("origin", "null"), ("sec-fetch-site", "cross-site")],
            [("origin", ""), ("sec-fetch-site", "cross-site")],
            [("origin", ""), ("sec-fetch-site", "same-site")],
            [("origin", HTTP), ("sec-fetch-site", "cross-site")],
        ] {
            let answer = browser.post(&path, &fields, &headers).await;
            answer.assert_shows(403, &["Nothing was changed"]);
        }
    }
}

#[tokio::test]
async fn our_own_pages_may_send_with_or_without_these_headers() {
    for headers in [
        [("origin", HTTP), ("sec-fetch-site", "same-origin")],
        [("origin", "null"), ("sec-fetch-site", "same-origin")],
        [("origin", ""), ("sec-fetch-site", "")],
        [("origin", HTTP), ("sec-fetch-site", "")],
    ] {
        let mut browser = browser(false);
        let token = browser.get("/log-in").await.token();
        // An empty form is refused for being empty: it has passed all guards.
        browser.post("/log-in", &[("csrf", &token)], &headers).await.assert_shows(400, &["This is needed."]);
    }
}

#[tokio::test]
async fn a_page_under_another_address_is_told_which_one_is_right() {
    let mut browser = browser(false);
    let token = browser.get("/log-in").await.token();
    let headers = [("origin", "http://localhost:8080"), ("sec-fetch-site", "same-origin")];
    let answer = browser.post("/log-in", &[("csrf", &token)], &headers).await;
    answer.assert_shows(403, &["http://127.0.0.1:8080"]);
}

#[tokio::test]
async fn an_action_is_never_done_by_looking_at_it() {
    let mut browser = Browser::logged_in(with(ann()));
    let sessions = ["/profile/sessions/end", "/profile/sessions/end-others"];
    for path in
        ["/log-out", "/language", "/profile/notices", "/profile/export/file"].into_iter().chain(sessions)
    {
        let answer = browser.get(path).await;
        answer.assert_shows(405, &["Not that way"]);
        assert_eq!(answer.header("allow"), "POST");
    }
    for path in ["/profile", "/profile/delete", "/log-in"] {
        let answer = browser.other(poem::http::Method::DELETE, path).await;
        answer.assert_shows(405, &[]);
        assert_eq!(answer.header("allow"), "GET, HEAD, POST");
    }
    assert_eq!(browser.other(poem::http::Method::POST, "/").await.header("allow"), "GET, HEAD");
}
