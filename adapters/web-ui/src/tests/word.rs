//! What is left with an answer for whoever writes refusals down.

use super::browser::{Browser, HTTP};
use super::people::{self, COOKIE, ann, empty, with};
use application::access::Refused;
use application::actor::Evidence;
use application::testing::samples;
use domain::access::{Credential, Reason, Role, Scope, SessionState};
use domain::sessions::Channel;

#[tokio::test]
async fn whoever_is_only_shown_the_way_in_leaves_no_word() {
    let mut browser = Browser::new(empty());
    for path in ["/profile", "/profile/security", "/admin/users"] {
        let answer = browser.get(path).await;
        answer.assert_redirect(&format!("/log-in?next={path}"));
        assert_eq!(answer.refused, None, "{path}");
    }
    browser.get("/log-in").await;
    assert!(!browser.cookies.is_empty(), "one that says nothing of who it is changes nothing");
    assert_eq!(browser.get("/profile").await.refused, None);
    let origin = [("origin", HTTP)];
    let sent = browser.post("/profile/delete", &[("password", "x")], &origin).await;
    assert_eq!((sent.status.as_u16(), sent.refused), (303, None));
}

/// Between the look at the cookie and the look at the account somebody deleted it.
#[tokio::test]
async fn a_cookie_whose_owner_has_just_gone_leaves_word() {
    let mut stage = empty();
    stage.sessions.expect_find().returning(|_| Ok(Some(samples::live_session(1, Channel::Web, Role::User))));
    stage.users.expect_own_profile().returning(|_| Ok(None));
    let answer = Browser::logged_in(stage).get("/profile").await;
    let expected = Refused { evidence: Evidence::default(), needed: None, reason: Reason::NoCredential };
    answer.assert_redirect("/log-in?next=/profile");
    assert_eq!(answer.refused, Some(expected));
}

#[tokio::test]
async fn a_cookie_that_opens_nothing_says_why() {
    let mut stage = empty();
    stage.sessions.expect_find().returning(|_| Ok(None));
    let mut browser = Browser::logged_in(stage);
    let refused = browser.get("/profile/security").await.refused.unwrap();
    assert_eq!(refused.reason, Reason::SessionGone);
    assert_eq!(refused.evidence.session_id, Some(samples::session_id(1)));
    assert_eq!(refused.evidence.session, Some(SessionState::Gone));
    assert_eq!(browser.get("/").await.refused, None, "everybody may look at that");
    browser.cookies.insert("session".to_owned(), "planted".to_owned());
    let refused = browser.get("/profile").await.refused.unwrap();
    assert_eq!(
        (refused.reason, refused.evidence.credential),
        (Reason::UnreadableCredential, Credential::Unreadable)
    );
}

/// D5.
#[tokio::test]
async fn a_forged_form_leaves_word_of_whose_browser_was_to_send_it() {
    let mut browser = Browser::logged_in(with(ann()));
    let foreign = [("origin", "https://evil.example")];
    let without_token = browser.post("/profile/delete", &[], &[]).await;
    let from_elsewhere = browser.post("/profile/delete", &[], &foreign).await;
    for answer in [without_token, from_elsewhere] {
        let refused = answer.refused.unwrap();
        assert_eq!((refused.reason, refused.needed), (Reason::ForeignForm, None));
        assert_eq!(refused.evidence.user_id, Some(samples::user_id(1)));
    }
}

#[tokio::test]
async fn a_role_that_does_not_reach_that_far_leaves_word_of_the_scope_that_is_missing() {
    let answer = Browser::logged_in(with(ann())).get("/admin").await;
    answer.assert_shows(403, &["Your account is not allowed to do this."]);
    let refused = answer.refused.unwrap();
    assert_eq!((refused.reason, refused.needed), (Reason::ScopeNotInRole, Some(Scope::StatsRead)));
    assert_eq!(
        (refused.evidence.role, refused.evidence.session),
        (Some(Role::User), Some(SessionState::Live))
    );
}

#[tokio::test]
async fn an_answer_that_refuses_nobody_leaves_no_word() {
    let mut browser = Browser::logged_in(with(ann()));
    for path in ["/", "/profile", "/nowhere", "/log-out"] {
        assert_eq!(browser.get(path).await.refused, None, "{path}");
    }
    assert_eq!(browser.submit("/profile", &[("website", "x")]).await.refused, None);
}

#[tokio::test]
async fn every_answer_names_the_pattern_of_its_path_and_never_the_path() {
    let user = samples::user_id(1);
    for (path, pattern) in [
        ("/profile/security".to_owned(), "/profile/security"),
        (format!("/set-password/{}", people::LINK), "/set-password/:token"),
        ("/admin".to_owned(), "/admin"),
        (format!("/admin/users/{user}"), "/admin/users/:id"),
        (format!("/admin/users/{user}/edit"), "/admin/users/:id/edit"),
    ] {
        let mut browser = Browser::new(empty());
        browser.cookies.insert("session".to_owned(), format!("not-{COOKIE}"));
        assert_eq!(browser.get(&path).await.pattern, pattern);
    }
}

#[tokio::test]
async fn a_path_that_leads_nowhere_has_no_pattern() {
    let mut browser = Browser::new(empty());
    for path in ["/nowhere", "/nowhere/further", "/profile/nowhere"] {
        for accept in ["text/html", "application/json"] {
            let answer = browser.get_with(path, &[("accept", accept)]).await;
            answer.assert_shows(404, &[]);
            assert_eq!(answer.pattern, "", "{path}");
        }
    }
}
