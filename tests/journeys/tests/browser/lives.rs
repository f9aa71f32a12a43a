use journeys::browser::{Browser, Habits};
use journeys::{Engine, Outcome, Person, Server, Settings};

/// What somebody reads who reads that language.
struct Reader {
    language: &'static str,
    signed_up: &'static str,
    wrong: &'static str,
    saved: &'static str,
    changed: &'static str,
    logged_out: &'static str,
    deleted: &'static str,
}

const ENGLISH: Reader = Reader {
    language: "en",
    signed_up: "Your account is ready",
    wrong: "do not belong together",
    saved: "Your profile is saved",
    changed: "Your password is changed",
    logged_out: "You are logged out",
    deleted: "Your account is deleted",
};

const FRENCH: Reader = Reader {
    language: "fr",
    signed_up: "Votre compte est prêt",
    wrong: "ne vont pas ensemble",
    saved: "Votre profil est enregistré",
    changed: "Votre mot de passe est changé",
    logged_out: "Vous êtes déconnecté",
    deleted: "Votre compte est supprimé",
};

#[tokio::test]
async fn a_life_in_english_with_scripts() -> Outcome {
    live(&ENGLISH, true).await
}

#[tokio::test]
async fn a_life_in_english_without_scripts() -> Outcome {
    live(&ENGLISH, false).await
}

#[tokio::test]
async fn a_life_in_french_with_scripts() -> Outcome {
    live(&FRENCH, true).await
}

#[tokio::test]
async fn a_life_in_french_without_scripts() -> Outcome {
    live(&FRENCH, false).await
}

/// Signs up, logs in, edits, changes the password, logs in again and deletes the account.
async fn live(reader: &Reader, scripts: bool) -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let browser = Browser::open(server.url(), Habits { language: reader.language, scripts }).await?;
    let mut person = Person::new();
    sign_up(&browser, reader, &person).await?;
    log_in(&browser, reader, &person).await?;
    edit(&browser, reader).await?;
    change_password(&browser, reader, &mut person).await?;
    browser.submit("/log-out").await?;
    browser.read(reader.logged_out).await?;
    browser.go("/profile").await?;
    browser.arrive("/log-in").await?;
    log_in(&browser, reader, &person).await?;
    delete(&browser, reader, &person).await?;
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}

async fn language(browser: &Browser) -> Outcome<Option<String>> {
    Ok(browser.one("html").await?.attr("lang").await?)
}

async fn sign_up(browser: &Browser, reader: &Reader, person: &Person) -> Outcome {
    browser.go("/").await?;
    assert_eq!(language(browser).await?.as_deref(), Some(reader.language));
    browser.click("main a[href=\"/sign-up\"]").await?;
    browser.arrive("/sign-up").await?;
    browser.fill("username", &person.username).await?;
    browser.fill("email", "nowhere").await?;
    browser.fill("full_name", &person.full_name).await?;
    browser.fill("password", "too short").await?;
    browser.fill("password_repeat", "something else").await?;
    browser.submit("/sign-up").await?;

    // Each mistake stands beside its field, and what was typed stays, save for the passwords.
    for field in ["email", "password", "password_repeat"] {
        let told = browser.one(&format!("#{field}-error")).await?.text().await?;
        assert!(!told.is_empty(), "{field}");
        let described = browser.one(&format!("#{field}")).await?.attr("aria-describedby").await?;
        assert!(described.unwrap_or_default().contains(&format!("{field}-error")), "{field}");
    }
    assert!(browser.all("#username-error").await?.is_empty());
    assert_eq!(browser.filled("username").await?, person.username);
    assert_eq!(browser.filled("email").await?, "nowhere");
    assert_eq!(browser.filled("full_name").await?, person.full_name);
    assert_eq!(browser.filled("password").await?, "");

    browser.fill("email", &person.email).await?;
    browser.fill("password", &person.password).await?;
    browser.fill("password_repeat", &person.password).await?;
    browser.submit("/sign-up").await?;
    browser.arrive("/log-in").await?;
    browser.read(reader.signed_up).await
}

async fn log_in(browser: &Browser, reader: &Reader, person: &Person) -> Outcome {
    browser.fill("login", &person.email).await?;
    browser.fill("password", "not the password").await?;
    browser.submit("/log-in").await?;
    browser.read(reader.wrong).await?;
    assert_eq!(browser.filled("login").await?, person.email);
    browser.fill("password", &person.password).await?;
    browser.submit("/log-in").await?;
    browser.arrive("/profile").await?;
    assert_eq!(language(browser).await?.as_deref(), Some(reader.language));
    browser.read(&person.full_name).await
}

async fn edit(browser: &Browser, reader: &Reader) -> Outcome {
    browser.fill("bio", "\"><svg onload=alert(1)> {{7*7}}").await?;
    browser.fill("website", "javascript:alert(1)").await?;
    browser.submit("/profile").await?;
    assert!(!browser.one("#website-error").await?.text().await?.is_empty());
    browser.fill("website", "https://bees.example/").await?;
    browser.click("[name=\"theme\"] option[value=\"dark\"]").await?;
    browser.submit("/profile").await?;
    browser.arrive("/profile").await?;
    browser.read(reader.saved).await?;
    browser.read("\"><svg onload=alert(1)> {{7*7}}").await?;
    assert!(browser.all("main svg[onload]").await?.is_empty(), "what people write is text");
    assert_eq!(browser.one("html").await?.attr("data-theme").await?.as_deref(), Some("dark"));

    let other = if reader.language == "en" { "fr" } else { "en" };
    browser.click(&format!("button[name=\"locale\"][value=\"{other}\"]")).await?;
    browser.one(&format!("html[lang=\"{other}\"]")).await?;
    browser.arrive("/profile").await?;
    browser.click(&format!("button[name=\"locale\"][value=\"{}\"]", reader.language)).await?;
    browser.one(&format!("html[lang=\"{}\"]", reader.language)).await.map(drop)
}

async fn change_password(browser: &Browser, reader: &Reader, person: &mut Person) -> Outcome {
    browser.click("main a[href=\"/profile/security\"]").await?;
    browser.arrive("/profile/security").await?;
    let next = format!("{}-again", person.password);
    for (current, new, repeat) in [
        ("not the password", next.as_str(), next.as_str()),
        (&person.password, &next, "something else"),
        (&person.password, &next, &next),
    ] {
        browser.fill("current_password", current).await?;
        browser.fill("new_password", new).await?;
        browser.fill("password_repeat", repeat).await?;
        browser.submit("/profile/security").await?;
    }
    browser.read(reader.changed).await?;
    person.password = next;
    Ok(())
}

async fn delete(browser: &Browser, reader: &Reader, person: &Person) -> Outcome {
    browser.click("main a[href=\"/profile/delete\"]").await?;
    browser.arrive("/profile/delete").await?;
    browser.fill("password", "not the password").await?;
    browser.submit("/profile/delete").await?;
    browser.arrive("/profile/delete").await?;
    browser.fill("password", &person.password).await?;
    browser.submit("/profile/delete").await?;
    browser.read(reader.deleted).await?;
    // Shown where the form was sent, and to nobody else: this browser is logged out.
    browser.go("/profile").await?;
    browser.arrive("/log-in").await?;
    browser.fill("login", &person.email).await?;
    browser.fill("password", &person.password).await?;
    browser.submit("/log-in").await?;
    browser.read(reader.wrong).await
}

/// Scripts only ever add: a hint while somebody types, a way to look at a password.
#[tokio::test]
async fn hints_appear_while_somebody_types() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let browser = Browser::open(server.url(), Habits { language: "en", scripts: true }).await?;
    browser.go("/sign-up").await?;
    browser.fill("email", "nowhere").await?;
    browser.read("does not look like an e-mail address yet").await?;
    browser.fill("password", "short").await?;
    browser.read("Too short so far").await?;
    browser.fill("password", "umbrella corsair plinth lantern").await?;
    browser.read("Looks strong").await?;
    browser.fill("password_repeat", "umbrella").await?;
    browser.read("The two entries differ so far").await?;
    browser.fill("password_repeat", "umbrella corsair plinth lantern").await?;
    browser.read("The two entries match").await?;
    assert_eq!(browser.refusals().await?, Vec::<String>::new());
    browser.close().await
}
