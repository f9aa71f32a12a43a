//! The pages of administrators and moderators.

mod audit;
mod cast;
mod changes;
mod creating;
mod forgery;
mod keys;
mod list;
mod one;
mod overview;
mod own;
mod permissions;

use super::browser::{Answer, Browser};
use super::people::HOSTILE;
use domain::access::Role;
use domain::users::Locale;

/// Every page of administrators, with as much on it as fits, whole and refused.
pub(super) async fn pages(locale: Locale) -> Vec<(String, Answer)> {
    let mut browser = Browser::logged_in(cast::full(Role::Admin, locale));
    let mut seen = Vec::new();
    for path in cast::shown() {
        seen.push((format!("{path} {}", locale.name()), browser.get(&path).await));
    }
    for question in
        ["users?search=%22%3E%3Csvg+onload%3D1%3E&role=x&status=x", "audit?actor=x&kind=x&from=x&address=x"]
    {
        let path = format!("/admin/{question}");
        seen.push((path.clone(), browser.get(&path).await));
    }
    // Turned around in its middle, so that it is no reason either.
    let wrong = format!("{HOSTILE}\u{202e}");
    let fields = [
        "username",
        "email",
        "full_name",
        "bio",
        "website",
        "role",
        "reason",
        "until",
        "expires_at",
        "confirmation",
    ];
    let typed = fields.map(|name| (name, wrong.as_str()));
    for path in cast::forms() {
        let answer = browser.submit(&path, &typed).await;
        assert!(answer.status.is_client_error(), "{path}");
        seen.push((format!("{path} refused"), answer));
    }
    seen
}

#[tokio::test]
async fn the_sheet_of_administrators_is_small_loads_nothing_and_is_loaded_by_their_pages_only() {
    let sheet = include_str!("../../assets/admin.css");
    assert!(sheet.len() < 6 * 1024 && !sheet.contains("url(") && !sheet.contains("@import"));
    let mut browser = Browser::logged_in(cast::full(Role::Admin, Locale::En));
    let link = format!("<link rel=\"stylesheet\" href=\"{}\">", crate::assets::address("admin.css"));
    browser.get("/admin/keys").await.assert_shows(200, &[&link]);
    assert!(!browser.get("/profile/delete").await.body.contains("admin.css"));
}
