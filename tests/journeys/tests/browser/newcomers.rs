use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Resident, Server, Settings};
use serde_json::json;

/// What somebody reads who reads that language.
struct Reader {
    language: &'static str,
    scripts: bool,
    set: &'static str,
    closed: &'static str,
}

#[tokio::test]
async fn whoever_has_a_link_sets_their_password_in_english_without_scripts() -> Outcome {
    let (set, closed) = ("Your password is set", "This link does not work, or no longer");
    arrive(&Reader { language: "en", scripts: false, set, closed }).await
}

#[tokio::test]
async fn whoever_has_a_link_sets_their_password_in_french_with_scripts() -> Outcome {
    let (set, closed) = ("Votre mot de passe est défini", "Ce lien ne fonctionne pas");
    arrive(&Reader { language: "fr", scripts: true, set, closed }).await
}

async fn arrive(reader: &Reader) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let administrator = Resident::administrator(&server).await?;
    let person = Person::new();
    let form = json!({"username": person.username, "email": person.email, "locale": reader.language});
    let created = administrator.client.post("/api/v1/users", &form).await?.expect(201)?.json()?;
    let url = created["password_link"]["url"].as_str().unwrap_or_default();
    let path = url.strip_prefix(server.url()).ok_or("the link leads elsewhere")?;
    let habits = Habits { language: reader.language, scripts: reader.scripts };
    let browser = Browser::open(server.url(), habits).await?;
    browser.go(path).await?;
    assert_eq!(browser.one("html").await?.attr("lang").await?.as_deref(), Some(reader.language));
    // The form has no address of its own, so that the secret stands nowhere on the page.
    for (password, repeat) in [("password1234", "password1234"), (person.password.as_str(), "something else")]
    {
        browser.fill("password", password).await?;
        browser.fill("password_repeat", repeat).await?;
        browser.send("main form").await?;
        browser.one("main [aria-invalid=\"true\"]").await?;
        assert_eq!(browser.filled("password").await?, "");
    }
    browser.fill("password", &person.password).await?;
    browser.fill("password_repeat", &person.password).await?;
    browser.send("main form").await?;
    browser.arrive("/log-in").await?;
    browser.read(reader.set).await?;
    crate::devices::log_in(&browser, &person).await?;
    browser.go(path).await?;
    browser.read(reader.closed).await?;
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}
