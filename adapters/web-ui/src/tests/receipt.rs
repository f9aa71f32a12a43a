//! That an account was erased, in the hands of whoever it was.

use super::browser::Browser;
use super::people::{self, ann, with};
use application::testing::samples::PASSWORD;
use domain::users::{Locale, Theme};

/// Ann deletes her account.
async fn deleted(locale: Locale) -> super::browser::Answer {
    let mut profile = ann();
    profile.user.preferences.locale = locale;
    profile.user.preferences.theme = Theme::Dark;
    let mut stage = with(profile);
    people::password(&mut stage, true);
    let work = people::work(&stage);
    stage.begins([work]);
    Browser::logged_in(stage).submit("/profile/delete", &[("password", PASSWORD)]).await
}

#[tokio::test]
async fn whoever_has_left_sees_what_was_erased_and_the_receipt_to_copy_or_to_save() {
    let page = deleted(Locale::En).await;
    page.assert_shows(
        200,
        &[
            "<h1>Your account is deleted</h1>",
            "Your profile and everything you have said about yourself is erased.",
            "<textarea id=\"receipt\" class=\"copy\" rows=\"8\" readonly",
            "is shown here and never again",
            "href=\"/.well-known/document-keys.json\"",
            "download=\"xtrem-erasure-receipt.json\"",
        ],
    );
    let (_, rest) = page.body.split_once("aria-describedby=\"receipt-hint\">\n").unwrap();
    let shown = rest.split("</textarea>").next().unwrap().replace("&#34;", "\"");
    assert!(shown.starts_with("{\"data\":{\"erased\":[") && shown.ends_with("\"}"), "{shown}");
    assert!(shown.contains("xtrem-erasure-receipt.."), "{shown}");
    assert!(!shown.contains("ann.lee"), "the receipt names nobody");
    let (_, rest) = page.body.split_once("href=\"data:application/json,").unwrap();
    let saved = rest.split('"').next().unwrap();
    let saved = percent_encoding::percent_decode_str(saved).decode_utf8().unwrap();
    assert_eq!(saved, shown);
}

#[tokio::test]
async fn the_last_page_is_that_of_a_stranger_in_the_language_and_the_theme_of_the_account() {
    let page = deleted(Locale::Fr).await;
    page.assert_shows(
        200,
        &["<html lang=\"fr\" data-theme=\"dark\">", "Votre compte est supprimé", "href=\"/log-in\""],
    );
    for gone in ["ann.lee", "action=\"/log-out\"", "action=\"/language\"", "name=\"csrf\"", "href=\"/profile"]
    {
        assert!(!page.body.contains(gone), "{gone}");
    }
    assert_eq!(page.header("cache-control"), "no-store");
}
