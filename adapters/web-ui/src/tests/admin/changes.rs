//! What administrators change on the accounts of others.

use super::super::browser::Browser;
use super::cast::{bob, holds, hostile_bob, page, quiet, stage, stage_with, sub};
use application::store::Saved;
use application::testing::{Stage, samples};
use domain::access::Role;
use domain::audit::EventKind;
use domain::users::{Status, Theme};
use std::time::Duration;

fn at_work() -> Stage {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    stage
}

#[tokio::test]
async fn only_what_was_filled_in_is_changed() {
    let mut stage = at_work();
    let mut work = holds(&stage, &hostile_bob());
    work.keep_events();
    work.users
        .expect_update()
        .withf(|user, email| {
            let kept = user.username.as_str() == "bob.ray" && email.is_none();
            kept && user.preferences.theme == Theme::Dark && user.preferences.email_notifications
        })
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    work.personal_data.checkpoint();
    work.personal_data.expect_find().returning(|_| Ok(Some(hostile_bob().personal)));
    work.personal_data
        .expect_put()
        .withf(|_, personal| {
            let before = hostile_bob().personal;
            personal.full_name == before.full_name
                && personal.bio.is_none()
                && personal.location != before.location
        })
        .times(1)
        .returning(|_, _| Ok(()));
    let saved = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let form = [
        ("username", ""),
        ("email", " "),
        ("full_name", ""),
        ("location", "Lyon"),
        ("bio", ""),
        ("clear_bio", "yes"),
    ];
    let answer =
        browser.submit(&sub("edit"), &[form.as_slice(), &[("theme", "dark"), ("locale", "")]].concat()).await;
    answer.assert_redirect(&page());
    assert!(saved.happened());
    browser.get(&page()).await.assert_shows(200, &["The profile is saved."]);
}

#[tokio::test]
async fn the_form_to_edit_holds_nothing_of_the_person_not_even_masked() {
    let form = Browser::logged_in(at_work()).get(&sub("edit")).await;
    form.assert_shows(200, &["What you leave empty stays as it is."]);
    assert!(!form.body.contains('\u{2022}') && !form.body.contains("Robert"));
}

#[tokio::test]
async fn a_wrong_edit_comes_back_as_it_was_typed() {
    let mut browser = Browser::logged_in(at_work());
    let form = [
        ("website", "http://insecure.example"),
        ("email", "nowhere"),
        ("clear_bio", "yes"),
        ("theme", "pink"),
        ("email_notifications", "maybe"),
    ];
    let answer = browser.submit(&sub("edit"), &form).await;
    answer.assert_shows(
        400,
        &[
            "value=\"http://insecure.example\"",
            "id=\"website-error\"",
            "id=\"email-error\"",
            "id=\"theme-error\"",
            "id=\"email_notifications-error\">Choose one of the options.",
            "name=\"clear_bio\" type=\"checkbox\" value=\"yes\" checked",
        ],
    );
}

#[tokio::test]
async fn a_role_is_given_with_a_reason_until_a_date() {
    let mut stage = at_work();
    let mut work = holds(&stage, &bob());
    let events = work.keep_events();
    work.users
        .expect_update()
        .withf(|user, _| {
            let end = samples::NOW.floor(Duration::from_mins(1)).plus(Duration::from_hours(24));
            user.role == Role::Moderator && user.role_end.is_some_and(|role_end| role_end.at == end)
        })
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    let saved = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let form = [("role", "moderator"), ("reason", "Holiday cover"), ("expires_at", "2025-06-16T15:06")];
    browser.submit(&sub("role"), &form).await.assert_redirect(&page());
    assert!(saved.happened());
    assert_eq!(events.kinds(), [EventKind::RoleChanged]);
}

#[tokio::test]
async fn a_role_without_a_reason_or_with_an_end_that_is_none_is_refused_beside_the_field() {
    let mut browser = Browser::logged_in(at_work());
    let answer = browser.submit(&sub("role"), &[("role", "boss"), ("expires_at", "soon")]).await;
    answer.assert_shows(
        400,
        &["id=\"role-error\"", "id=\"reason-error\"", "id=\"expires_at-error\"", "Give a date and a time"],
    );
    let mut stage = at_work();
    let work = holds(&stage, &bob());
    let saved = work.committed();
    stage.begins([work]);
    let form = [("role", "moderator"), ("reason", "Too late"), ("expires_at", "2025-06-14T10:00")];
    let answer = Browser::logged_in(stage).submit(&sub("role"), &form).await;
    answer.assert_shows(400, &["Choose a moment in the future.", "value=\"2025-06-14T10:00\"", "Too late"]);
    assert!(!saved.happened());
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    let mut other = bob();
    other.user.role = Role::Admin;
    let mut stage = stage_with(super::cast::chief(Role::Admin), other.clone());
    quiet(&mut stage);
    let mut work = holds(&stage, &other);
    work.users.checkpoint();
    work.users.expect_find().returning(move |_| Ok(Some(super::cast::account(&other))));
    work.users.expect_has_administrator_besides().returning(|_| Ok(false));
    let saved = work.committed();
    stage.begins([work]);
    let form = [("role", "user"), ("reason", "Leaves us")];
    let answer = Browser::logged_in(stage).submit(&sub("role"), &form).await;
    answer.assert_shows(409, &["This is the last active administrator.", "Leaves us"]);
    assert!(!saved.happened());
}

#[tokio::test]
async fn an_account_is_suspended_with_a_reason_and_opened_again() {
    let mut stage = stage_with(super::cast::chief(Role::Admin), hostile_bob());
    quiet(&mut stage);
    let mut suspends = holds(&stage, &bob());
    let events = suspends.keep_events();
    suspends
        .users
        .expect_update()
        .withf(|user, _| user.status() == Status::Suspended && user.standing().suspended_until.is_none())
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    let mut reinstates = holds(&stage, &hostile_bob());
    reinstates.keep_events();
    reinstates
        .users
        .expect_update()
        .withf(|user, _| user.status() == Status::Active)
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    let done = [suspends.committed(), reinstates.committed()];
    stage.begins([suspends, reinstates]);
    let mut browser = Browser::logged_in(stage);
    browser.submit(&sub("suspend"), &[("reason", "Spam"), ("until", "")]).await.assert_redirect(&page());
    assert_eq!(events.kinds(), [EventKind::UserSuspended]);
    browser.submit(&sub("reinstate"), &[]).await.assert_redirect(&page());
    assert!(done.iter().all(application::testing::Committed::happened));
    browser.get(&page()).await.assert_shows(200, &["The account is open again."]);
}

#[tokio::test]
async fn nobody_is_suspended_without_a_reason() {
    let mut browser = Browser::logged_in(at_work());
    let answer = browser.submit(&sub("suspend"), &[("reason", ""), ("until", "tomorrow")]).await;
    answer.assert_shows(400, &["id=\"reason-error\"", "id=\"until-error\""]);
}

#[tokio::test]
async fn one_session_is_ended_or_all_of_them() {
    let mut stage = at_work();
    let mut one = holds(&stage, &bob());
    one.keep_events();
    one.sessions.expect_end().withf(|id| *id == samples::session_id(2)).times(1).returning(|_| Ok(true));
    let mut all = holds(&stage, &bob());
    all.keep_events();
    let done = [one.committed(), all.committed()];
    stage.begins([one, all]);
    let mut browser = Browser::logged_in(stage);
    let session = samples::session_id(2).to_string();
    browser.submit(&sub("end-session"), &[("session", &session)]).await.assert_redirect(&page());
    browser.submit(&sub("end-sessions"), &[]).await.assert_redirect(&page());
    assert!(done.iter().all(application::testing::Committed::happened));
    browser.submit(&sub("end-session"), &[("session", "x")]).await.assert_shows(400, &[]);
}

#[tokio::test]
async fn a_session_of_somebody_else_is_not_ended_on_this_page() {
    let mut stage = at_work();
    let work = holds(&stage, &bob());
    let done = work.committed();
    stage.begins([work]);
    let session = samples::session_id(1).to_string();
    let answer = Browser::logged_in(stage).submit(&sub("end-session"), &[("session", &session)]).await;
    answer.assert_shows(404, &["There is no such session."]);
    assert!(!done.happened());
    assert!(answer.refused.is_some());
}

#[tokio::test]
async fn an_account_is_deleted_once_its_name_is_typed() {
    let mut stage = at_work();
    let mut work = holds(&stage, &bob());
    let events = work.keep_events();
    work.users.expect_delete().withf(|id| *id == samples::user_id(2)).times(1).returning(|_| Ok(true));
    let gone = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    for typed in ["", "bob", "BOB.RAY", "root.chief"] {
        let answer = browser.submit(&sub("delete"), &[("confirmation", typed)]).await;
        answer.assert_shows(400, &["id=\"confirmation-error\""]);
    }
    assert!(!gone.happened());
    let answer = browser.submit(&sub("delete"), &[("confirmation", " bob.ray ")]).await;
    assert!(gone.happened());
    assert_eq!(events.kinds(), [EventKind::UserDeleted]);
    answer.assert_shows(
        200,
        &[
            "<h1>The account is deleted</h1>",
            "The account bob.ray and what it said of the person are erased.",
            &format!("subject&#34;:&#34;{}&#34;", samples::user_id(2)),
            "xtrem-erasure-receipt..",
            "download=\"xtrem-erasure-receipt.json\"",
        ],
    );
    assert!(!answer.body.contains("action=\"/language\""), "switching the language would lose the receipt");
    assert_eq!(answer.header("cache-control"), "no-store");
}
