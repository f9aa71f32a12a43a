//! Which language a page is in, and how it is switched.

use super::browser::Browser;
use super::people::{self, ann, empty, with};
use application::store::Saved;
use domain::users::Locale;

const FRENCH: &str = "<html lang=\"fr\"";
const ENGLISH: &str = "<html lang=\"en\"";

fn french_ann() -> domain::users::Profile {
    let mut profile = ann();
    profile.user.preferences.locale = Locale::Fr;
    profile
}

#[tokio::test]
async fn the_profile_decides_then_the_cookie_then_the_browser() {
    let asks_french = [("accept-language", "fr-CA,fr;q=0.9,en;q=0.8")];
    let mut browser = Browser::new(empty());
    browser.get("/").await.assert_shows(200, &[ENGLISH]);
    browser.get_with("/", &asks_french).await.assert_shows(200, &[FRENCH]);
    browser.cookies.insert("lang".to_owned(), "en".to_owned());
    browser.get_with("/", &asks_french).await.assert_shows(200, &[ENGLISH]);
    browser.cookies.insert("lang".to_owned(), "tlh".to_owned());
    browser.get_with("/", &asks_french).await.assert_shows(200, &[FRENCH]);
    let mut browser = Browser::logged_in(with(french_ann()));
    browser.cookies.insert("lang".to_owned(), "en".to_owned());
    browser.get("/").await.assert_shows(200, &[FRENCH]);
}

#[tokio::test]
async fn a_visitor_switches_the_language_of_the_browser_and_comes_back() {
    let mut browser = Browser::new(empty());
    let form = [("locale", "fr"), ("return_to", "/log-in?next=/profile/security")];
    browser.submit("/language", &form).await.assert_redirect("/log-in?next=/profile/security");
    browser.get("/log-in").await.assert_shows(200, &[FRENCH, "Se connecter"]);
    let form = [("locale", "en"), ("return_to", "//evil.example")];
    browser.submit("/language", &form).await.assert_redirect("/");
    browser.get("/").await.assert_shows(200, &[ENGLISH]);
}

#[tokio::test]
async fn a_member_switches_the_language_of_the_profile() {
    let mut stage = with(ann());
    let mut work = stage.work();
    work.keep_events();
    work.users
        .expect_find()
        .returning(|_| Ok(application::testing::samples::account(1, "ann.lee", domain::access::Role::User)));
    work.personal_data.expect_find().returning(|_| Ok(Some(ann().personal)));
    work.users
        .expect_update()
        .withf(|user, _| user.preferences.locale == Locale::Fr)
        .times(1)
        .returning(|_, _| Ok(Saved::Yes));
    let saved = work.committed();
    stage.begins([work]);
    let mut browser = Browser::logged_in(stage);
    let form = [("locale", "fr"), ("return_to", "/profile")];
    browser.submit("/language", &form).await.assert_redirect("/profile");
    assert!(saved.happened());
    assert_eq!(browser.cookies["lang"], "fr");
}

#[tokio::test]
async fn a_language_that_we_do_not_speak_changes_nothing() {
    let mut browser = Browser::logged_in(with(ann()));
    browser.submit("/language", &[("locale", "tlh")]).await.assert_shows(400, &[]);
    browser.submit("/language", &[]).await.assert_shows(400, &[]);
    assert!(!browser.cookies.contains_key("lang"));
}

#[tokio::test]
async fn mistakes_and_faults_are_told_in_the_language_of_the_page() {
    let mut browser = Browser::new(empty());
    browser.cookies.insert("lang".to_owned(), "fr".to_owned());
    let answer = browser.submit("/sign-up", &[("username", "a")]).await;
    answer.assert_shows(400, &["Utilisez au moins 3 caractères.", "Ce champ est nécessaire."]);
    browser.get("/nowhere").await.assert_shows(404, &["Rien ici"]);
    browser.post("/log-in", &[], &[]).await.assert_shows(403, &["Rien n’a été modifié"]);
    let mut stage = empty();
    stage.users.expect_account().returning(|_| Ok(None));
    stage.throttle.refuse(std::time::Duration::from_secs(1));
    let mut browser = Browser::new(stage);
    browser.cookies.insert("lang".to_owned(), "fr".to_owned());
    let answer = browser.submit("/log-in", &[("login", "x"), ("password", "y")]).await;
    answer.assert_shows(429, &["Réessayez dans une seconde."]);
    assert!(!answer.body.contains("attempts"));
}

#[tokio::test]
async fn a_new_account_speaks_the_language_it_was_made_in() {
    let mut stage = empty();
    people::password(&mut stage, true);
    let mut work = stage.work();
    work.keep_events();
    work.users
        .expect_insert()
        .withf(|user, _, _| user.preferences.locale == Locale::Fr)
        .times(1)
        .returning(|_, _, _| Ok(Saved::Yes));
    work.personal_data.expect_put().returning(|_, _| Ok(()));
    stage.begins([work]);
    let mut browser = Browser::new(stage);
    browser.cookies.insert("lang".to_owned(), "fr".to_owned());
    browser.submit("/sign-up", &super::forms::SIGN_UP).await.assert_redirect("/log-in");
}
