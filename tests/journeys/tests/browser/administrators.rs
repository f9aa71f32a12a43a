use crate::devices::log_in;
use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Resident, Server, Settings, your_data};
use serde_json::json;

/// What an administrator reads who reads that language.
struct Reader {
    language: &'static str,
    scripts: bool,
    opened: &'static str,
    edited: &'static str,
    role: &'static str,
    suspended: &'static str,
    reinstated: &'static str,
    ended: &'static str,
    deleted: &'static str,
    rotated: &'static str,
    revoked: &'static str,
    revoke: &'static str,
    nobody: &'static str,
}

#[tokio::test]
async fn an_administrator_keeps_house_in_english_with_scripts() -> Outcome {
    keep_house(&Reader {
        language: "en",
        scripts: true,
        opened: "You have opened this person’s data",
        edited: "The profile is saved",
        role: "The role is changed",
        suspended: "The account is suspended",
        reinstated: "The account is open again",
        ended: "All sessions are ended",
        deleted: "The account is deleted",
        rotated: "The next key is on its way",
        revoked: "All keys are revoked",
        revoke: "revoke",
        nobody: "Nobody meets this",
    })
    .await
}

#[tokio::test]
async fn an_administrator_keeps_house_in_french_without_scripts() -> Outcome {
    keep_house(&Reader {
        language: "fr",
        scripts: false,
        opened: "Vous avez ouvert les données de cette personne",
        edited: "Le profil est enregistré",
        role: "Le rôle est changé",
        suspended: "Le compte est suspendu",
        reinstated: "Le compte est de nouveau ouvert",
        ended: "Toutes les sessions sont terminées",
        deleted: "Le compte est supprimé",
        rotated: "La clé suivante est en route",
        revoked: "Toutes les clés sont révoquées",
        revoke: "révoquer",
        nobody: "Personne ne correspond",
    })
    .await
}

async fn keep_house(reader: &Reader) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    administrator.reads(reader.language).await?;
    let someone = Resident::user(&server).await?;
    let habits = Habits { language: reader.language, scripts: reader.scripts };
    let browser = Browser::open(server.url(), habits).await?;
    log_in(&browser, &administrator.person).await?;
    look_around(&browser).await?;
    find(&browser, reader, &someone).await?;
    open_and_edit(&browser, reader, &someone).await?;
    change_standing(&browser, reader, &someone).await?;
    end_sessions(&browser, reader, &server, &someone).await?;
    create(&browser, &server, reader).await?;
    delete(&browser, reader, &someone).await?;
    read_the_trail(&browser, &administrator).await?;
    keep_keys(&browser, reader).await?;
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}

fn page(someone: &Resident, rest: &str) -> String {
    format!("/admin/users/{}{rest}", someone.id)
}

/// The overview: figures, and charts that were drawn on the server.
async fn look_around(browser: &Browser) -> Outcome {
    browser.click("nav a[href=\"/admin\"]").await?;
    browser.arrive("/admin").await?;
    let cells = browser.all(".totals tbody tr:first-child td").await?;
    let mut counts = Vec::new();
    for cell in cells {
        counts.push(cell.text().await?.parse::<u32>()?);
    }
    assert!(counts.contains(&1), "{counts:?}");
    assert_eq!(browser.all(".charts svg").await?.len(), 3);
    assert_eq!(browser.all(".charts svg[role=\"img\"], .charts figure").await?.len() % 3, 0);
    browser.click("details summary").await?;
    assert_eq!(browser.all(".figures tbody tr").await?.len(), 30);
    Ok(())
}

async fn find(browser: &Browser, reader: &Reader, someone: &Resident) -> Outcome {
    browser.click("nav.tabs a[href=\"/admin/users\"]").await?;
    browser.arrive("/admin/users").await?;
    browser.fill("search", "nobody-of-that-name").await?;
    browser.submit("/admin/users").await?;
    browser.read(reader.nobody).await?;
    browser.fill("search", &someone.person.email).await?;
    browser.submit("/admin/users").await?;
    assert_eq!(browser.all(".people tbody tr").await?.len(), 1);
    assert!(!browser.text().await?.contains(&someone.person.email), "it is masked");
    browser.go("/admin/users").await?;
    browser.click("[name=\"role\"] option[value=\"user\"]").await?;
    browser.click("[name=\"sort\"] option[value=\"username\"]").await?;
    browser.submit("/admin/users").await?;
    assert_eq!(browser.all(".people tbody tr").await?.len(), 1);
    browser.click(".people tbody a").await?;
    browser.arrive(&page(someone, "")).await
}

async fn open_and_edit(browser: &Browser, reader: &Reader, someone: &Resident) -> Outcome {
    let one = page(someone, "");
    assert!(!browser.text().await?.contains(&someone.person.full_name), "it is masked");
    browser.submit(&one).await?;
    browser.one("#reason-error").await?;
    browser.fill("reason", "They asked by letter.").await?;
    browser.submit(&one).await?;
    browser.read(reader.opened).await?;
    browser.read(&someone.person.email).await?;
    browser.read(&someone.person.full_name).await?;
    browser.go(&one).await?;
    assert!(!browser.text().await?.contains(&someone.person.full_name), "opened once is not open for good");

    browser.go(&page(someone, "/edit")).await?;
    browser.fill("website", "javascript:alert(1)").await?;
    browser.submit(&page(someone, "/edit")).await?;
    browser.one("#website-error").await?;
    browser.fill("website", "").await?;
    browser.fill("location", "Lyon \"><svg onload=alert(1)>").await?;
    browser.submit(&page(someone, "/edit")).await?;
    browser.arrive(&one).await?;
    browser.read(reader.edited).await?;
    let profile = someone.client.get("/api/v1/me").await?.expect(200)?.json()?;
    assert_eq!(profile["location"], "Lyon \"><svg onload=alert(1)>");
    assert_eq!(profile["full_name"], someone.person.full_name.as_str(), "what was left empty stays");
    Ok(())
}

async fn change_standing(browser: &Browser, reader: &Reader, someone: &Resident) -> Outcome {
    browser.go(&page(someone, "/role")).await?;
    browser.click("[name=\"role\"] option[value=\"moderator\"]").await?;
    browser.submit(&page(someone, "/role")).await?;
    browser.one("#reason-error").await?;
    browser.fill("reason", "Stands in for \"><svg onload=alert(1)>").await?;
    browser.submit(&page(someone, "/role")).await?;
    browser.arrive(&page(someone, "")).await?;
    browser.read(reader.role).await?;
    // The history of roles, with the reason as text.
    browser.read("Stands in for \"><svg onload=alert(1)>").await?;
    assert!(browser.all("main svg[onload]").await?.is_empty());
    someone.client.get("/api/v1/me").await?.expect(200)?;

    browser.go(&page(someone, "/suspend")).await?;
    browser.submit(&page(someone, "/suspend")).await?;
    browser.one("#reason-error").await?;
    browser.fill("reason", "Sells lanterns that are not theirs.").await?;
    browser.submit(&page(someone, "/suspend")).await?;
    browser.read(reader.suspended).await?;
    browser.read("Sells lanterns that are not theirs.").await?;
    assert_eq!(someone.knocks().await?, 401);
    browser.submit(&page(someone, "/reinstate")).await?;
    browser.read(reader.reinstated).await?;
    assert!(browser.all(".badge.bad").await?.is_empty());
    Ok(())
}

async fn end_sessions(browser: &Browser, reader: &Reader, server: &Server, someone: &Resident) -> Outcome {
    let sessions = [someone.again(server).await?, someone.again(server).await?, someone.again(server).await?];
    browser.go(&page(someone, "")).await?;
    assert_eq!(browser.all("#sessions ul > li").await?.len(), 3);
    browser.submit(&page(someone, "/end-session")).await?;
    assert_eq!(browser.all("#sessions ul > li").await?.len(), 2);
    // The latest one stands first.
    assert_eq!((sessions[2].knocks().await?, sessions[1].knocks().await?), (401, 200));
    browser.submit(&page(someone, "/end-sessions")).await?;
    browser.read(reader.ended).await?;
    assert_eq!((sessions[1].knocks().await?, sessions[0].knocks().await?), (401, 401));
    Ok(())
}

/// A user without a password, whose link is shown once; and another link for them.
async fn create(browser: &Browser, server: &Server, reader: &Reader) -> Outcome {
    let person = Person::new();
    browser.go("/admin/users/new").await?;
    browser.fill("username", "a").await?;
    browser.fill("email", "nowhere").await?;
    browser.submit("/admin/users/new").await?;
    browser.one("#username-error").await?;
    browser.one("#email-error").await?;
    browser.fill("username", &person.username).await?;
    browser.fill("email", &person.email).await?;
    browser.submit("/admin/users/new").await?;
    let link = browser.one("#link").await?.prop("value").await?.unwrap_or_default();
    let prefix = format!("{}/set-password/", server.url());
    let token = link.strip_prefix(&prefix).ok_or_else(|| format!("{link} leads elsewhere"))?.to_owned();
    browser.click("main p.actions a.button").await?;
    browser.one("#sessions, #person-heading").await?;
    let one = browser.path().await?;
    browser.submit(&format!("{one}/password-link")).await?;
    let again = browser.one("#link").await?.prop("value").await?.unwrap_or_default();
    assert!(again.starts_with(&prefix) && again != link, "{} in {}", again, reader.language);
    let body = json!({"token": token, "password": person.password});
    let client = server.client()?;
    client.send(reqwest::Method::PUT, "/api/v1/password", &body).await?.problem(404, "not-found")?;
    let body = json!({"token": again.strip_prefix(&prefix), "password": person.password});
    client.send(reqwest::Method::PUT, "/api/v1/password", &body).await?.expect(204)?;
    client.log_in(&person).await.map(drop)
}

async fn delete(browser: &Browser, reader: &Reader, someone: &Resident) -> Outcome {
    let path = page(someone, "/delete");
    browser.go(&path).await?;
    browser.fill("confirmation", "yes").await?;
    browser.submit(&path).await?;
    browser.one("#confirmation-error").await?;
    browser.fill("confirmation", &someone.person.username).await?;
    browser.submit(&path).await?;
    browser.read(reader.deleted).await?;
    let receipt = browser.one("#receipt").await?.prop("value").await?.unwrap_or_default();
    browser.click("main a[download]").await?;
    assert_eq!(browser.saved("xtrem-erasure-receipt.json").await?, receipt);
    let told = your_data::signed(&someone.client, &receipt, "xtrem-erasure-receipt").await?;
    assert_eq!(told["subject"], someone.id.as_str(), "{told}");
    browser.click("main p.actions a[href=\"/admin/users\"]").await?;
    browser.arrive("/admin/users").await?;
    assert!(!browser.one("main .people").await?.text().await?.contains(&someone.person.username));
    Ok(())
}

async fn read_the_trail(browser: &Browser, administrator: &Resident) -> Outcome {
    browser.click("nav.tabs a[href=\"/admin/audit\"]").await?;
    browser.arrive("/admin/audit").await?;
    browser.fill("address", "localhost").await?;
    browser.submit("/admin/audit").await?;
    browser.one("#address-error").await?;
    browser.fill("address", "127.0.0.1").await?;
    browser.fill("actor", &administrator.person.username).await?;
    browser.click("[name=\"kind\"] option[value=\"role_changed\"]").await?;
    browser.submit("/admin/audit").await?;
    assert_eq!(browser.all("main ol.rows > li").await?.len(), 1);
    let export = browser.one("main a[download]").await?.attr("href").await?.unwrap_or_default();
    assert!(
        export.starts_with("/admin/audit/export?")
            && export.replace("%5F", "_").contains("kind=role_changed"),
        "{export}"
    );
    Ok(())
}

async fn keep_keys(browser: &Browser, reader: &Reader) -> Outcome {
    browser.click("nav.tabs a[href=\"/admin/keys\"]").await?;
    browser.arrive("/admin/keys").await?;
    assert_eq!(browser.all(".kid").await?.len(), 1);
    browser.submit("/admin/keys/rotate").await?;
    browser.read(reader.rotated).await?;
    assert_eq!(browser.all(".kid").await?.len(), 2);
    browser.click("main a[href=\"/admin/keys/revoke\"]").await?;
    browser.arrive("/admin/keys/revoke").await?;
    browser.fill("confirmation", "perhaps").await?;
    browser.submit("/admin/keys/revoke").await?;
    browser.one("#confirmation-error").await?;
    browser.fill("confirmation", reader.revoke).await?;
    browser.submit("/admin/keys/revoke").await?;
    browser.arrive("/admin/keys").await?;
    browser.read(reader.revoked).await?;
    assert_eq!(browser.all(".kid").await?.len(), 1);
    Ok(())
}
