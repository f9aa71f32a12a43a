//! The link by which somebody sets their password, once.

use super::browser::Browser;
use super::people::{self, COOKIE, LINK, ann, empty, with};
use application::testing::samples::{OTHER_PASSWORD, PASSWORD};
use application::testing::{Stage, samples};

const FORM: [(&str, &str); 2] = [("password", OTHER_PASSWORD), ("password_repeat", OTHER_PASSWORD)];

fn path() -> String {
    format!("/set-password/{LINK}")
}

fn ready(taken: bool) -> (Stage, application::testing::Committed) {
    let mut stage = empty();
    stage.users.expect_profile().returning(|_| Ok(Some(ann())));
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
    let mut work = stage.work();
    work.password_links.expect_take().times(1).returning(move |_, _| Ok(taken));
    people::takes_all(&mut work);
    let committed = work.committed();
    stage.begins([work]);
    (stage, committed)
}

#[tokio::test]
async fn whoever_has_the_link_sets_a_password_and_is_asked_to_log_in_with_it() {
    let (stage, set) = ready(true);
    let mut browser = Browser::new(stage);
    let page = browser.get(&path()).await;
    page.assert_shows(
        200,
        &[
            "Set your password",
            "autocomplete=\"new-password\"",
            "data-live=\"strength\"",
            "data-live=\"repeat\"",
        ],
    );
    browser.submit(&path(), &FORM).await.assert_redirect("/log-in");
    assert!(set.happened());
    assert!(!browser.cookies.contains_key("session"), "a link is no log-in");
    browser.get("/log-in").await.assert_shows(200, &["Your password is set. Log in with it."]);
}

#[tokio::test]
async fn a_link_that_does_not_work_says_where_to_get_another_one() {
    for (locale, text) in [("en", "Ask an administrator of this service"), ("fr", "Demandez-en un nouveau")] {
        let mut browser = Browser::new(empty());
        browser.cookies.insert("lang".to_owned(), locale.to_owned());
        browser.get("/set-password/guessed").await.assert_shows(404, &[text]);
        let token = browser.get("/").await.token();
        // What is wrong with the form is not even looked at.
        let answer = browser.post("/set-password/guessed", &[("csrf", &token)], &[]).await;
        answer.assert_shows(404, &[text]);
        assert!(!answer.body.contains("id=\"password\""));
    }
}

#[tokio::test]
async fn of_two_uses_of_one_link_the_second_is_told_that_it_has_done_its_work() {
    let (stage, set) = ready(false);
    Browser::new(stage)
        .submit(&path(), &FORM)
        .await
        .assert_shows(404, &["This link does not work, or no longer"]);
    assert!(!set.happened());
}

#[tokio::test]
async fn what_is_wrong_with_the_password_is_said_beside_its_field() {
    for (form, field, text) in [
        (
            [("password", OTHER_PASSWORD), ("password_repeat", PASSWORD)],
            "password_repeat",
            "The two entries differ.",
        ),
        ([("password", "short"), ("password_repeat", "short")], "password", "Use at least 12 characters."),
    ] {
        let mut stage = empty();
        stage.users.expect_profile().returning(|_| Ok(Some(ann())));
        let answer = Browser::new(stage).submit(&path(), &form).await;
        answer.assert_shows(400, &[&format!("id=\"{field}-error\">{text}"), "Not done:"]);
    }
}

#[tokio::test]
async fn somebody_else_who_is_logged_in_here_stays_so() {
    let mut stage = with(ann());
    stage.hasher.expect_hash().returning(|_| Ok(samples::hash()));
    let work = people::work(&stage);
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    browser.submit(&path(), &FORM).await.assert_redirect("/log-in");
    assert_eq!(browser.cookies["session"], COOKIE);
}
