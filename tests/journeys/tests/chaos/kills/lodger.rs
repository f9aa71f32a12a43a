//! Somebody whose every change is noted: what was tried, and what was acknowledged.

use journeys::client::Tokens;
use journeys::{Answer, Client, Failure, Outcome, Person};
use reqwest::Method;
use serde_json::{Value, json};

/// How far somebody has come, as far as they were told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The answer to their sign-up was never heard.
    Arriving,
    /// They have an account.
    Living,
    /// The answer to their deletion was never heard.
    Leaving,
    /// They have none: it was deleted, or never came to be.
    Gone,
}

/// What somebody hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is done.
    Done,
    /// It is not possible just now; it may have been done all the same.
    NotNow,
    /// Nothing: nobody is there any more.
    Nothing,
}

/// How often something was tried, and how often it was acknowledged.
#[derive(Clone, Copy, Debug, Default)]
pub struct Count {
    pub tried: u32,
    pub kept: u32,
}

impl Count {
    /// Whether so many may have been done.
    pub fn allows(self, number: i64) -> bool {
        (i64::from(self.kept)..=i64::from(self.tried)).contains(&number)
    }
}

/// Somebody.
#[derive(Clone, Debug)]
pub struct Lodger {
    pub person: Person,
    /// Known once a sign-up was acknowledged, or somebody was found to be there after all.
    pub id: Option<String>,
    pub stage: Stage,
    /// Whether anything was tried since it was last made sure of.
    pub is_stirred: bool,
    /// Which version of their profile was acknowledged, and which was tried last.
    kept: u32,
    tried: u32,
    pub edits: Count,
    pub log_ins: Count,
    bearer: Option<Client>,
}

impl Lodger {
    fn new() -> Self {
        Self {
            person: Person::new(),
            id: None,
            stage: Stage::Arriving,
            is_stirred: true,
            kept: 0,
            tried: 0,
            edits: Count::default(),
            log_ins: Count::default(),
            bearer: None,
        }
    }

    /// What their profile says at some version: every text names the person and the version.
    fn profile(&self, version: u32) -> Value {
        let name = &self.person.username;
        json!({
            "email": format!("{name}.{version}@journeys.example"),
            "full_name": format!("Called {name} {version}"),
            "bio": format!("Of {name}, for the {version}. time"),
        })
    }

    /// Somebody signs up.
    pub async fn arrive(client: &Client) -> Outcome<(Self, Heard)> {
        let mut lodger = Self::new();
        let Value::Object(mut form) = lodger.profile(0) else { return Err("a profile is an object".into()) };
        form.remove("bio");
        form.insert("username".to_owned(), json!(lodger.person.username));
        form.insert("password".to_owned(), json!(lodger.person.password));
        let answer = client.post("/api/v1/users", &Value::Object(form)).await;
        let answer = match heard(answer, 201)? {
            Ok(answer) => answer,
            Err(other) => return Ok((lodger, other)),
        };
        lodger.id = answer.json()?["id"].as_str().map(str::to_owned);
        lodger.stage = Stage::Living;
        Ok((lodger, Heard::Done))
    }

    /// Logs in.
    pub async fn log_in(&mut self, client: &Client) -> Outcome<Heard> {
        self.is_stirred = true;
        self.log_ins.tried += 1;
        let form = self.person.log_in();
        let answer = match heard(client.post("/api/v1/sessions", &form).await, 201)? {
            Ok(answer) => answer,
            Err(other) => return Ok(other),
        };
        self.log_ins.kept += 1;
        self.bearer = Some(client.bearing(&Tokens::of(&answer.json()?)?.access));
        Ok(Heard::Done)
    }

    /// Edits everything of themselves at once.
    pub async fn edit(&mut self, client: &Client) -> Outcome<Heard> {
        let Some(bearer) = self.bearer.clone() else { return self.log_in(client).await };
        self.is_stirred = true;
        self.tried += 1;
        self.edits.tried += 1;
        let patch = self.profile(self.tried);
        if let Err(other) = heard(bearer.send(Method::PATCH, "/api/v1/me", &patch).await, 200)? {
            return Ok(other);
        }
        self.edits.kept += 1;
        self.kept = self.tried;
        Ok(Heard::Done)
    }

    /// Deletes their account.
    pub async fn leave(&mut self, client: &Client) -> Outcome<Heard> {
        let Some(bearer) = self.bearer.clone() else { return self.log_in(client).await };
        self.is_stirred = true;
        self.stage = Stage::Leaving;
        let proof = json!({"password": self.person.password});
        if let Err(other) = heard(bearer.post("/api/v1/me/deletion", &proof).await, 204)? {
            return Ok(other);
        }
        self.stage = Stage::Gone;
        Ok(Heard::Done)
    }

    /// Finds out what became of them: whoever was told that they have an account has it, with exactly what was kept or what
    /// was tried after it; whoever was told that it is gone is not let in.
    pub async fn make_sure(&mut self, client: &Client) -> Outcome {
        self.log_ins.tried += 1;
        let answer = client.post("/api/v1/sessions", &self.person.log_in()).await?;
        match (answer.status, self.stage) {
            (201, Stage::Arriving | Stage::Living | Stage::Leaving) => {
                self.log_ins.kept += 1;
                self.recognise(&client.bearing(&Tokens::of(&answer.json()?)?.access)).await?;
                self.stage = Stage::Living;
            }
            (401, Stage::Arriving | Stage::Leaving | Stage::Gone) => self.stage = Stage::Gone,
            (status, stage) => {
                return Err(format!(
                    "{} is {stage:?}, and hears {status}: {}",
                    self.person.username,
                    answer.text()
                )
                .into());
            }
        }
        self.is_stirred = false;
        Ok(())
    }

    async fn recognise(&mut self, bearer: &Client) -> Outcome {
        let view = bearer.get("/api/v1/me").await?.expect(200)?.json()?;
        let says = |version: u32| {
            let mut profile = self.profile(version);
            if version == 0 {
                profile["bio"] = Value::Null;
            }
            ["email", "full_name", "bio"].iter().all(|field| view[field] == profile[field])
        };
        let found = [self.kept, self.tried].into_iter().find(|version| says(*version));
        let (kept, tried) = (self.kept, self.tried);
        let lost = || Failure::from(format!("version {kept} was kept and {tried} tried: {view}"));
        self.kept = found.ok_or_else(lost)?;
        if view.get("unreadable").is_some() {
            return Err(lost());
        }
        self.id = view["id"].as_str().map(str::to_owned);
        self.bearer = Some(bearer.clone());
        Ok(())
    }
}

/// The answer, where it acknowledges what was asked.
fn heard(answer: Outcome<Answer>, acknowledged: u16) -> Outcome<Result<Answer, Heard>> {
    match answer {
        Ok(answer) if answer.status == acknowledged => Ok(Ok(answer)),
        Ok(answer) if answer.status == 503 => answer.problem(503, "unavailable").map(|_| Err(Heard::NotNow)),
        Ok(answer) => Err(format!("heard {}: {}", answer.status, answer.text()).into()),
        Err(_) => Ok(Err(Heard::Nothing)),
    }
}
