//! What administrators can do to themselves, and what they have to prove for it.

use super::super::browser::Browser;
use super::cast::{chief, holds, quiet, stage};
use application::hashing::Verdict;
use application::store::Saved;
use application::testing::{Stage, samples};
use domain::access::{Reason, Role};

fn own(name: &str) -> String {
    format!("/admin/users/{}/{name}", samples::user_id(1))
}

fn at_home() -> Stage {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    stage
}

fn proof(stage: &mut Stage, right: bool) {
    stage.attempts.expect_find().returning(|_| Ok(None));
    stage.hasher.expect_verify().returning(move |_, _| Ok(Verdict { matches: right, outdated: false }));
}

#[tokio::test]
async fn the_forms_ask_for_the_password_and_those_for_others_do_not() {
    let mut browser = Browser::logged_in(at_home());
    for name in ["role", "suspend"] {
        browser.get(&own(name)).await.assert_shows(200, &["name=\"password\" type=\"password\""]);
        assert!(!browser.get(&super::cast::sub(name)).await.body.contains("name=\"password\""));
    }
}

/// One's own password is changed with the one in use.
#[tokio::test]
async fn there_is_no_link_to_set_ones_own_password() {
    let mut browser = Browser::logged_in(at_home());
    let own_page = browser.get(&format!("/admin/users/{}", samples::user_id(1))).await;
    own_page.assert_shows(200, &["/edit\"", "/suspend\""]);
    assert!(!own_page.body.contains("/password-link"));
    browser.get(&super::cast::page()).await.assert_shows(200, &["/password-link\""]);
    let token = browser.get("/profile/delete").await.token();
    let answer = browser.post(&own("password-link"), &[("csrf", &token)], &[]).await;
    answer.assert_shows(403, &["Give your password with it."]);
    assert_eq!(answer.refused.map(|refused| refused.reason), Some(Reason::PasswordNeeded));
}

#[tokio::test]
async fn nobody_lowers_or_suspends_themselves_without_their_password() {
    let mut browser = Browser::logged_in(at_home());
    for (name, form) in [
        ("role", [("role", "user"), ("reason", "Enough")]),
        ("suspend", [("role", ""), ("reason", "Enough")]),
    ] {
        let answer = browser.submit(&own(name), &form).await;
        answer.assert_shows(403, &["id=\"password-error\"", "Give your password with it.", "Enough"]);
        assert!(answer.refused.is_some());
    }
}

#[tokio::test]
async fn a_wrong_password_changes_nothing() {
    let mut stage = at_home();
    proof(&mut stage, false);
    let mut failed = stage.work();
    failed.keep_events();
    failed.attempts.expect_find().returning(|_| Ok(None));
    failed.attempts.expect_put().returning(|_, _, _| Ok(()));
    stage.begins([failed]);
    let form = [("reason", "Enough"), ("password", samples::OTHER_PASSWORD)];
    let answer = Browser::logged_in(stage).submit(&own("suspend"), &form).await;
    answer.assert_shows(403, &["id=\"password-error\"", "That is not your password."]);
    assert!(!answer.body.contains(samples::OTHER_PASSWORD));
}

#[tokio::test]
async fn with_the_password_one_lowers_oneself_and_gets_to_a_page_that_one_may_still_see() {
    let mut stage = at_home();
    proof(&mut stage, true);
    let mut work = holds(&stage, &chief(Role::Admin));
    work.keep_events();
    work.attempts.expect_clear_of().returning(|_| Ok(false));
    work.users
        .expect_update()
        .withf(|user, _| user.id == samples::user_id(1) && user.role == Role::User)
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    let saved = work.committed();
    stage.begins([work]);
    let form = [("role", "user"), ("reason", "Enough"), ("password", samples::PASSWORD)];
    let answer = Browser::logged_in(stage).submit(&own("role"), &form).await;
    answer.assert_redirect("/profile");
    assert!(saved.happened());
}

/// A unit of work in which user 1 does to themselves what they like.
fn by_oneself(stage: &mut Stage) -> application::testing::Committed {
    let mut work = holds(stage, &chief(Role::Admin));
    work.keep_events();
    work.attempts.expect_clear_of().returning(|_| Ok(false));
    work.sessions.expect_end().returning(|_| Ok(true));
    work.users.expect_update().returning(|_, _| Ok(Saved::Yes));
    let done = work.committed();
    stage.begins([work]);
    done
}

#[tokio::test]
async fn whoever_ends_the_session_in_use_is_logged_out_and_keeps_no_cookie() {
    let session = samples::session_id(1).to_string();
    for (name, form) in [("end-session", vec![("session", session.as_str())]), ("end-sessions", Vec::new())] {
        let mut stage = at_home();
        let done = by_oneself(&mut stage);
        let mut browser = Browser::logged_in(stage);
        let token = browser.get(&own("edit")).await.token();
        let form = [form.as_slice(), &[("csrf", token.as_str())]].concat();
        browser.post(&own(name), &form, &[]).await.assert_redirect("/");
        assert!(done.happened());
        assert!(!browser.cookies.contains_key("session"), "{name}");
    }
}

#[tokio::test]
async fn whoever_suspends_themselves_keeps_no_cookie() {
    let mut stage = at_home();
    proof(&mut stage, true);
    let done = by_oneself(&mut stage);
    let mut browser = Browser::logged_in(stage);
    let form = [("reason", "Enough"), ("password", samples::PASSWORD)];
    browser.submit(&own("suspend"), &form).await.assert_redirect("/profile");
    assert!(done.happened());
    assert!(!browser.cookies.contains_key("session"));
}

#[tokio::test]
async fn one_deletes_oneself_where_the_password_is_asked_for() {
    let mut browser = Browser::logged_in(at_home());
    browser.get(&own("delete")).await.assert_redirect("/profile/delete");
    let token = browser.get("/profile/delete").await.token();
    let form = [("csrf", token.as_str()), ("confirmation", "root.chief")];
    browser.post(&own("delete"), &form, &[]).await.assert_redirect("/profile/delete");
}
