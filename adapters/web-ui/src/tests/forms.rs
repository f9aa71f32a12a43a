//! Forms that are taken, and forms that come back.

use super::browser::Browser;
use super::people::{self, HOSTILE, LINK, ann, empty, with};
use application::store::Saved;
use application::testing::samples::{self, OTHER_PASSWORD, PASSWORD};
use domain::access::Role;
use domain::sessions::Channel;
use domain::users::{Locale, Theme};

pub(super) const SIGN_UP: [(&str, &str); 4] = [
    ("username", "ann.lee"),
    ("email", "ann.lee@example.com"),
    ("password", PASSWORD),
    ("password_repeat", PASSWORD),
];

/// The same form with another value in one field.
fn with_field<'a>(form: &[(&'a str, &'a str)], name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    let others = form.iter().copied().filter(|(known, _)| *known != name);
    others.chain([(name, value)]).collect()
}

#[tokio::test]
async fn a_new_account_is_made_and_its_owner_asked_to_log_in() {
    let mut stage = empty();
    people::password(&mut stage, true);
    let work = people::work(&stage);
    let made = work.committed();
    stage.begins([work]);
    let mut browser = Browser::new(stage);
    browser.submit("/sign-up", &SIGN_UP).await.assert_redirect("/log-in");
    assert!(made.happened());
    browser.get("/log-in").await.assert_shows(200, &["role=\"status\"", "Your account is ready."]);
    assert!(!browser.get("/log-in").await.body.contains("Your account is ready."));
}

#[tokio::test]
async fn every_mistake_stands_beside_its_field_and_what_was_typed_stays() {
    let mut browser = Browser::new(empty());
    let form = [
        ("username", "a"),
        ("email", "no<where>"),
        ("full_name", HOSTILE),
        ("password", "shortsecret"),
        ("password_repeat", "other-secret"),
    ];
    let answer = browser.submit("/sign-up", &form).await;
    answer.assert_shows(
        400,
        &[
            "<title>Not done: Create an account",
            "role=\"alert\" tabindex=\"-1\" autofocus",
            "4 things need another look",
            "href=\"#username\"",
            "id=\"username-error\">Use at least 3 characters.",
            "aria-describedby=\"username-error username-hint\"",
            "value=\"a\"",
            "id=\"email-error\">This is not a complete e-mail address",
            "value=\"no&#60;where&#62;\"",
            "id=\"password-error\">Use at least 12 characters.",
            "id=\"password_repeat-error\">The two entries differ.",
        ],
    );
    assert_eq!(answer.body.matches("aria-invalid=\"true\"").count(), 4);
    assert!(!answer.body.contains("shortsecret") && !answer.body.contains("other-secret"));
    assert!(!answer.body.contains("<svg onload"));
}

#[tokio::test]
async fn no_form_ever_shows_a_password_again() {
    let secret = "my-very-own-secret-\u{1f600}";
    let member = || Browser::logged_in(with(ann()));
    let forms: [(&str, bool, &[&str]); 7] = [
        ("/sign-up", false, &["password", "password_repeat"]),
        ("/log-in", false, &["password"]),
        ("/setup/setup-Secret_1", false, &["password", "password_repeat"]),
        ("/set-password/setup-Secret_1", false, &["password", "password_repeat"]),
        ("/profile/security", true, &["current_password", "new_password", "password_repeat"]),
        ("/profile/export", true, &["password"]),
        ("/profile/delete", true, &["password"]),
    ];
    for (path, for_members, fields) in forms {
        let mut browser = if for_members { member() } else { Browser::new(empty()) };
        // A line break makes every password a mistake, so that each form comes back.
        let text = format!("{secret}\n");
        let form: Vec<(&str, &str)> = fields.iter().map(|name| (*name, text.as_str())).collect();
        let answer = browser.submit(path, &form).await;
        answer.assert_shows(400, &["a character that is not allowed here"]);
        assert!(!answer.body.contains("my-very-own-secret"), "{path}");
    }
}

#[tokio::test]
async fn a_taken_name_and_a_taken_address_are_said_beside_their_fields() {
    for (saved, field, text) in [
        (Saved::UsernameTaken, "username", "Another account has this user name"),
        (Saved::EmailTaken, "email", "Another account has this e-mail address."),
    ] {
        let mut stage = empty();
        people::password(&mut stage, true);
        let mut work = stage.work();
        work.users.expect_insert().returning(move |_, _, _| Ok(saved));
        stage.begins([work]);
        let answer = Browser::new(stage).submit("/sign-up", &SIGN_UP).await;
        answer.assert_shows(409, &[&format!("id=\"{field}-error\">{text}"), "value=\"ann.lee\""]);
    }
}

#[tokio::test]
async fn the_profile_is_edited_as_a_whole_and_an_empty_field_is_cleared() {
    let mut profile = ann();
    profile.personal.bio = domain::users::Bio::parse("Sails.").ok();
    let before = profile.personal.clone();
    let mut stage = with(profile);
    let mut work = stage.work();
    work.keep_events();
    work.users
        .expect_find()
        .returning(|_| Ok(application::testing::samples::account(1, "ann.lee", Role::User)));
    work.personal_data.expect_find().returning(move |_| Ok(Some(before.clone())));
    work.users
        .expect_update()
        .withf(|user, email| {
            let preferences = &user.preferences;
            user.username.as_str() == "annie"
                && email.is_some_and(|email| email.as_str() == "annie@example.com")
                && preferences.theme == Theme::Dark
                && preferences.locale == Locale::Fr
                && !preferences.email_notifications
        })
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    work.personal_data
        .expect_put()
        .withf(|_, personal| {
            personal.bio.is_none() && personal.full_name.as_ref().is_some_and(|n| n.as_str() == "Ann")
        })
        .times(1)
        .returning(|_, _| Ok(()));
    let saved = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let form = [
        ("username", "annie"),
        ("email", "annie@example.com"),
        ("full_name", "Ann"),
        ("bio", ""),
        ("theme", "dark"),
        ("locale", "fr"),
    ];
    browser.submit("/profile", &form).await.assert_redirect("/profile");
    assert!(saved.happened());
    assert_eq!(browser.cookies["lang"], "fr", "so that the language stays after the log-out");
    browser.get("/profile").await.assert_shows(200, &["Your profile is saved."]);
}

#[tokio::test]
async fn a_refused_profile_shows_what_was_typed_and_the_profile_as_it_is() {
    let mut browser = Browser::logged_in(with(ann()));
    let form = [("username", "annie"), ("email", "annie@example.com"), ("website", "http://x.example")];
    let answer = browser.submit("/profile", &with_field(&form, "bio", "line one\nline two")).await;
    answer.assert_shows(
        400,
        &[
            "id=\"website-error\"",
            "value=\"http://x.example\"",
            "value=\"annie\"",
            "line one\nline two",
            "@<bdi>ann.lee",
        ],
    );
    assert!(!answer.body.contains(" checked"), "an unticked box stays unticked");
}

#[tokio::test]
async fn the_wrong_current_password_is_said_beside_its_field() {
    for (path, field) in [
        ("/profile/security", "current_password"),
        ("/profile/export", "password"),
        ("/profile/delete", "password"),
    ] {
        let mut stage = with(ann());
        people::password(&mut stage, false);
        let mut work = stage.work();
        work.keep_events();
        work.attempts.expect_find().returning(|_| Ok(None));
        work.attempts.expect_put().returning(|_, _, _| Ok(()));
        stage.begins([work]);
        let mut browser = Browser::logged_in(stage);
        let form = [
            ("password", PASSWORD),
            ("current_password", PASSWORD),
            ("new_password", OTHER_PASSWORD),
            ("password_repeat", OTHER_PASSWORD),
        ];
        let answer = browser.submit(path, &form).await;
        answer.assert_shows(403, &[&format!("id=\"{field}-error\">That is not your password.")]);
        assert_eq!(browser.cookies["session"], people::COOKIE);
    }
}

#[tokio::test]
async fn the_last_administrator_can_not_leave() {
    let mut profile = ann();
    profile.user.role = Role::Admin;
    let mut stage = with(profile);
    people::password(&mut stage, true);
    let mut work = stage.work();
    work.instance.expect_lock_administrators().returning(|| Ok(()));
    work.sessions.expect_find().returning(|_| Ok(Some(samples::live_session(1, Channel::Web, Role::Admin))));
    work.users.expect_has_administrator_besides().returning(|_| Ok(false));
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let answer = browser.submit("/profile/delete", &[("password", PASSWORD)]).await;
    answer.assert_shows(409, &["This is the last active administrator."]);
    assert_eq!(browser.cookies["session"], people::COOKIE);
}

#[tokio::test]
async fn the_first_administrator_is_created_once() {
    let path = format!("/setup/{LINK}");
    for (first, place) in [(true, Some("/log-in")), (false, None)] {
        let mut stage = empty();
        people::password(&mut stage, true);
        let mut work = stage.work();
        work.keep_events();
        work.instance.expect_lock_administrators().returning(|| Ok(()));
        work.instance.expect_settle_administration().returning(move |_| Ok(first));
        work.users
            .expect_insert()
            .withf(|user, _, _| user.role == Role::Admin)
            .returning(|_, _, _| Ok(Saved::Yes));
        work.personal_data.expect_put().returning(|_, _| Ok(()));
        let made = work.committed();
        stage.begins([work]);
        let mut browser = Browser::new(stage);
        let answer = browser.submit(&path, &SIGN_UP).await;
        match place {
            Some(place) => answer.assert_redirect(place),
            None => answer.assert_shows(404, &["This link does not work"]),
        }
        assert_eq!(made.happened(), first);
    }
}
