use crate::callers::Caller;
use journeys::{Answer, Client, Outcome, Person, Resident, Server, your_data};
use reqwest::Method;
use serde_json::{Value, json};

/// Everybody who asks, and somebody to whom it is done.
pub struct Stage<'a> {
    server: &'a Server,
    /// Makes and unmakes the others; never asks.
    director: Resident,
    callers: Vec<(Caller, Option<Resident>)>,
    /// Somebody whom no refusal harms.
    target: Resident,
}

impl<'a> Stage<'a> {
    pub async fn set(server: &'a Server) -> Outcome<Self> {
        let director = Resident::administrator(server).await?;
        let target = Resident::user(server).await?;
        let mut stage = Self { server, director, callers: Vec::new(), target };
        for caller in Caller::ALL {
            let resident = stage.appear(caller).await?;
            stage.callers.push((caller, resident));
        }
        Ok(stage)
    }

    /// Somebody of that kind, if it is anybody with an account.
    pub fn resident(&self, caller: Caller) -> Option<&Resident> {
        self.callers.iter().find(|(kind, _)| *kind == caller)?.1.as_ref()
    }

    /// Somebody new of that kind.
    async fn appear(&self, caller: Caller) -> Outcome<Option<Resident>> {
        let role = match caller {
            Caller::Visitor | Caller::Garbage => return Ok(None),
            Caller::Moderator => "moderator",
            Caller::Administrator | Caller::Clerk | Caller::Former => "admin",
            _ => "user",
        };
        let mut resident = self.director.appoint(self.server, role).await?;
        if let Some(scope) = caller.asked() {
            resident = resident.narrowed(self.server, scope).await?;
        }
        match caller {
            Caller::Former => {
                self.director.give_role(&resident, &json!({"role": "user"})).await?.expect(200)?;
            }
            Caller::LoggedOut => {
                resident.client.delete("/api/v1/sessions/current").await?.expect(204)?;
            }
            Caller::Suspended => {
                self.director.suspend(&resident).await?.expect(200)?;
            }
            Caller::Deleted => {
                let password = json!({"password": resident.person.password});
                resident.client.post("/api/v1/me/deletion", &password).await?.expect(204)?;
            }
            _ => {}
        }
        Ok(Some(resident))
    }

    /// Asks for an operation in a way that succeeds for whoever may. What would succeed is done by somebody, and to
    /// somebody, whom nobody else needs.
    pub async fn ask(&self, operation: &str, caller: Caller, succeeds: bool) -> Outcome<Answer> {
        let ends_the_caller = matches!(
            operation,
            "DELETE /api/v1/sessions/current" | "PUT /api/v1/me/password" | "POST /api/v1/me/deletion"
        );
        let fresh = if succeeds && ends_the_caller { self.appear(caller).await? } else { None };
        let resident = fresh.as_ref().or_else(|| self.resident(caller));
        let client = match (caller, resident) {
            (Caller::Garbage, _) => self.server.client()?.bearing("garbage"),
            (_, Some(resident)) => resident.client.clone(),
            (_, None) => self.server.client()?,
        };
        let person = resident.map_or_else(Person::new, |resident| resident.person.clone());
        if operation.contains("/users/{id}") {
            let fresh = if succeeds { Some(Resident::user(self.server).await?) } else { None };
            return self.ask_about(operation, &client, fresh.as_ref().unwrap_or(&self.target)).await;
        }
        self.ask_for_oneself(operation, &client, &person, resident, succeeds).await
    }

    /// What is done to somebody.
    async fn ask_about(&self, operation: &str, client: &Client, target: &Resident) -> Outcome<Answer> {
        let (method, pattern) = operation.split_once(' ').unwrap_or_default();
        let session = || async { first_session(&target.client).await };
        let path = match pattern.strip_prefix("/api/v1/users/{id}").unwrap_or_default() {
            "/sessions/{session_id}" => target.at(&format!("/sessions/{}", session().await?)),
            rest => target.at(rest),
        };
        let body = match operation {
            "PATCH /api/v1/users/{id}" => json!({"bio": "Keeps bees."}),
            "PUT /api/v1/users/{id}/role" => json!({"role": "moderator"}),
            "PUT /api/v1/users/{id}/suspension" | "POST /api/v1/users/{id}/personal-data" => {
                json!({"reason": "Because."})
            }
            _ => Value::Null,
        };
        send(client, method, &path, &body).await
    }

    async fn ask_for_oneself(
        &self,
        operation: &str,
        client: &Client,
        person: &Person,
        resident: Option<&Resident>,
        succeeds: bool,
    ) -> Outcome<Answer> {
        // An operation that makes or needs an account of its own gets one, so that it depends on the caller only.
        let other = Person::new();
        let (method, path) = operation.split_once(' ').unwrap_or_default();
        let body = match operation {
            "POST /api/v1/users" => other.sign_up(),
            "POST /api/v1/sessions" => self.target.person.log_in(),
            "PATCH /api/v1/me" => json!({"bio": "Keeps bees."}),
            "PUT /api/v1/me/password" => {
                json!({"current_password": person.password, "new_password": other.password})
            }
            "POST /api/v1/me/deletion" | "POST /api/v1/me/export" => json!({"password": person.password}),
            "POST /api/v1/signing-keys/rotation" => json!({}),
            "PUT /api/v1/password" => {
                json!({"token": self.password_link(&other).await?, "password": other.password})
            }
            _ => Value::Null,
        };
        match operation {
            "POST /oauth2/token" => {
                let (name, password) = (&self.target.person.username, &self.target.person.password);
                let fields = [("grant_type", "password"), ("username", name), ("password", password)];
                client.form(path, &fields).await
            }
            "POST /oauth2/revoke" | "POST /oauth2/introspect" => {
                client.form(path, &[("token", "some text")]).await
            }
            "GET /api/v1/me/export" => match resident.filter(|_| succeeds) {
                Some(resident) => client.get(&your_data::prepared(resident).await?).await,
                None => client.get(&format!("{path}?ticket=somebody's")).await,
            },
            "DELETE /api/v1/me/notices" => client.delete(&format!("{path}?until=2026-01-01T00:00:00Z")).await,
            "DELETE /api/v1/me/sessions/{id}" => {
                let session = match resident.filter(|_| succeeds) {
                    Some(resident) => first_session(&resident.again(self.server).await?.client).await?,
                    None => first_session(&self.target.client).await?,
                };
                client.delete(&path.replace("{id}", &session)).await
            }
            "GET /api/v1/access/explanations/{request_id}" => {
                let refused = self.server.client()?.get("/api/v1/me").await?;
                client.get(&path.replace("{request_id}", refused.header("x-request-id"))).await
            }
            _ => send(client, method, path, &body).await,
        }
    }

    /// The secret of a link by which somebody new sets their password.
    async fn password_link(&self, person: &Person) -> Outcome<String> {
        let form = json!({"username": person.username, "email": person.email});
        let view = self.director.client.post("/api/v1/users", &form).await?.expect(201)?.json()?;
        let url = view["password_link"]["url"].as_str().unwrap_or_default();
        Ok(url.rsplit('/').next().unwrap_or_default().to_owned())
    }
}

async fn send(client: &Client, method: &str, path: &str, body: &Value) -> Outcome<Answer> {
    if body.is_null() {
        return Answer::to(client.request(method.parse()?, path)).await;
    }
    client.send(method.parse::<Method>()?, path, body).await
}

/// The session that was begun last; an invented one for somebody who may not ask.
async fn first_session(client: &Client) -> Outcome<String> {
    let list = client.get("/api/v1/me/sessions").await?.json()?;
    let invented = "01920000-0000-7000-8000-000000000000";
    Ok(list["items"][0]["id"].as_str().unwrap_or(invented).to_owned())
}
