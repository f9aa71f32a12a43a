//! Somebody who lives in the house: with an account, a role and tokens.

use crate::client::Tokens;
use crate::{Answer, Client, Failure, Outcome, Person, Server, forms};
use reqwest::Method;
use serde_json::{Value, json};

/// A person with an account, logged in.
#[derive(Clone, Debug)]
pub struct Resident {
    /// Who they are, and what they know.
    pub person: Person,
    /// The id of their account.
    pub id: String,
    /// They, with their access token.
    pub client: Client,
    /// The tokens they logged in for.
    pub tokens: Tokens,
}

impl Resident {
    /// Somebody who has signed up and logged in.
    pub async fn user(server: &Server) -> Outcome<Self> {
        let client = server.client()?;
        let person = Person::new();
        client.sign_up(&person).await?;
        Self::of(&client, person).await
    }

    /// The first administrator, made by the one-time link.
    pub async fn administrator(server: &Server) -> Outcome<Self> {
        let person = Person::new();
        let link = server.setup_link().ok_or("there is an administrator already")?;
        let path = link.strip_prefix(server.url()).or_else(|| link.strip_prefix("http://127.0.0.1:1"));
        let path = path.ok_or_else(|| Failure::from(format!("{link} leads elsewhere")))?;
        let fields = [
            ("username", person.username.as_str()),
            ("email", person.email.as_str()),
            ("password", person.password.as_str()),
            ("password_repeat", person.password.as_str()),
        ];
        forms::submit(&server.client()?.with_cookies()?, path, &fields).await?.expect(303)?;
        Self::of(&server.client()?, person).await
    }

    /// Logs somebody in who has an account.
    pub async fn of(client: &Client, person: Person) -> Outcome<Self> {
        let tokens = client.log_in(&person).await?;
        let client = client.bearing(&tokens.access);
        let id = client.get("/api/v1/me").await?.expect(200)?.json()?["id"].as_str().map(str::to_owned);
        Ok(Self { person, id: id.ok_or("a profile has an id")?, client, tokens })
    }

    /// Somebody new to whom this administrator has given that role.
    pub async fn appoint(&self, server: &Server, role: &str) -> Outcome<Self> {
        let newcomer = Self::user(server).await?;
        if role == "user" {
            return Ok(newcomer);
        }
        self.give_role(&newcomer, &json!({"role": role})).await?.expect(200)?;
        newcomer.again(server).await
    }

    /// The same person with another session.
    pub async fn again(&self, server: &Server) -> Outcome<Self> {
        Self::of(&server.client()?, self.person.clone()).await
    }

    /// The same session, with the tokens that a refresh gives.
    pub async fn refreshed(&self) -> Outcome<Self> {
        let answer = self.client.visitor().refresh(&self.tokens.refresh).await?;
        let tokens = Tokens::of(&answer.expect(200)?.json()?)?;
        Ok(Self { client: self.client.bearing(&tokens.access), tokens, ..self.clone() })
    }

    /// The same person with a new session whose token reaches only that far.
    pub async fn narrowed(&self, server: &Server, scope: &str) -> Outcome<Self> {
        let client = server.client()?;
        let fields = [
            ("grant_type", "password"),
            ("username", &self.person.username),
            ("password", &self.person.password),
            ("scope", scope),
        ];
        let tokens = Tokens::of(&client.form("/oauth2/token", &fields).await?.expect(200)?.json()?)?;
        Ok(Self { client: client.bearing(&tokens.access), tokens, ..self.clone() })
    }

    /// Reads that language from now on, wherever they log in.
    pub async fn reads(&self, language: &str) -> Outcome {
        let patch = json!({"locale": language});
        self.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200).map(drop)
    }

    /// Where administrators find this person, and what follows.
    #[must_use]
    pub fn at(&self, rest: &str) -> String {
        format!("/api/v1/users/{}{rest}", self.id)
    }

    /// Gives somebody a role, as this person.
    pub async fn give_role(&self, other: &Self, change: &Value) -> Outcome<Answer> {
        self.client.send(Method::PUT, &other.at("/role"), change).await
    }

    /// Suspends somebody, as this person.
    pub async fn suspend(&self, other: &Self) -> Outcome<Answer> {
        let order = json!({"reason": "Sells lanterns that are not theirs."});
        self.client.send(Method::PUT, &other.at("/suspension"), &order).await
    }

    /// Opens an account again, as this person.
    pub async fn reinstate(&self, other: &Self) -> Outcome<Answer> {
        self.client.delete(&other.at("/suspension")).await
    }

    /// What `GET /api/v1/me` answers to this person's token.
    pub async fn knocks(&self) -> Outcome<u16> {
        Ok(self.client.get("/api/v1/me").await?.status)
    }
}
