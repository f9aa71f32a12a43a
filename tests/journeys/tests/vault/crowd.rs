//! People who leave a mark wherever they say something, and live a whole life.

use journeys::client::Tokens;
use journeys::traces::Traces;
use journeys::{Answer, Client, Outcome, Person, Resident, forms, trail, wait, your_data};
use reqwest::Method;
use serde_json::json;

/// Stands in all that a person says of themselves, and in whatever others say of them.
pub const MARK: &str = "qzmarker";
/// Stands in the reasons for which an account is closed for a while: as long as it is closed they are shown to whoever
/// tries to log in, and they stand beside the account.
const CLOSED: &str = "zqclosed";
/// Stands in all passwords, right and wrong.
const SECRET: &str = "vxsecret";
/// How many of them do something at the same time.
pub const AT_ONCE: usize = 12;
/// The network of everybody's address, as text and as it is stored otherwise.
const NETWORK: (&str, [u8; 8]) = ("2001:db8:5ca1:ab1e:", [0x20, 0x01, 0x0d, 0xb8, 0x5c, 0xa1, 0xab, 0x1e]);

/// All that they leave anywhere.
pub fn traces() -> Traces {
    Traces::of([MARK, SECRET, NETWORK.0]).and_bytes("an address", &NETWORK.1)
}

/// What was said of them and is taken back.
pub fn taken_back() -> Traces {
    Traces::of([CLOSED])
}

/// Somebody of the crowd: every text of theirs, their program and their address are nobody else's.
#[derive(Clone)]
pub struct Marked {
    pub number: usize,
    pub person: Person,
    pub client: Client,
}

impl Marked {
    pub fn new(client: &Client, number: usize) -> Outcome<Self> {
        let person = Person {
            username: format!("wader_{number}"),
            email: format!("{MARK}.{number}@{MARK}.example"),
            password: format!("{SECRET}-plinth-{number}-corsair"),
            full_name: format!("{MARK} of house {number}"),
        };
        let program = format!("{MARK}-program/{number}.0 (of its own)");
        let client = client.posing_as(&program, &format!("{}:{number:x}", NETWORK.0))?;
        Ok(Self { number, person, client })
    }

    fn profile(&self) -> serde_json::Value {
        let number = self.number;
        json!({
            "bio": format!("Keeps {MARK} bees, {number} of them."), "location": format!("{MARK} street {number}"),
            "website": format!("https://{MARK}-{number}.example/"),
        })
    }

    /// Signs up, logs in by every way, edits, mistypes, is refused, takes their data along, and leaves a session behind.
    pub async fn live(self) -> Outcome<Vec<Answer>> {
        let Self { number, person, client } = &self;
        let mut refused = Vec::new();
        client.sign_up(person).await?;
        refused.push(client.post("/api/v1/users", &person.sign_up()).await?.expect(409)?);
        let login = json!({
            "login": person.email, "password": person.password, "device_name": format!("{MARK} phone {number}"),
        });
        let answer = client.post("/api/v1/sessions", &login).await?.expect(201)?;
        let tokens = Tokens::of(&answer.json()?)?;
        let answer = client.refresh(&tokens.refresh).await?.expect(200)?;
        let tokens = Tokens::of(&answer.json()?)?;
        let me = client.bearing(&tokens.access);
        me.send(Method::PATCH, "/api/v1/me", &self.profile()).await?.expect(200)?;
        for body in [
            json!({"email": format!("{MARK}.{number}.moved@{MARK}.example")}),
            json!({"email": person.email}),
        ] {
            me.send(Method::PATCH, "/api/v1/me", &body).await?.expect(200)?;
        }
        let wrong = json!({"website": format!("javascript:{MARK}"), "email": format!("{MARK}@")});
        refused.push(me.send(Method::PATCH, "/api/v1/me", &wrong).await?.expect(400)?);
        refused.push(me.get("/api/v1/users").await?.expect(403)?);
        let path = format!("/api/v1/me/export?ticket={MARK}");
        refused.push(me.get(&path).await?.expect(404)?);
        for login in [&person.email, &format!("{SECRET} typed into the wrong field {number}")] {
            let wrong = json!({"login": login, "password": format!("{SECRET}-wrong-{number}")});
            refused.push(client.post("/api/v1/sessions", &wrong).await?.expect(401)?);
        }
        if number.is_multiple_of(10) {
            self.browse().await?;
            let id = me.get("/api/v1/me").await?.expect(200)?.json()?["id"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            let resident = Resident { person: person.clone(), id, client: me.clone(), tokens };
            // One export is made at a time; whoever comes meanwhile is told to come again.
            let document = wait::until("a turn to export", async || {
                let answer = me.get(&your_data::prepared(&resident).await?).await?;
                if answer.status == 503 {
                    return answer.problem(503, "busy").map(|_| None);
                }
                answer.expect(200).map(|answer| Some(answer.text()))
            })
            .await?;
            assert!(document.contains(&person.full_name), "{document}");
        }
        Ok(refused)
    }

    /// The same by the pages.
    async fn browse(&self) -> Outcome {
        let window = self.client.with_cookies()?;
        let wrong = [("login", self.person.email.as_str()), ("password", "vxsecret-mistyped")];
        forms::submit(&window, "/log-in", &wrong).await?.expect(401)?;
        let fields = [("login", self.person.email.as_str()), ("password", self.person.password.as_str())];
        forms::submit(&window, "/log-in", &fields).await?.expect(303)?;
        for page in ["/profile", "/profile/security", "/profile/activity", "/profile/export"] {
            window.get(page).await?.expect(200)?;
        }
        let password = [("password", self.person.password.as_str())];
        forms::submit(&window, "/profile/export", &password).await?.expect(200)?;
        let page = window.get("/profile").await?.expect(200)?.text();
        let hidden = forms::hidden_fields(&page, "/log-out");
        let fields: Vec<_> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        window.form("/log-out", &fields).await?.expect(303).map(drop)
    }

    /// Comes by an administrator, who knows everything about them and nothing by which they could log in.
    pub async fn be_created(self, administrator: &Resident) -> Outcome {
        let me = self.client.bearing(&administrator.tokens.access);
        let Person { username, email, full_name, .. } = &self.person;
        let form = json!({"username": username, "email": email, "full_name": full_name});
        let made = me.post("/api/v1/users", &form).await?.expect(201)?.json()?;
        let path = format!("/api/v1/users/{}", made["id"].as_str().unwrap_or_default());
        me.send(Method::PATCH, &path, &self.profile()).await?.expect(200)?;
        if self.number.is_multiple_of(2) {
            me.delete(&path).await?.expect(204)?;
        }
        Ok(())
    }

    /// Is looked at by an administrator in every way there is, in trouble for a while, and every second time gone.
    pub async fn be_kept(self, administrator: &Resident, refused: &[Answer]) -> Outcome {
        let me = &administrator.client;
        let Self { number, person, client } = &self;
        let search = format!("/api/v1/users?search={}", trail::escaped(&person.email));
        let found = me.get(&search).await?.expect(200)?.json()?;
        let id = found["items"][0]["id"].as_str().ok_or_else(|| format!("{} was not found", person.email))?;
        let at = |rest: &str| format!("/api/v1/users/{id}{rest}");
        let reason = json!({"reason": format!("{MARK} reason {number}")});
        let role = json!({"role": "moderator", "reason": format!("{MARK} reason {number}")});
        let opened = me.post(&at("/personal-data"), &reason).await?.expect(200)?;
        assert!(opened.text().contains(&person.email), "{}", opened.text());
        me.send(Method::PUT, &at("/role"), &role).await?.expect(200)?;
        for path in [at(""), at("/sessions"), at("/activity"), self.by_address("?")] {
            me.get(&path).await?.expect(200)?;
        }
        let forbidden = refused.iter().find(|answer| answer.status == 403).ok_or("somebody was refused")?;
        let name = forbidden.header("x-request-id");
        me.get(&format!("/api/v1/access/explanations/{name}")).await?.expect(200)?;
        me.get(&self.by_address("/export?")).await?.expect(200)?;
        let reason = json!({"reason": format!("{CLOSED} reason {number}")});
        me.send(Method::PUT, &at("/suspension"), &reason).await?.expect(200)?;
        client.post("/api/v1/sessions", &person.log_in()).await?.expect(403)?;
        match number % 4 {
            0 => {
                me.delete(&at("/suspension")).await?.expect(204)?;
                let them = Resident::of(client, person.clone()).await?;
                let password = json!({"password": person.password});
                them.client.post("/api/v1/me/deletion", &password).await?.expect(204)?;
            }
            2 => drop(me.delete(&at("")).await?.expect(204)?),
            _ => drop(me.delete(&at("/suspension")).await?.expect(204)?),
        }
        Ok(())
    }

    fn by_address(&self, sign: &str) -> String {
        let address = format!("{}:{:x}", NETWORK.0, self.number);
        format!("/api/v1/audit-events{sign}address={}", trail::escaped(&address))
    }
}
