//! What is known of a person and can't be read at the moment: told as such, and never stored over.

use super::browser::Browser;
use super::people::{ann, member, with};
use application::store::Saved;
use application::testing::{Stage, samples};
use domain::access::Role;
use domain::users::{EmailAddress, FullName, Locale, Location, Profile};
use domain::vault::Field;

const TEXT: &str = "can’t be read at the moment";
const PLACEHOLDER: &str = "unreadable@vault.invalid";

/// Ann, of whom these things can't be read.
pub(super) fn hidden(mut profile: Profile, fields: &[Field]) -> Profile {
    let personal = &mut profile.personal;
    personal.unreadable = fields.to_vec();
    if fields.contains(&Field::Email) {
        personal.email = EmailAddress::parse(PLACEHOLDER).unwrap();
    }
    profile
}

#[tokio::test]
async fn ones_own_profile_says_so_in_the_place_of_each_value_and_leaves_its_field_empty() {
    let mut browser = Browser::logged_in(with(hidden(ann(), &Field::ALL)));
    let page = browser.get("/profile").await;
    assert_eq!(page.body.matches(&format!("<span class=\"muted\">{TEXT}</span>")).count(), 5);
    assert_eq!(page.body.matches("Leave it empty, and it stays as it is.").count(), 5);
    page.assert_shows(
        200,
        &[
            "<input type=\"hidden\" name=\"unreadable\" value=\"email full_name bio location website\">",
            "name=\"email\" type=\"email\" inputmode=\"email\" value=\"\"",
            "aria-describedby=\"email-hint\"",
        ],
    );
    for path in ["/", "/profile", "/profile/security", "/profile/export", "/profile/delete"] {
        assert!(!browser.get(path).await.body.contains("vault.invalid"), "{path}");
    }
    let mut french = hidden(ann(), &[Field::Bio]);
    french.user.preferences.locale = Locale::Fr;
    Browser::logged_in(with(french)).get("/profile").await.assert_shows(200, &["illisible pour le moment"]);
}

#[tokio::test]
async fn where_everything_can_be_read_nothing_is_said() {
    let page = Browser::logged_in(with(ann())).get("/profile").await;
    assert!(!page.body.contains(TEXT) && !page.body.contains("name=\"unreadable\""));
}

/// Ann's profile as it is shown, and as it is when the form comes in.
fn edited(shown: &Profile, stored: Profile) -> Stage {
    let mut stage = with(shown.clone());
    let mut work = stage.work();
    work.keep_events();
    work.users.expect_find().returning(|_| Ok(samples::account(1, "ann.lee", Role::User)));
    work.personal_data.expect_find().returning(move |_| Ok(Some(stored.personal.clone())));
    work.users.expect_update().withf(|_, email| email.is_none()).returning(|_, _| Ok(Saved::Yes));
    work.personal_data
        .expect_put()
        .withf(|_, personal| {
            let kept = personal.full_name.as_ref().is_some_and(|name| name.as_str() == "Ann Lee");
            kept && personal.email.as_str() == "ann.lee@example.com" && personal.location.is_none()
        })
        .times(1)
        .returning(|_, _| Ok(()));
    stage.begins([work]);
    stage
}

fn whole() -> Profile {
    let mut profile = ann();
    profile.personal.full_name = FullName::parse("Ann Lee").ok();
    profile.personal.location = Location::parse("Lyon").ok();
    profile
}

#[tokio::test]
async fn an_empty_field_that_could_not_be_read_stays_and_one_that_could_is_cleared() {
    let form =
        [("username", "ann.lee"), ("email", ""), ("full_name", ""), ("location", ""), ("bio", "Sails.")];
    let shown = hidden(ann(), &[Field::Email, Field::FullName]);
    let mut browser = Browser::logged_in(edited(&shown, whole()));
    browser.submit("/profile", &form).await.assert_redirect("/profile");
    // By the time the form comes in everything can be read again.
    let mut browser = Browser::logged_in(edited(&whole(), whole()));
    let form = [form.as_slice(), &[("unreadable", "email full_name")]].concat();
    browser.submit("/profile", &form).await.assert_redirect("/profile");
}

#[tokio::test]
async fn a_form_that_comes_back_still_knows_what_could_not_be_read() {
    let mut browser = Browser::logged_in(with(ann()));
    let form = [("email", ""), ("unreadable", "email x"), ("website", "x")];
    let answer = browser.submit("/profile", &form).await;
    answer.assert_shows(
        400,
        &[
            "id=\"website-error\"",
            "name=\"unreadable\" value=\"email\"",
            "id=\"email-hint\">What stands here",
        ],
    );
    assert!(!answer.body.contains("id=\"email-error\""));
}

#[tokio::test]
async fn an_empty_field_that_can_be_read_is_still_a_mistake_where_something_is_needed() {
    let mut browser = Browser::logged_in(with(ann()));
    let answer = browser.submit("/profile", &[("email", "")]).await;
    answer.assert_shows(400, &["id=\"email-error\""]);
}

#[tokio::test]
async fn a_name_that_can_not_be_read_is_not_greeted_by_the_text() {
    let mut stage = member(hidden(ann(), &[Field::FullName]));
    stage.users.expect_notices().returning(|_, _| Ok(Vec::new()));
    Browser::logged_in(stage).get("/").await.assert_shows(200, &["Hello, ann.lee."]);
}
