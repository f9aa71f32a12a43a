use crate::devices::log_in;
use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Resident, Server, Settings, wait, your_data};
use reqwest::Method;
use serde_json::json;

/// What somebody reads who reads that language.
struct Reader {
    language: &'static str,
    scripts: bool,
    ready: &'static str,
    closed: &'static str,
    reason: &'static str,
    deleted: &'static str,
}

#[tokio::test]
async fn a_person_takes_their_data_along_and_leaves_with_a_receipt_in_english_with_scripts() -> Outcome {
    leave(&Reader {
        language: "en",
        scripts: true,
        ready: "Your file is ready",
        closed: "This download does not work, or no longer",
        reason: "Reason: They asked by letter.",
        deleted: "Your account is deleted",
    })
    .await
}

#[tokio::test]
async fn a_person_takes_their_data_along_and_leaves_with_a_receipt_in_french_without_scripts() -> Outcome {
    leave(&Reader {
        language: "fr",
        scripts: false,
        ready: "Votre fichier est prêt",
        closed: "Ce téléchargement ne fonctionne pas, ou plus",
        reason: "They asked by letter.",
        deleted: "Votre compte est supprimé",
    })
    .await
}

async fn leave(reader: &Reader) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    someone.reads(reader.language).await?;
    let bio = "Keeps bees \u{1f41d}, \"and\" writes </script> of them.";
    someone.client.send(Method::PATCH, "/api/v1/me", &json!({"bio": bio})).await?.expect(200)?;
    let reason = json!({"reason": "They asked by letter."});
    administrator.client.post(&someone.at("/personal-data"), &reason).await?.expect(200)?;
    let browser =
        Browser::open(server.url(), Habits { language: reader.language, scripts: reader.scripts }).await?;
    log_in(&browser, &someone.person).await?;
    browser.click("main a[href=\"/profile/export\"]").await?;
    browser.arrive("/profile/export").await?;
    prepare(&browser, reader, "not the password").await?;
    browser.one("#password-error, main .summary").await?;
    prepare(&browser, reader, &someone.person.password).await?;
    browser.read(reader.ready).await?;
    assert!(!browser.path().await?.contains("ticket"), "nothing of it stands in an address");
    browser.click("form[action=\"/profile/export/file\"] [type=\"submit\"]").await?;
    let document = browser.saved("xtrem-export.json").await?;
    let told = your_data::signed(&someone.client, &document, "xtrem-personal-data-export").await?;
    assert_eq!(
        (&told["profile"]["bio"], &told["profile"]["id"]),
        (&json!(bio), &json!(someone.id)),
        "{told}"
    );
    // Once, and not for longer than an hour.
    browser.submit("/profile/export/file").await?;
    browser.read(reader.closed).await?;
    prepare(&browser, reader, &someone.person.password).await?;
    server.wait_for(std::time::Duration::from_mins(59))?;
    browser.go("/profile/security").await?;
    seen_to_be_used(&someone).await?;
    browser.go("/profile/export").await?;
    prepare(&browser, reader, &someone.person.password).await?;
    // Not quite an hour: the session, which ends after an hour without use, is a little older than the ticket.
    server.wait_for(std::time::Duration::from_mins(50))?;
    browser.click("form[action=\"/profile/export/file\"] [type=\"submit\"]").await?;
    browser.saved("xtrem-export.json").await?;

    browser.go("/profile/export").await?;
    browser.click("main a[href=\"/profile/activity#looks\"]").await?;
    browser.arrive("/profile/activity").await?;
    browser.read(reader.reason).await?;
    browser.go("/profile/delete").await?;
    browser.fill("password", &someone.person.password).await?;
    browser.submit("/profile/delete").await?;
    browser.read(reader.deleted).await?;
    let receipt = browser.one("#receipt").await?.prop("value").await?.unwrap_or_default();
    browser.click("main a[download]").await?;
    assert_eq!(browser.saved("xtrem-erasure-receipt.json").await?, receipt);
    let told = your_data::signed(&someone.client, &receipt, "xtrem-erasure-receipt").await?;
    assert_eq!(told["subject"], someone.id.as_str(), "{told}");
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}

/// Waits until it is written down that their browser has come back: uses of sessions are, about once a second.
async fn seen_to_be_used(someone: &Resident) -> Outcome {
    let client = someone.refreshed().await?.client;
    wait::until("the use of the session", async || {
        let list = client.get("/api/v1/me/sessions").await?.expect(200)?.json()?;
        let mut others = list["items"].as_array().into_iter().flatten().filter(|one| one["current"] == false);
        Ok(others.find(|one| one["last_used_at"] != one["created_at"]).map(drop))
    })
    .await
}

async fn prepare(browser: &Browser, reader: &Reader, password: &str) -> Outcome {
    browser.fill("password", password).await?;
    browser.submit("/profile/export").await?;
    assert_eq!(browser.one("html").await?.attr("lang").await?.as_deref(), Some(reader.language));
    Ok(())
}
