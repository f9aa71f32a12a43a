//! Who may come through which door.

use super::super::browser::Browser;
use super::super::people::empty;
use super::cast::{self, bob, buttons, chief, forms, full, page, shown, stage_with, sub};
use application::testing::samples;
use domain::access::{Reason, Role, Scope};
use domain::users::Locale;
use poem::http::StatusCode;

#[tokio::test]
async fn visitors_are_sent_to_the_log_in_and_come_back_from_there() {
    let mut visitor = Browser::new(empty());
    for path in ["/admin", "/admin/users", "/admin/users/new", "/admin/audit", "/admin/keys", &page()] {
        visitor.get(path).await.assert_redirect(&format!("/log-in?next={path}"));
    }
    for path in shown() {
        assert_eq!(visitor.get(&path).await.status, StatusCode::SEE_OTHER, "{path}");
    }
    visitor.get("/admin/audit/export").await.assert_redirect("/log-in");
}

#[tokio::test]
async fn people_without_a_role_are_refused_at_every_door_and_told_so_in_words() {
    let mut browser = Browser::logged_in(full(Role::User, Locale::En));
    let export = "/admin/audit/export".to_owned();
    for path in shown().into_iter().chain([export]) {
        let answer = browser.get(&path).await;
        answer.assert_shows(403, &["Your account is not allowed to do this."]);
        let refused = answer.refused.unwrap();
        assert_eq!(refused.reason, Reason::ScopeNotInRole, "{path}");
        assert!(refused.needed.is_some(), "{path}");
    }
    let token = browser.get("/profile/delete").await.token();
    for path in forms().into_iter().chain(buttons().into_iter().map(|(path, _)| path)) {
        let answer = browser.post(&path, &[("csrf", &token)], &[]).await;
        answer.assert_shows(403, &["Your account is not allowed to do this."]);
    }
    assert!(!browser.get("/profile/delete").await.body.contains("href=\"/admin"));
}

/// Moderators see what their scopes allow, and nothing else.
#[tokio::test]
async fn moderators_look_and_change_nothing() {
    let mut browser = Browser::logged_in(full(Role::Moderator, Locale::En));
    for path in ["/admin", "/admin/users", "/admin/audit", &page(), &sub("activity")] {
        assert_eq!(browser.get(path).await.status, StatusCode::OK, "{path}");
    }
    for (path, needed) in [
        ("/admin/users/new".to_owned(), Scope::UserWrite),
        ("/admin/keys".to_owned(), Scope::AdminRead),
        ("/admin/keys/revoke".to_owned(), Scope::AdminWrite),
        (sub("edit"), Scope::UserWrite),
        (sub("role"), Scope::AdminWrite),
        (sub("suspend"), Scope::UserWrite),
        (sub("delete"), Scope::UserDelete),
    ] {
        let answer = browser.get(&path).await;
        answer.assert_shows(403, &["Your account is not allowed to do this."]);
        assert_eq!(answer.refused.unwrap().needed, Some(needed), "{path}");
    }
    let token = browser.get("/profile/delete").await.token();
    for path in forms().into_iter().chain(buttons().into_iter().map(|(path, _)| path)) {
        let answer = browser.post(&path, &[("csrf", &token), ("reason", "Curious")], &[]).await;
        answer.assert_shows(403, &["Your account is not allowed to do this."]);
    }
}

#[tokio::test]
async fn moderators_are_offered_nothing_that_would_be_refused() {
    let mut browser = Browser::logged_in(full(Role::Moderator, Locale::En));
    let user = browser.get(&page()).await.body;
    for never in
        ["/edit\"", "/role\"", "/suspend\"", "/delete\"", "name=\"reason\"", "/end-session", "/password-link"]
    {
        assert!(!user.contains(never), "{never}");
    }
    assert!(!user.contains("id=\"sessions\""));
    assert!(user.contains("Roles so far") && user.contains("/activity\""));
    let users = browser.get("/admin/users").await.body;
    assert!(!users.contains("/admin/users/new") && !users.contains("href=\"/admin/keys\""));
}

#[tokio::test]
async fn administrators_see_every_page() {
    let mut browser = Browser::logged_in(full(Role::Admin, Locale::En));
    for path in shown() {
        assert_eq!(browser.get(&path).await.status, StatusCode::OK, "{path}");
    }
    let user = browser.get(&page()).await.body;
    for offered in
        ["/edit\"", "/role\"", "/suspend\"", "/delete\"", "name=\"reason\"", "/end-session", "/password-link"]
    {
        assert!(user.contains(offered), "{offered}");
    }
}

/// Somebody who is administrator for a time does not reach one who is so for good.
#[tokio::test]
async fn what_lies_above_ones_own_role_is_neither_offered_nor_done() {
    let mut above = bob();
    above.user.role = Role::Admin;
    let mut stage = stage_with(chief(Role::Admin), above);
    cast::quiet(&mut stage);
    let end = domain::users::RoleEnd {
        at: samples::NOW.plus(std::time::Duration::from_hours(1)),
        then: Role::User,
    };
    stage.sessions.checkpoint();
    stage.sessions.expect_of().returning(|_, _, _| Ok(Vec::new()));
    stage.sessions.expect_find().returning(move |_| {
        let mut live = samples::live_session(1, domain::sessions::Channel::Web, Role::Admin);
        live.standing.role_end = Some(end);
        Ok(Some(live))
    });
    let mut browser = Browser::logged_in(stage);
    let user = browser.get(&page()).await.body;
    assert!(!user.contains("/edit\"") && !user.contains("name=\"reason\"") && !user.contains("/delete\""));
    let answer = browser.get(&sub("role")).await;
    answer.assert_shows(403, &["This concerns a role above your own."]);
    assert_eq!(answer.refused.unwrap().reason, Reason::AboveOwnRole);
}

#[tokio::test]
async fn an_identifier_that_is_none_or_nobodys_leads_nowhere() {
    let mut stage = cast::stage(Role::Admin);
    cast::quiet(&mut stage);
    let mut browser = Browser::logged_in(stage);
    let gone = format!("/admin/users/{}", samples::user_id(9));
    for path in ["/admin/users/x", "/admin/users/x/edit", &gone, &format!("{gone}/role"), &sub("nothing")] {
        browser.get(path).await.assert_shows(404, &["Nothing here"]);
    }
}
