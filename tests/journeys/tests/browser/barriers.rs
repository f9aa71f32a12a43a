use crate::devices::log_in;
use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Resident, Server, Settings, moment};
use reqwest::Method;
use serde_json::json;
use std::time::Duration;

/// Looks at the page that is shown, on a desk and on a phone; in light and dark where the words are English, since
/// another language changes no colour.
async fn inspect(browser: &Browser, page: &str) -> Outcome {
    let english = browser.one("html").await?.attr("lang").await?.as_deref() == Some("en");
    for width in [1280, 360] {
        browser.widen(width).await?;
        for scheme in if english { &["light", "dark"][..] } else { &["light"] } {
            browser.prefer(scheme).await?;
            let found = browser.barriers().await?;
            assert!(found.is_empty(), "{page}, {scheme}, {width} pixels wide:\n{}", found.join("\n"));
        }
        let overflow = browser.overflow().await?;
        assert!(overflow <= 0, "{page} is {overflow} pixels wider than a window of {width}");
    }
    browser.widen(1280).await
}

#[tokio::test]
async fn no_page_has_a_barrier_in_english() -> Outcome {
    visit_every_page("en").await
}

#[tokio::test]
async fn no_page_has_a_barrier_in_french() -> Outcome {
    visit_every_page("fr").await
}

async fn visit_every_page(language: &'static str) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let person = Person::new();
    server.client()?.sign_up(&person).await?;
    let browser = Browser::open(server.url(), Habits { language, scripts: true }).await?;
    let setup = server.setup_link().unwrap_or_default().replace(server.url(), "");
    for page in ["/", "/sign-up", "/log-in", "/nowhere", &setup] {
        browser.go(page).await?;
        inspect(&browser, page).await?;
    }
    // As seen by somebody who has made mistakes: the summary, the errors, the hints of the script.
    browser.go("/sign-up").await?;
    browser.fill("username", "a").await?;
    browser.submit("/sign-up").await?;
    browser.fill("email", "nowhere").await?;
    browser.fill("password", "umbrella corsair").await?;
    browser.fill("password_repeat", "umbrella").await?;
    inspect(&browser, "/sign-up with mistakes").await?;

    browser.go("/log-in").await?;
    browser.fill("login", &person.username).await?;
    browser.fill("password", &person.password).await?;
    browser.submit("/log-in").await?;
    for page in ["/", "/profile", "/profile/security", "/profile/export", "/profile/delete", "/nowhere"] {
        browser.go(page).await?;
        inspect(&browser, &format!("{page}, logged in")).await?;
    }
    for theme in ["dark", "light"] {
        browser.go("/profile").await?;
        browser.click(&format!("[name=\"theme\"] option[value=\"{theme}\"]")).await?;
        browser.submit("/profile").await?;
        inspect(&browser, &format!("/profile in the theme {theme}")).await?;
    }
    for (form, at) in
        [("/profile/export", "form[action=\"/profile/export/file\"]"), ("/profile/delete", "#receipt")]
    {
        browser.go(form).await?;
        browser.submit(form).await?;
        inspect(&browser, &format!("{form} with mistakes")).await?;
        browser.fill("password", &person.password).await?;
        browser.submit(form).await?;
        browser.one(at).await?;
        inspect(&browser, &format!("{form}, done")).await?;
    }
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}

#[tokio::test]
async fn no_page_of_the_administrators_has_a_barrier_in_english() -> Outcome {
    visit_the_house("en").await
}

#[tokio::test]
async fn no_page_of_the_administrators_has_a_barrier_in_french() -> Outcome {
    visit_the_house("fr").await
}

/// People to whom everything has happened that a page can show: the one with the most of it.
async fn with_a_past(server: &Server, administrator: &Resident) -> Outcome<Resident> {
    let someone = Resident::user(server).await?;
    let patch = json!({
        "bio": "Keeps bees, and says more about them than fits into one line of a telephone.",
        "location": "Lyon", "website": "https://bees.example/", "avatar_url": "https://bees.example/queen.png",
    });
    someone.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    let end = moment::ahead(Duration::from_hours(50))?;
    let change = json!({"role": "moderator", "expires_at": end, "reason": "Stands in for somebody."});
    administrator.give_role(&someone, &change).await?.expect(200)?;
    let order = json!({"reason": "Sells lanterns\nthat are not theirs.", "until": end});
    administrator.client.send(Method::PUT, &someone.at("/suspension"), &order).await?.expect(200)?;
    let other = Resident::user(server).await?;
    other.client.get("/api/v1/users").await?.expect(403)?;
    let wrong = json!({"login": other.person.username, "password": "not the password"});
    server.client()?.post("/api/v1/sessions", &wrong).await?.expect(401)?;
    // The administrator has devices of their own, and was robbed once.
    let login = json!({
        "login": administrator.person.username, "password": administrator.person.password,
        "device_name": "An application with a name that is longer than a telephone is wide",
    });
    server.client()?.post("/api/v1/sessions", &login).await?.expect(201)?;
    let robbed = administrator.again(server).await?;
    robbed.refreshed().await?.refreshed().await?;
    server.client()?.refresh(&robbed.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    Ok(someone)
}

async fn visit_the_house(language: &'static str) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    administrator.reads(language).await?;
    let someone = with_a_past(&server, &administrator).await?;
    let link =
        administrator.client.post(&someone.at("/password-link"), &json!({})).await?.expect(201)?.json()?;
    let link = link["url"].as_str().unwrap_or_default().replace(server.url(), "");
    let browser = Browser::open(server.url(), Habits { language, scripts: true }).await?;
    browser.go(&link).await?;
    inspect(&browser, "/set-password").await?;
    log_in(&browser, &administrator.person).await?;
    let one = format!("/admin/users/{}", someone.id);
    let at = |rest: &str| format!("{one}{rest}");
    for page in [
        "/profile/security".to_owned(),
        "/profile/activity".to_owned(),
        "/admin".to_owned(),
        "/admin/users".to_owned(),
        "/admin/users?search=nobody-of-that-name".to_owned(),
        "/admin/users/new".to_owned(),
        at(""),
        at("/activity"),
        at("/edit"),
        at("/role"),
        at("/suspend"),
        at("/delete"),
        "/admin/audit".to_owned(),
        "/admin/audit?address=localhost".to_owned(),
        "/admin/keys".to_owned(),
        "/admin/keys/revoke".to_owned(),
    ] {
        browser.go(&page).await?;
        inspect(&browser, &page).await?;
    }
    // As seen by somebody who has made mistakes, and by somebody who has done it.
    for form in [at("/role"), at("/suspend"), at("/delete"), "/admin/users/new".to_owned()] {
        browser.go(&form).await?;
        browser.submit(&form).await?;
        browser.one("main .summary").await?;
        inspect(&browser, &format!("{form} with mistakes")).await?;
    }
    browser.go(&one).await?;
    browser.fill("reason", "They asked by letter.").await?;
    browser.submit(&one).await?;
    inspect(&browser, "an account that was opened").await?;
    browser.submit(&at("/password-link")).await?;
    browser.one("#link").await?;
    inspect(&browser, "a link").await?;
    browser.go(&at("/delete")).await?;
    browser.fill("confirmation", &someone.person.username).await?;
    browser.submit(&at("/delete")).await?;
    browser.one("#receipt").await?;
    inspect(&browser, "a receipt").await?;
    browser.go("/admin/keys").await?;
    browser.submit("/admin/keys/rotate").await?;
    inspect(&browser, "rotated keys").await?;
    browser.go("/admin").await?;
    browser.click("main details summary").await?;
    inspect(&browser, "the overview with its table").await?;
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}
