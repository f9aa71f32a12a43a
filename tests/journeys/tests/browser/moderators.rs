use crate::devices::log_in;
use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Resident, Server, Settings, trail};

const PAGES: [&str; 4] = ["/admin", "/admin/users", "/admin/audit", "/admin/keys"];

/// H10: a moderator sees what their scopes allow, and nothing that they could not use.
#[tokio::test]
async fn a_moderator_finds_no_door_that_does_not_open() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let someone = Resident::user(&server).await?;
    let browser = Browser::open(server.url(), Habits { language: "en", scripts: false }).await?;
    log_in(&browser, &moderator.person).await?;
    browser.click("nav a[href=\"/admin\"]").await?;
    browser.arrive("/admin").await?;
    let one = format!("/admin/users/{}", someone.id);
    for page in ["/admin", "/admin/users", "/admin/audit", &one] {
        browser.go(page).await?;
        browser.one("nav.tabs").await?;
        assert!(
            browser.all("a[href=\"/admin/keys\"], a[href=\"/admin/users/new\"]").await?.is_empty(),
            "{page}"
        );
        let writing = "main form[method=\"post\"]";
        assert!(browser.all(writing).await?.is_empty(), "{page} has a form that would be refused");
        let source = browser.window().source().await?;
        for secret in [&someone.person.email, &someone.person.full_name] {
            assert!(!source.contains(secret.as_str()), "{page} shows {secret}");
        }
    }
    for page in ["edit", "role", "suspend", "delete"] {
        browser.go(&format!("{one}/{page}")).await?;
        browser.read("Your account is not allowed to do this").await?;
    }
    browser.go("/admin/keys").await?;
    browser.read("Your account is not allowed to do this").await?;
    let query = format!("?kind=access_refused&actor={}", moderator.id);
    let refused = trail::await_events(&administrator.client, &query, 1).await?;
    let operations: Vec<&str> =
        refused.iter().filter_map(|event| event["detail"]["operation"].as_str()).collect();
    assert!(operations.iter().all(|operation| !operation.contains(&someone.id)), "{operations:?}");
    browser.close().await
}

/// H1 for the pages: who is nobody is asked to log in, who is no administrator is refused, and both are noted.
#[tokio::test]
async fn the_house_of_the_administrators_is_closed_to_everybody_else() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let browser = Browser::open(server.url(), Habits { language: "en", scripts: true }).await?;
    for page in PAGES {
        browser.go(page).await?;
        browser.arrive("/log-in").await?;
    }
    log_in(&browser, &someone.person).await?;
    assert!(browser.all("a[href=\"/admin\"]").await?.is_empty());
    for page in PAGES {
        browser.go(page).await?;
        browser.read("Your account is not allowed to do this").await?;
        assert!(browser.all("nav.tabs").await?.is_empty(), "{page}");
    }
    let query = format!("?kind=access_refused&actor={}", someone.id);
    // One for each scope that was needed, each with the page that was asked for first.
    let refused = trail::await_events(&administrator.client, &query, PAGES.len()).await?;
    for page in PAGES {
        let asked = format!("GET {page}");
        assert!(
            refused.iter().any(|event| event["detail"]["operation"] == asked.as_str()),
            "{asked}: {refused:?}"
        );
    }
    browser.close().await
}
