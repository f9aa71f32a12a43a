//! D5: forms of administrators that did not come from our pages, or not from this person's.

use super::super::browser::{Browser, HTTP};
use super::cast::{buttons, forms, full};
use domain::access::Role;
use domain::users::Locale;
use poem::http::Method;

/// No unit of work is expected on this stage: whatever began one would fail the test.
fn browser() -> Browser {
    Browser::logged_in(full(Role::Admin, Locale::En))
}

fn all() -> Vec<String> {
    forms().into_iter().chain(buttons().into_iter().map(|(path, _)| path)).collect()
}

#[tokio::test]
async fn a_form_without_a_token_of_this_session_changes_nothing() {
    let mut browser = browser();
    let foreign = Browser::new(super::super::people::empty()).get("/").await.token();
    let own = browser.get("/admin/keys").await.token();
    let touched = format!("{}{}", &own[1..], &own[..1]);
    for path in all() {
        for token in ["", "x", foreign.as_str(), touched.as_str()] {
            let fields = [("csrf", token), ("reason", "A reason"), ("confirmation", "revoke")];
            browser.post(&path, &fields, &[]).await.assert_shows(403, &["Nothing was changed"]);
        }
    }
}

#[tokio::test]
async fn a_form_from_another_origin_is_refused_even_with_the_right_token() {
    let mut browser = browser();
    let token = browser.get("/admin/keys").await.token();
    for path in all() {
        for headers in [
            [("origin", "https://evil.example"), ("sec-fetch-site", "")],
            [("origin", "null"), ("sec-fetch-site", "")],
            [("origin", HTTP), ("sec-fetch-site", "cross-site")],
        ] {
            let fields = [("csrf", token.as_str()), ("confirmation", "revoke")];
            browser.post(&path, &fields, &headers).await.assert_shows(403, &["Nothing was changed"]);
        }
    }
}

#[tokio::test]
async fn nothing_is_done_by_looking_at_it() {
    let mut browser = browser();
    for (path, _) in buttons() {
        let answer = browser.get(&path).await;
        answer.assert_shows(405, &["Not that way"]);
        assert_eq!(answer.header("allow"), "POST", "{path}");
    }
    for path in ["/admin", "/admin/users", "/admin/audit", "/admin/audit/export"] {
        assert_eq!(browser.other(Method::POST, path).await.header("allow"), "GET, HEAD", "{path}");
    }
}

#[tokio::test]
async fn every_button_stands_on_a_page_with_a_token_of_its_own() {
    let mut browser = browser();
    for (path, page) in buttons() {
        let body = browser.get(&page).await.body;
        let (_, form) = body.split_once(&format!("action=\"{path}\"")).unwrap();
        let form = form.split("</form>").next().unwrap();
        assert!(form.contains("name=\"csrf\""), "{path}");
    }
}
