//! What people have to be told about their account, until they say that they have seen it.

use super::browser::Browser;
use super::people::{ann, busy, empty, notice, with};
use application::testing::samples;

const BANNER: &str = "Somebody may have been in your account";

#[tokio::test]
async fn what_has_to_be_told_stands_on_the_first_pages_with_its_time_and_what_to_do() {
    let mut browser = Browser::logged_in(busy(ann()));
    for path in ["/", "/profile", "/profile/security"] {
        let page = browser.get(path).await;
        page.assert_shows(
            200,
            &[
                BANNER,
                "Change your password",
                "href=\"/profile/security#password-heading\"",
                "15 June 2025 at 15:07 UTC",
                "15 June 2025 at 15:08 UTC",
                &format!("name=\"until\" value=\"{}\"", notice(2).at.as_micros()),
                &format!("name=\"return_to\" value=\"{path}\""),
            ],
        );
        assert_eq!(page.body.matches(BANNER).count(), 1, "{path}: said once, however often it happened");
    }
}

#[tokio::test]
async fn nobody_is_told_anything_when_there_is_nothing_to_tell() {
    for path in ["/", "/profile", "/profile/security"] {
        let page = Browser::logged_in(with(ann())).get(path).await;
        assert!(!page.body.contains(BANNER) && !page.body.contains("/profile/notices"), "{path}");
    }
    assert!(!Browser::new(empty()).get("/").await.body.contains("/profile/notices"));
}

#[tokio::test]
async fn what_was_seen_is_forgotten_up_to_the_latest_that_was_shown() {
    for (return_to, place) in
        [("/", "/"), ("/profile/security", "/profile/security"), ("//evil.example", "/profile")]
    {
        let mut stage = busy(ann());
        let mut work = stage.work();
        work.notices
            .expect_dismiss()
            .withf(|user, until| (*user, *until) == (samples::user_id(1), notice(2).at))
            .times(1)
            .returning(|_, _| Ok(2));
        let seen = work.committed();
        stage.begins([work]);
        let until = notice(2).at.as_micros().to_string();
        let form = [("until", until.as_str()), ("return_to", return_to)];
        Browser::logged_in(stage).submit("/profile/notices", &form).await.assert_redirect(place);
        assert!(seen.happened());
    }
}

#[tokio::test]
async fn a_moment_that_is_none_dismisses_nothing() {
    for until in ["", "soon", "99999999999999999999"] {
        let answer = Browser::logged_in(with(ann())).submit("/profile/notices", &[("until", until)]).await;
        answer.assert_shows(400, &[]);
    }
}
