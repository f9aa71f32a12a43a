//! Takes the pictures of the README's tour: every page of a house in which people have lived for a month.
//!
//!     tests/run tour
//!
//! They are pictures of the real service in a real browser, so what they show is what there is. Whoever changes a page
//! takes them again.

use journeys::browser::{Browser, Habits};
use journeys::dice::Dice;
use journeys::{Engine, Outcome, Person, Resident, Server, Settings, moment};
use reqwest::Method;
use serde_json::json;
use std::path::Path;
use std::time::Duration;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../adapters/web-ui/screenshots");
const DAY: Duration = Duration::from_hours(24);
const DESK: u32 = 1100;
const PHONE: u32 = 390;
const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const CHROMIUM: &str =
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36";

const NAMES: [&str; 24] = [
    "Ada Vasseur",
    "Bruno Keller",
    "Chiara Moretti",
    "Dario Lindqvist",
    "Elif Aydin",
    "Farah Haddad",
    "Gwen Prichard",
    "Hugo Lambert",
    "Ines Carvalho",
    "Jonas Weber",
    "Kaja Nilsen",
    "Leo Fontaine",
    "Mira Petrov",
    "Noor Rahman",
    "Oskar Nowak",
    "Priya Menon",
    "Quentin Roux",
    "Rosa Ibarra",
    "Samir Osman",
    "Tilda Berg",
    "Ugo Ferri",
    "Vera Kovacs",
    "Wanda Sikora",
    "Yann Morel",
];

#[tokio::main]
async fn main() -> Outcome {
    let begin = Settings::on(Engine::Sqlite).unthrottled().with_clock_set_back(30 * DAY);
    let mut server = Server::start(begin.with("SESSIONS__WEB_IDLE_LIFETIME_SECONDS", "86400")).await?;
    let setup = server.setup_link().unwrap_or_default().replace(server.url(), "");
    let browser = Browser::open(server.url(), Habits { language: "en", scripts: true }).await?;
    browser.pose_as(CHROMIUM).await?;
    let camera = Camera { browser: &browser };
    camera.take("setup-light", &setup, DESK, "light").await?;
    let (administrator, person) = live(&mut server).await?;
    visitors(&camera, &administrator, &person).await?;
    own_pages(&camera, &person).await?;
    administration(&camera, &administrator, &person).await?;
    goodbyes(&camera, &administrator, &person).await?;
    browser.close().await
}

/// Whoever takes the pictures.
struct Camera<'a> {
    browser: &'a Browser,
}

impl Camera<'_> {
    /// Goes to a page and takes a picture of it.
    async fn take(&self, name: &str, page: &str, width: u32, scheme: &str) -> Outcome {
        self.browser.go(page).await?;
        self.keep(name, width, scheme).await
    }

    /// Takes a picture of the page that is shown.
    async fn keep(&self, name: &str, width: u32, scheme: &str) -> Outcome {
        self.browser.prefer(scheme).await?;
        let picture = self.browser.picture(width, if width == PHONE { 1_400 } else { 1_700 }).await?;
        Ok(std::fs::write(Path::new(FOLDER).join(format!("{name}.png")), picture)?)
    }

    async fn log_in(&self, person: &Person) -> Outcome {
        self.browser.go("/log-in").await?;
        self.browser.fill("login", &person.username).await?;
        self.browser.fill("password", &person.password).await?;
        self.browser.submit("/log-in").await
    }
}

fn named(name: &str) -> Person {
    let short = name.to_lowercase().replace(' ', ".");
    Person {
        username: short.clone(),
        email: format!("{short}@example.org"),
        password: format!("plinth-lantern-{}-corsair", name.len()),
        full_name: name.to_owned(),
    }
}

/// A month: people come, log in, mistype their passwords. Answers with the administrator and with one of the people.
async fn live(server: &mut Server) -> Outcome<(Resident, Resident)> {
    let administrator = Resident::administrator(server).await?;
    let rename = json!({"username": "marlowe", "email": "marlowe@example.org", "full_name": "Wren Marlowe"});
    administrator.client.send(Method::PATCH, "/api/v1/me", &rename).await?.expect(200)?;
    let known = Person { username: "marlowe".to_owned(), ..administrator.person.clone() };
    let (mut dice, mut people) = (Dice::of(30), Vec::new());
    for day in 0..30 {
        let morning = Duration::from_mins(u64::try_from(dice.below(900))?);
        server.wait_for(morning)?;
        let client = server.client()?.called(FIREFOX)?;
        for _ in 0..usize::from(day % 7 < 5) * dice.below(3) {
            let Some(name) = NAMES.get(people.len()) else { break };
            let person = named(name);
            client.sign_up(&person).await?;
            people.push(person);
        }
        for person in &people {
            if dice.below(4) == 0 {
                client.log_in(person).await?;
            }
            if dice.below(12) == 0 {
                let wrong = json!({"login": person.username, "password": "plinth-lantern"});
                client.post("/api/v1/sessions", &wrong).await?;
            }
        }
        server.wait_for(DAY.saturating_sub(morning))?;
    }
    // At the start the hours of the month are counted.
    server.kill()?;
    server.start_again().await?;
    let administrator = Resident::of(&server.client()?, known).await?;
    let person = Resident::of(&server.client()?.called(FIREFOX)?, people.remove(2)).await?;
    decide(server, &administrator, &person, &people).await?;
    Ok((administrator, person))
}

/// What an administrator has decided today, and what has happened to the person whose pages are shown.
async fn decide(server: &Server, administrator: &Resident, person: &Resident, people: &[Person]) -> Outcome {
    let client = server.client()?;
    let deputy = Resident::of(&client, people[0].clone()).await?;
    let end = moment::ahead(14 * DAY)?;
    let change = json!({"role": "moderator", "expires_at": end, "reason": "Stands in for Elif in December."});
    administrator.give_role(&deputy, &change).await?.expect(200)?;
    let sleeper = Resident::of(&client, people[4].clone()).await?;
    let order = json!({"reason": "Asked us to close the account over the holidays.", "until": end});
    administrator.client.send(Method::PUT, &sleeper.at("/suspension"), &order).await?.expect(200)?;
    deputy.client.get("/api/v1/signing-keys").await?.expect(403)?;

    let profile = json!({
        "bio": "Restores old clocks, and writes about the people who wound them.", "location": "Turin",
        "website": "https://clocks.example.org/", "locale": "en",
    });
    person.client.send(Method::PATCH, "/api/v1/me", &profile).await?.expect(200)?;
    let reason = json!({"reason": "Asked by letter to correct the spelling of the name."});
    administrator.client.post(&person.at("/personal-data"), &reason).await?.expect(200)?;
    let workshop = json!({
        "login": person.person.username, "password": person.person.password, "device_name": "Workshop tablet",
    });
    client.post("/api/v1/sessions", &workshop).await?.expect(201)?;
    let robbed = person.again(server).await?;
    robbed.refreshed().await?.refreshed().await?;
    client.refresh(&robbed.tokens.refresh).await?.oauth_error(400, "invalid_grant")
}

/// What anybody sees.
async fn visitors(camera: &Camera<'_>, administrator: &Resident, person: &Resident) -> Outcome {
    camera.take("home-light", "/", DESK, "light").await?;
    camera.take("home-dark", "/", DESK, "dark").await?;
    camera.take("log-in-light", "/log-in", DESK, "light").await?;
    camera.take("sign-up-light", "/sign-up", DESK, "light").await?;
    let form = named("Zoe Lang");
    for (field, text) in [("username", &form.username), ("email", &form.email), ("password", &form.password)]
    {
        camera.browser.fill(field, text).await?;
    }
    camera.keep("sign-up-phone", PHONE, "light").await?;
    let link =
        administrator.client.post(&person.at("/password-link"), &json!({})).await?.expect(201)?.json()?;
    let path = link["url"].as_str().and_then(|url| url.find("/set-password").map(|at| url[at..].to_owned()));
    camera.take("set-password-light", &path.ok_or("a link leads to a page")?, DESK, "light").await
}

/// What somebody sees of their own account.
async fn own_pages(camera: &Camera<'_>, person: &Resident) -> Outcome {
    camera.log_in(&person.person).await?;
    camera.take("security-light", "/profile/security", DESK, "light").await?;
    camera.take("activity-light", "/profile/activity", DESK, "light").await?;
    camera.take("activity-phone", "/profile/activity", PHONE, "dark").await?;
    camera.take("data-light", "/profile/export", DESK, "light").await?;
    camera.take("data-phone", "/profile/export", PHONE, "dark").await?;
    camera.browser.fill("password", &person.person.password).await?;
    camera.browser.submit("/profile/export").await?;
    camera.keep("data-ready-light", DESK, "light").await?;
    camera.take("delete-light", "/profile/delete", DESK, "light").await?;
    camera.browser.go("/profile/security").await?;
    camera.browser.submit("/profile/notices").await?;
    camera.take("profile-light", "/profile", DESK, "light").await?;
    camera.browser.click("button[name=\"locale\"][value=\"fr\"]").await?;
    camera.browser.one("html[lang=\"fr\"]").await?;
    camera.take("security-dark-french", "/profile/security", DESK, "dark").await?;
    camera.browser.click("button[name=\"locale\"][value=\"en\"]").await?;
    camera.browser.one("html[lang=\"en\"]").await?;
    camera.browser.submit("/log-out").await
}

/// What an administrator sees.
async fn administration(camera: &Camera<'_>, administrator: &Resident, person: &Resident) -> Outcome {
    camera.log_in(&administrator.person).await?;
    let one = format!("/admin/users/{}", person.id);
    let at = |rest: &str| format!("{one}{rest}");
    for (name, page) in [
        ("admin-overview", "/admin".to_owned()),
        ("admin-users", "/admin/users".to_owned()),
        ("admin-new-user", "/admin/users/new".to_owned()),
        ("admin-user", one.clone()),
        ("admin-user-activity", at("/activity")),
        ("admin-edit", at("/edit")),
        ("admin-role", at("/role")),
        ("admin-suspend", at("/suspend")),
        ("admin-delete", at("/delete")),
        ("admin-audit", "/admin/audit".to_owned()),
        ("admin-keys", "/admin/keys".to_owned()),
        ("admin-revoke", "/admin/keys/revoke".to_owned()),
    ] {
        camera.take(&format!("{name}-light"), &page, DESK, "light").await?;
    }
    camera.take("admin-overview-dark", "/admin", DESK, "dark").await?;
    camera.take("admin-users-phone", "/admin/users", PHONE, "light").await?;
    camera.take("admin-user-phone", &one, PHONE, "dark").await?;
    camera.browser.go(&one).await?;
    camera.browser.fill("reason", "Asked by letter to correct the spelling of the name.").await?;
    camera.browser.submit(&one).await?;
    camera.keep("admin-user-opened-light", DESK, "light").await?;
    camera.browser.submit(&at("/password-link")).await?;
    camera.keep("admin-link-light", DESK, "light").await
}

/// What is left of an account that an administrator deletes, and of one that its owner deletes.
async fn goodbyes(camera: &Camera<'_>, administrator: &Resident, person: &Resident) -> Outcome {
    let form = named("Zoe Lang");
    let made = json!({"username": form.username, "email": form.email, "full_name": form.full_name});
    let made = administrator.client.post("/api/v1/users", &made).await?.expect(201)?.json()?;
    let delete = format!("/admin/users/{}/delete", made["id"].as_str().unwrap_or_default());
    camera.browser.go(&delete).await?;
    camera.browser.fill("confirmation", &form.username).await?;
    camera.browser.submit(&delete).await?;
    camera.keep("admin-deleted-light", DESK, "light").await?;
    camera.browser.submit("/log-out").await?;
    camera.log_in(&person.person).await?;
    camera.browser.go("/profile/delete").await?;
    camera.browser.fill("password", &person.person.password).await?;
    camera.browser.submit("/profile/delete").await?;
    camera.keep("deleted-light", DESK, "light").await
}
