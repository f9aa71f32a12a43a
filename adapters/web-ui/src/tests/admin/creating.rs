//! Accounts that administrators make for others, and links to set a password.

use super::super::browser::Browser;
use super::super::people::HOSTILE;
use super::cast::{SECRET, acts, bob, holds, links, page, quiet, stage, sub};
use application::store::Saved;
use application::testing::samples;
use domain::access::Role;

const NEW: &str = "/admin/users/new";
const FORM: [(&str, &str); 4] =
    [("username", "eve.new"), ("email", "eve@example.com"), ("role", "user"), ("locale", "fr")];

fn link() -> String {
    format!("value=\"http://127.0.0.1:8080/set-password/{SECRET}\"")
}

#[tokio::test]
async fn without_a_password_there_is_a_link_once_and_nowhere_but_on_that_page() {
    let mut stage = stage(Role::Admin);
    links(&mut stage);
    let mut work = stage.work();
    acts(&mut work);
    let events = work.keep_events();
    work.users
        .expect_insert()
        .withf(|user, email, hash| {
            user.role == Role::User && email.as_str() == "eve@example.com" && hash.is_none()
        })
        .times(1)
        .returning(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    work.password_links.expect_put().times(1).returning(|_| Ok(()));
    let made = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let answer = browser.submit(NEW, &FORM).await;
    answer.assert_shows(
        200,
        &[&link(), "readonly", "16 June 2025 at 15:06 UTC", "eve.new has no password yet"],
    );
    assert!(made.happened());
    assert_eq!(events.kinds().len(), 2);
    assert_eq!(answer.header("cache-control"), "no-store");
    assert_eq!(answer.header("location"), "");
    assert!(answer.set_cookies().iter().all(|cookie| !cookie.contains(SECRET)));
    assert_eq!(answer.body.matches(SECRET).count(), 1);
    assert!(!answer.body.contains("action=\"/language\""), "switching the language would lose the link");
}

#[tokio::test]
async fn with_a_password_the_account_is_ready_at_once() {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    stage.hasher.expect_hash().times(1).returning(|_| Ok(samples::hash()));
    let mut work = stage.work();
    acts(&mut work);
    work.keep_events();
    work.users
        .expect_insert()
        .withf(|_, _, hash| hash.is_some())
        .times(1)
        .returning(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let passwords = [("password", samples::PASSWORD), ("password_repeat", samples::PASSWORD)];
    let answer = browser.submit(NEW, &[FORM.as_slice(), &passwords].concat()).await;
    assert!(answer.header("location").starts_with("/admin/users/"), "{}", answer.body);
    browser.get("/admin/users/new").await.assert_shows(200, &["The account is created."]);
}

#[tokio::test]
async fn what_is_wrong_is_told_beside_its_field_and_the_rest_stays() {
    let mut browser = Browser::logged_in(stage(Role::Admin));
    let typed = [
        ("username", "e"),
        ("email", HOSTILE),
        ("full_name", "Eve"),
        ("role", "boss"),
        ("password", "short"),
    ];
    let answer = browser.submit(NEW, &typed).await;
    answer.assert_shows(
        400,
        &[
            "id=\"username-error\"",
            "id=\"email-error\"",
            "id=\"role-error\"",
            "id=\"password-error\"",
            "id=\"password_repeat-error\"",
            "value=\"Eve\"",
        ],
    );
    assert!(!answer.body.contains("value=\"short\""));
}

#[tokio::test]
async fn a_name_that_is_taken_is_told_beside_it() {
    let mut stage = stage(Role::Admin);
    let mut work = stage.work();
    acts(&mut work);
    work.users.expect_insert().returning(|_, _, _| Ok(Saved::UsernameTaken));
    let made = work.committed();
    stage.begins([work]);
    let answer = Browser::logged_in(stage).submit(NEW, &FORM).await;
    answer.assert_shows(
        409,
        &["id=\"username-error\"", "Another account has this user name", "value=\"eve.new\""],
    );
    assert!(!made.happened());
}

#[tokio::test]
async fn whoever_lost_their_password_gets_a_link_and_the_old_password_stays_until_then() {
    let mut stage = stage(Role::Admin);
    quiet(&mut stage);
    links(&mut stage);
    let mut work = holds(&stage, &bob());
    work.keep_events();
    let made = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let answer = browser.submit(&sub("password-link"), &[]).await;
    answer.assert_shows(200, &[&link(), "bob.ray sets another password", &format!("href=\"{}\"", page())]);
    assert!(made.happened());
    assert_eq!((answer.header("cache-control"), answer.header("location")), ("no-store", ""));
    assert!(!browser.get(&page()).await.body.contains(SECRET), "it is shown once");
}
