use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Server, Settings};

/// The interactive description logs in with its own button, calls a protected route, and asks no other host for
/// anything.
#[tokio::test]
async fn the_description_of_the_api_logs_in_and_calls_a_protected_route() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let person = Person::new();
    server.client()?.sign_up(&person).await?;
    let browser = Browser::open(server.url(), Habits { language: "en", scripts: true }).await?;
    browser.go("/docs").await?;
    browser.click(".auth-wrapper .authorize").await?;
    for (field, text) in [("username", &person.username), ("password", &person.password)] {
        browser.one(&format!(".auth-container #oauth_{field}")).await?.send_keys(text.as_str()).await?;
    }
    browser.click(".auth-container .auth-btn-wrapper .authorize").await?;
    browser.one(".auth-container .auth-btn-wrapper button[aria-label=\"Remove authorization\"]").await?;
    browser.click(".auth-container .btn-done").await?;

    browser.click(&operation(&browser).await?).await?;
    browser.click(".opblock-get.is-open .execute").await?;
    let status = browser.one(".opblock.is-open .live-responses-table tbody .response-col_status").await?;
    assert!(status.text().await?.starts_with("200"), "{}", status.text().await?);
    let body = browser.one(".opblock.is-open .live-responses-table .highlight-code").await?.text().await?;
    assert!(body.contains(&person.email), "{body}");

    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)
        .filter(name => !name.startsWith(location.origin) && !name.startsWith('data:'))";
    assert_eq!(browser.run(script).await?, serde_json::json!([]), "another host was asked");
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}

/// Where the operation `GET /api/v1/me` stands on the page.
async fn operation(browser: &Browser) -> Outcome<String> {
    browser.one(".opblock-get").await?;
    let script = "return [...document.querySelectorAll('.opblock-get')].find(block =>
        block.querySelector('[data-path=\"/api/v1/me\"]'))?.id ?? ''";
    let id = browser.run(script).await?;
    Ok(format!("[id=\"{}\"] .opblock-summary-control", id.as_str().unwrap_or_default()))
}

#[tokio::test]
async fn without_scripts_the_description_says_where_it_stands_as_json() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let browser = Browser::open(server.url(), Habits { language: "en", scripts: false }).await?;
    browser.go("/docs").await?;
    browser.read("/openapi.json").await?;
    browser.close().await
}
