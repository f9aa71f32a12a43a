//! What every page has in common: headers, structure, and nothing that runs.

use super::browser::{Answer, Browser};
use super::people::{self, HOSTILE, LINK, ann, busy, empty, hostile, with};
use application::testing::samples::PASSWORD;
use domain::access::Role;
use domain::users::{AvatarUrl, Locale, Profile, Theme, Website};
use poem::http::{Method, StatusCode};

/// Pages for whoever is logged in.
const MEMBERS: [&str; 8] = [
    "/",
    "/profile",
    "/profile/security",
    "/profile/security?cursor=01976000-0000-7000-8000-000000000000",
    "/profile/activity",
    "/profile/export",
    "/profile/delete",
    "/nowhere",
];

/// Every page there is, as strangers and as `profile` see it, in both languages, whole and refused.
async fn all(profile: Profile) -> Vec<(String, Answer)> {
    let mut seen = Vec::new();
    for locale in Locale::ALL {
        let mut visitor = Browser::new(empty());
        visitor.cookies.insert("lang".to_owned(), locale.name().to_owned());
        let setup = format!("/setup/{LINK}");
        let set_password = format!("/set-password/{LINK}");
        let open = ["/", "/sign-up", "/log-in", "/log-in?next=/profile", "/nowhere", "/language"];
        for path in open.into_iter().chain([setup.as_str(), set_password.as_str()]) {
            seen.push((format!("{path} {}", locale.name()), visitor.get(path).await));
        }
        for path in ["/sign-up", "/log-in", &setup, &set_password] {
            let form =
                [("username", HOSTILE), ("email", HOSTILE), ("full_name", HOSTILE), ("login", HOSTILE)];
            seen.push((format!("{path} refused"), visitor.submit(path, &form).await));
        }
        let mut profile = profile.clone();
        profile.user.preferences.locale = locale;
        seen.extend(once(profile.clone()).await);
        let mut member = Browser::logged_in(busy(profile));
        for path in MEMBERS {
            seen.push((format!("{path} {}", locale.name()), member.get(path).await));
        }
        let form =
            ["username", "email", "full_name", "bio", "location", "website", "avatar_url", "locale", "theme"]
                .map(|name| (name, HOSTILE));
        for path in ["/profile", "/profile/security", "/profile/export", "/profile/delete"] {
            seen.push((format!("{path} refused"), member.submit(path, &form).await));
        }
        seen.extend(super::admin::pages(locale).await);
        seen.push(("forged".to_owned(), member.post("/log-out", &[], &[]).await));
    }
    seen
}

/// The pages that answer a form with something that is shown once.
async fn once(profile: Profile) -> Vec<(String, Answer)> {
    let mut stage = busy(profile);
    people::password(&mut stage, true);
    let works = [people::work(&stage), people::work(&stage)];
    stage.begins(works);
    let mut member = Browser::logged_in(stage);
    let mut seen = Vec::new();
    for path in ["/profile/export", "/profile/delete"] {
        let answer = member.submit(path, &[("password", PASSWORD)]).await;
        answer.assert_shows(200, &[]);
        seen.push((format!("{path} done"), answer));
    }
    seen
}

/// Every tag of a page, from `<` to `>`.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).filter_map(|rest| rest.split('>').next()).collect()
}

/// D8.
#[tokio::test]
async fn no_page_holds_a_script_a_style_or_a_handler_of_its_own() {
    for (name, page) in all(hostile()).await {
        for tag in tags(&page.body) {
            let lower = tag.to_lowercase();
            assert!(!lower.starts_with("style"), "{name}: {tag}");
            assert!(!lower.starts_with("script") || lower.contains(" src=\"/assets/"), "{name}: {tag}");
            assert!(!lower.contains("javascript:"), "{name}: {tag}");
            // What stands between quotes is a value; what is left are the names of attributes.
            let names: String = lower.split('"').step_by(2).collect();
            for attribute in names.split_whitespace().skip(1) {
                assert!(!attribute.starts_with("on") && !attribute.starts_with("style"), "{name}: {tag}");
            }
        }
        assert_eq!(
            page.body.matches("</script>").count(),
            page.body.matches(" defer></script>").count(),
            "{name}"
        );
    }
}

/// D7.
#[tokio::test]
async fn what_people_write_is_text_on_every_page() {
    for (name, page) in all(hostile()).await {
        assert!(!page.body.contains("<svg onload"), "{name}");
        assert!(!page.body.contains("&#62;49"), "{name}: a template ran inside a value");
    }
    let mut browser = Browser::logged_in(busy(hostile()));
    for (path, times) in [("/profile", 6), ("/profile/security", 20), ("/profile/activity", 170)] {
        let page = browser.get(path).await;
        assert_eq!(
            page.body.matches("&#34;&#62;&#60;svg onload=alert(1)&#62;{{7*7}}").count(),
            times,
            "{path}"
        );
    }
}

#[tokio::test]
async fn every_page_forbids_what_it_does_not_need_and_is_kept_by_nobody() {
    for (name, page) in all(ann()).await {
        let policy = page.header("content-security-policy");
        for part in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"]
        {
            assert!(policy.contains(part), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{name}");
        assert_eq!(page.header("cache-control"), "no-store", "{name}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{name}");
    }
}

#[tokio::test]
async fn every_page_has_the_structure_that_screen_readers_walk_by() {
    for (name, page) in all(ann()).await {
        let html = &page.body;
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
        assert_eq!(html.matches("<main id=\"main\"").count(), 1, "{name}");
        assert!(html.contains("href=\"#main\""), "{name}");
        let ids: Vec<&str> = attribute_values(html, "id");
        for (position, id) in ids.iter().enumerate() {
            assert!(!ids[..position].contains(id), "{name}: two elements are called {id}");
        }
        for tag in tags(html).into_iter().filter(|tag| is_field(tag)) {
            let id = attribute_values(tag, "id");
            assert!(html.contains(&format!("<label for=\"{}\">", id[0])), "{name}: {tag} has no label");
        }
        for described in attribute_values(html, "aria-describedby").into_iter().chain(labelled(html)) {
            assert!(described.split(' ').all(|id| ids.contains(&id)), "{name}: {described} is not there");
        }
        assert!(!html.contains("{ $") && !html.contains("{$"), "{name}: a value is missing");
    }
}

fn labelled(html: &str) -> Vec<&str> {
    attribute_values(html, "aria-labelledby")
}

fn attribute_values<'a>(html: &'a str, name: &str) -> Vec<&'a str> {
    html.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

fn is_field(tag: &str) -> bool {
    let field = ["input", "select", "textarea"].iter().any(|kind| tag.starts_with(kind));
    field && !tag.contains("type=\"hidden\"") && !tag.ends_with(" hidden")
}

#[tokio::test]
async fn fields_say_what_belongs_in_them() {
    let mut visitor = Browser::new(empty());
    let sign_up = visitor.get("/sign-up").await.body;
    for token in ["username", "email", "new-password", "name"] {
        assert!(sign_up.contains(&format!("autocomplete=\"{token}\"")), "{token}");
    }
    assert!(sign_up.contains("inputmode=\"email\""));
    assert!(visitor.get("/log-in").await.body.contains("autocomplete=\"current-password\""));
    let profile = Browser::logged_in(with(ann())).get("/profile").await.body;
    assert!(profile.contains("autocomplete=\"url\"") && profile.contains("inputmode=\"url\""));
}

#[tokio::test]
async fn the_theme_of_the_profile_is_the_theme_of_every_page() {
    for theme in Theme::ALL {
        let mut profile = ann();
        profile.user.preferences.theme = theme;
        let page = Browser::logged_in(with(profile)).get("/").await;
        page.assert_shows(200, &[&format!("data-theme=\"{}\"", theme.name())]);
    }
    Browser::new(empty()).get("/").await.assert_shows(200, &["data-theme=\"system\""]);
}

#[tokio::test]
async fn only_those_who_may_look_at_the_installation_are_shown_the_way_there() {
    for role in Role::ALL {
        let mut profile = ann();
        profile.user.role = role;
        let mut browser = Browser::logged_in(with(profile));
        for path in ["/", "/profile"] {
            let page = browser.get(path).await.body;
            assert_eq!(page.contains("href=\"/admin\""), role != Role::User, "{path} {role:?}");
        }
    }
    assert!(!Browser::new(empty()).get("/").await.body.contains("/admin"));
}

#[tokio::test]
async fn the_pages_of_an_account_lead_to_each_other_and_say_which_one_it_is() {
    let mut browser = Browser::logged_in(with(ann()));
    let rooms = ["/profile", "/profile/security", "/profile/activity", "/profile/export", "/profile/delete"];
    for here in rooms {
        let page = browser.get(here).await.body;
        for there in rooms {
            let current = if here == there { " aria-current=\"page\"" } else { "" };
            assert!(page.contains(&format!("<a href=\"{there}\"{current}>")), "{here} to {there}");
        }
    }
}

#[tokio::test]
async fn links_to_other_peoples_pages_give_nothing_away_and_load_nothing() {
    let mut profile = ann();
    profile.personal.website = Website::parse("https://site.example/?a=1&b='2'").ok();
    profile.user.preferences.avatar_url = AvatarUrl::parse("https://pictures.example/ann.png").ok();
    let page = Browser::logged_in(with(profile)).get("/profile").await;
    let website =
        "<a href=\"https://site.example/?a=1&#38;b=&#39;2&#39;\" rel=\"nofollow noopener noreferrer\">";
    page.assert_shows(200, &[website, "<a href=\"https://pictures.example/ann.png\" rel="]);
    assert!(!page.body.contains("src=\"https"));
}

#[tokio::test]
async fn assets_are_kept_for_ever_under_their_fingerprint_and_a_while_without() {
    let mut browser = Browser::new(empty());
    let page = browser.get("/log-in").await.body;
    for name in ["pages.css", "hints.js", "logo.svg"] {
        let (_, rest) = page.split_once(&format!("/assets/{name}")).unwrap();
        let pinned = format!("/assets/{name}{}", rest.split('"').next().unwrap());
        let asset = browser.get(&pinned).await;
        assert_eq!(asset.status, StatusCode::OK);
        assert_eq!(asset.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(
            browser.get(&format!("/assets/{name}?v=old")).await.header("cache-control"),
            "public, max-age=300"
        );
        let tag = asset.header("etag").to_owned();
        let again = browser.get_with(&pinned, &[("if-none-match", &tag)]).await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""));
        let refused = browser.other(Method::POST, &pinned).await;
        refused.assert_shows(405, &["<!doctype html>", "Not that way"]);
        assert_eq!(refused.header("allow"), "GET, HEAD");
        assert!(asset.set_cookies().is_empty());
    }
    assert_eq!(browser.get("/assets/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/assets/none").await.status, StatusCode::NOT_FOUND);
}

#[test]
fn the_sheet_stays_small_and_loads_nothing() {
    let sheet = include_str!("../../assets/pages.css");
    assert!(sheet.len() < 16 * 1024);
    assert!(!sheet.contains("url(") && !sheet.contains("@import"));
    let script = include_str!("../../assets/hints.js");
    for never in ["eval", "innerHTML", "fetch(", ".style", "document.write"] {
        assert!(!script.contains(never), "{never}");
    }
}
