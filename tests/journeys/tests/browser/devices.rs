use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Resident, Server, Settings};
use serde_json::json;

/// What somebody reads who reads that language.
struct Reader {
    language: &'static str,
    scripts: bool,
    this: &'static str,
    ended: &'static str,
    elsewhere: &'static str,
    warned: &'static str,
    unseen: &'static str,
    reason: &'static str,
    logged_in: &'static str,
}

#[tokio::test]
async fn a_person_keeps_their_devices_and_sees_what_happened_in_english_with_scripts() -> Outcome {
    keep(&Reader {
        language: "en",
        scripts: true,
        this: "this device",
        ended: "That session is ended",
        elsewhere: "You are logged out everywhere else",
        warned: "Somebody may have been in your account",
        unseen: "Nobody but you has looked at it",
        reason: "Reason: They asked by letter.",
        logged_in: "Logged in",
    })
    .await
}

#[tokio::test]
async fn a_person_keeps_their_devices_and_sees_what_happened_in_french_without_scripts() -> Outcome {
    keep(&Reader {
        language: "fr",
        scripts: false,
        this: "cet appareil",
        ended: "Cette session est terminée",
        elsewhere: "Vous êtes déconnecté partout ailleurs",
        warned: "Quelqu’un est peut-être entré dans votre compte",
        unseen: "Personne d’autre que vous",
        reason: "Raison : They asked by letter.",
        logged_in: "Connexion",
    })
    .await
}

pub async fn log_in(browser: &Browser, person: &Person) -> Outcome {
    browser.go("/log-in").await?;
    browser.fill("login", &person.username).await?;
    browser.fill("password", &person.password).await?;
    browser.submit("/log-in").await?;
    browser.arrive("/profile").await
}

async fn keep(reader: &Reader) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let phone = Resident::user(&server).await?;
    phone.reads(reader.language).await?;
    let hostile = "\"><svg onload=alert(1)> {{7*7}}";
    let login = json!({
        "login": phone.person.username, "password": phone.person.password, "device_name": hostile,
    });
    server.client()?.post("/api/v1/sessions", &login).await?.expect(201)?;
    let habits = Habits { language: reader.language, scripts: reader.scripts };
    let browser = Browser::open(server.url(), habits).await?;
    log_in(&browser, &phone.person).await?;
    end_devices(&browser, reader, &phone, hostile).await?;
    be_warned(&browser, reader, &server, &phone).await?;
    see_what_happened(&browser, reader, &administrator, &phone).await?;
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}

/// D12 and D7, as they are shown.
async fn end_devices(browser: &Browser, reader: &Reader, phone: &Resident, hostile: &str) -> Outcome {
    browser.click("main a[href=\"/profile/security\"]").await?;
    browser.arrive("/profile/security").await?;
    browser.read(hostile).await?;
    assert!(browser.all("main svg[onload]").await?.is_empty(), "what people write is text");
    assert_eq!(browser.all("#devices ul > li").await?.len(), 3);
    let current = browser.one("#devices ul > li .badge").await?.text().await?;
    assert!(current.to_lowercase().contains(reader.this), "{current}");
    // The first one that is not this device is the one with the strange name.
    browser.submit("/profile/sessions/end").await?;
    browser.read(reader.ended).await?;
    assert_eq!(browser.all("#devices ul > li").await?.len(), 2);
    assert!(!browser.text().await?.contains(hostile));
    assert_eq!(phone.knocks().await?, 200);
    browser.submit("/profile/sessions/end-others").await?;
    browser.read(reader.elsewhere).await?;
    assert_eq!(browser.all("#devices ul > li").await?.len(), 1);
    assert!(browser.all("form[action=\"/profile/sessions/end-others\"]").await?.is_empty());
    assert_eq!(phone.knocks().await?, 401);
    Ok(())
}

/// F3: whoever was robbed is told on the next page, until they say that they have seen it.
async fn be_warned(browser: &Browser, reader: &Reader, server: &Server, phone: &Resident) -> Outcome {
    let robbed = phone.again(server).await?;
    robbed.refreshed().await?.refreshed().await?;
    server.client()?.refresh(&robbed.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    browser.go("/profile/security").await?;
    browser.read(reader.warned).await?;
    browser.submit("/profile/notices").await?;
    assert!(!browser.text().await?.contains(reader.warned));
    browser.go("/profile").await?;
    assert!(!browser.text().await?.contains(reader.warned));
    Ok(())
}

async fn see_what_happened(
    browser: &Browser,
    reader: &Reader,
    administrator: &Resident,
    phone: &Resident,
) -> Outcome {
    browser.go("/profile/activity").await?;
    browser.read(reader.unseen).await?;
    let reason = json!({"reason": "They asked by letter."});
    administrator.client.post(&phone.at("/personal-data"), &reason).await?.expect(200)?;
    browser.go("/profile/activity").await?;
    browser.read(reader.reason).await?;
    assert!(!browser.text().await?.contains(reader.unseen));
    let all = browser.all("#events ol > li").await?.len();
    browser.click("[name=\"kind\"] option[value=\"logged_in\"]").await?;
    browser.submit("/profile/activity").await?;
    let chosen = browser.all("#events ol > li strong").await?;
    assert!(!chosen.is_empty() && chosen.len() < all, "{} of {all}", chosen.len());
    for event in chosen {
        assert_eq!(event.text().await?, reader.logged_in);
    }
    Ok(())
}
