use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Server, Settings};

/// Looks at the page that is shown in light and dark, on a desk and on a phone.
async fn inspect(browser: &Browser, page: &str) -> Outcome {
    for width in [1280, 360] {
        browser.widen(width).await?;
        for scheme in ["light", "dark"] {
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
    for page in ["/", "/profile", "/profile/security", "/profile/delete", "/nowhere"] {
        browser.go(page).await?;
        inspect(&browser, &format!("{page}, logged in")).await?;
    }
    for theme in ["dark", "light"] {
        browser.go("/profile").await?;
        browser.click(&format!("[name=\"theme\"] option[value=\"{theme}\"]")).await?;
        browser.submit("/profile").await?;
        inspect(&browser, &format!("/profile in the theme {theme}")).await?;
    }
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}
