//! What is written down of what happens: of each act one event, with who, to whom, from where and in which request
//! (L7 and L8).

use journeys::{
    Answer, Client, Engine, Outcome, Person, Resident, Server, Settings, forms, on_both_engines, trail,
    your_data,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_engines!(every_act_writes_exactly_its_own_events);

/// What is told of by no request, or only in a house of its own: see `rounds`, `refusals`, `newcomers`, the suite `backup`,
/// and the tests of the use cases for what a beginning of the trail that is removed for its age leaves behind.
const ELSEWHERE: [&str; 10] = [
    "access_refused",
    "attempts_cleared",
    "audit_pruned",
    "backup_restored",
    "backup_taken",
    "first_administrator_created",
    "password_rehashed",
    "root_key_rotated",
    "signing_key_advanced",
    "signing_key_removed",
];

/// An act that was done, and the events that have to tell of it.
struct Act {
    what: &'static str,
    answer: Answer,
    /// The one who did it; nobody, where it was not proved who that was.
    actor: Option<String>,
    subject: Option<String>,
    /// By their names, sorted.
    kinds: &'static [&'static str],
}

/// Whatever was done.
#[derive(Default)]
struct Acts {
    all: Vec<Act>,
    /// Who is gone at the end.
    erased: Vec<String>,
}

impl Acts {
    /// Notes an act that must have been answered like this.
    fn note(
        &mut self,
        what: &'static str,
        (answer, status): (Answer, u16),
        actor: Option<&Resident>,
        subject: Option<&str>,
        kinds: &'static [&'static str],
    ) -> Outcome<Answer> {
        let answer = answer.expect(status).map_err(|error| format!("{what}: {error}"))?;
        let (actor, subject) = (actor.map(|resident| resident.id.clone()), subject.map(str::to_owned));
        if kinds.contains(&"user_deleted") {
            self.erased.extend(subject.clone());
        }
        self.all.push(Act { what, answer: answer.clone(), actor, subject, kinds });
        Ok(answer)
    }

    /// Whether every kind of the catalogue, as the page of the trail offers it, is told of by an act or shown elsewhere.
    async fn assert_complete(&self, server: &Server, administrator: &Resident) -> Outcome {
        let window = server.client()?.with_cookies()?;
        let person = &administrator.person;
        let fields = [("login", person.username.as_str()), ("password", person.password.as_str())];
        forms::submit(&window, "/log-in", &fields).await?.expect(303)?;
        let page = window.get("/admin/audit").await?.expect(200)?.text();
        let select = page.split("name=\"kind\"").nth(1).and_then(|rest| rest.split("</select>").next());
        let options = select.unwrap_or_default().split("value=\"").skip(1);
        let offered = options.filter_map(|rest| rest.split('"').next()).filter(|kind| !kind.is_empty());
        let shown = self.all.iter().flat_map(|act| act.kinds).chain(&ELSEWHERE).copied();
        assert_eq!(offered.collect::<BTreeSet<_>>(), shown.collect::<BTreeSet<_>>());
        Ok(())
    }

    /// Holds what is written against what was done.
    async fn compare(&self, reader: &Client) -> Outcome {
        let written = trail::events(reader, "?limit=200").await?;
        for act in &self.all {
            let request = act.answer.header("x-request-id");
            let told: Vec<&Value> = written.iter().filter(|event| event["request_id"] == request).collect();
            // What happened at one moment has no order.
            let mut kinds: Vec<&str> = told.iter().filter_map(|event| event["kind"].as_str()).collect();
            kinds.sort_unstable();
            assert_eq!(kinds, act.kinds, "{}", act.what);
            for event in told {
                let actor = &event["actor"];
                match &act.actor {
                    Some(id) => assert_eq!(
                        (&actor["type"], &actor["id"]),
                        (&json!("user"), &json!(id)),
                        "{}",
                        act.what
                    ),
                    None => assert_eq!(actor["type"], "visitor", "{}: {event}", act.what),
                }
                assert_eq!(event["subject"], json!(act.subject), "{}: {event}", act.what);
                // Whose address it was, their erasure has taken along; who they are is still said by identifier.
                let owner = act.actor.as_ref().or(act.subject.as_ref());
                let is_erased = owner.is_some_and(|owner| self.erased.contains(owner));
                let address = if is_erased { Value::Null } else { json!("127.0.0.1") };
                assert_eq!(event["address"], address, "{}: {event}", act.what);
                assert!(event["at"].as_str().is_some_and(|at| at.ends_with('Z')), "{}: {event}", act.what);
            }
        }
        Ok(())
    }
}

async fn every_act_writes_exactly_its_own_events(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let mut acts = Acts::default();
    own_account(&server, &mut acts).await?;
    own_sessions(&server, &mut acts).await?;
    others(&server, &administrator, &mut acts).await?;
    links_and_people(&server, &administrator, &mut acts).await?;
    own_data(&server, &mut acts).await?;
    let administrator = the_house(&administrator, &mut acts).await?;
    acts.compare(&administrator.client).await?;
    acts.assert_complete(&server, &administrator).await?;
    let first = trail::events(&administrator.client, "?kind=first_administrator_created").await?;
    assert_eq!((first.len(), &first[0]["subject"]), (1, &json!(administrator.id)));
    // What only asks, or fails before it begins, is no event.
    let before = trail::events(&administrator.client, "").await?.len();
    for path in ["/api/v1/me", "/api/v1/users", "/api/v1/audit-events", "/api/v1/admin/overview", "/health"] {
        administrator.client.get(path).await?.expect(200)?;
    }
    administrator.client.post("/api/v1/users", &json!({})).await?.expect(400)?;
    assert_eq!(trail::events(&administrator.client, "").await?.len(), before);
    Ok(())
}

async fn own_account(server: &Server, acts: &mut Acts) -> Outcome {
    let (client, person) = (server.client()?, Person::new());
    let signed_up = client.post("/api/v1/users", &person.sign_up()).await?;
    let id = signed_up.json()?["id"].as_str().unwrap_or_default().to_owned();
    acts.note("signing up", (signed_up, 201), None, Some(&id), &["user_signed_up"])?;
    let wrong = json!({"login": person.email, "password": "not the password"});
    let answer = client.post("/api/v1/sessions", &wrong).await?;
    acts.note("a wrong password", (answer, 401), None, Some(&id), &["log_in_failed"])?;
    let wrong = json!({"login": "nobody", "password": "not the password"});
    let answer = client.post("/api/v1/sessions", &wrong).await?;
    acts.note("an unknown name", (answer, 401), None, None, &["log_in_failed"])?;
    let answer = client.post("/api/v1/sessions", &person.log_in()).await?;
    acts.note("logging in", (answer, 201), None, Some(&id), &["logged_in"])?;

    let me = Resident::of(&client, person).await?;
    let by_me = Some(&me);
    let answer = me.client.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Keeps bees."})).await?;
    acts.note("editing", (answer, 200), by_me, Some(&id), &["profile_edited"])?;
    let next = "an-entirely-new-lantern";
    let change = |current: &str| json!({"current_password": current, "new_password": next});
    let answer = me.client.send(Method::PUT, "/api/v1/me/password", &change("not the password")).await?;
    acts.note("a wrong old password", (answer, 403), by_me, Some(&id), &["password_check_failed"])?;
    let answer = me.client.send(Method::PUT, "/api/v1/me/password", &change(&me.person.password)).await?;
    acts.note("another password", (answer, 204), by_me, Some(&id), &["password_changed"])?;
    let answer = me.client.post("/api/v1/me/deletion", &json!({"password": next})).await?;
    acts.note("leaving", (answer, 204), by_me, Some(&id), &["user_deleted"]).map(drop)
}

async fn own_data(server: &Server, acts: &mut Acts) -> Outcome {
    let me = Resident::user(server).await?;
    let (by_me, id) = (Some(&me), Some(me.id.as_str()));
    let path = "/api/v1/me/export";
    let answer = me.client.post(path, &json!({"password": "not the password"})).await?;
    acts.note("a wrong password for one's data", (answer, 403), by_me, id, &["password_check_failed"])?;
    let answer = me.client.post(path, &json!({"password": me.person.password})).await?;
    acts.note("preparing one's data", (answer, 201), by_me, id, &[])?;
    let path = your_data::prepared(&me).await?;
    let answer = me.client.get(&path).await?;
    acts.note("taking one's data", (answer, 200), by_me, id, &["personal_data_exported"])?;
    acts.note("taking them again", (me.client.get(&path).await?, 404), by_me, id, &[]).map(drop)
}

async fn own_sessions(server: &Server, acts: &mut Acts) -> Outcome {
    let client = server.client()?;
    let me = Resident::user(server).await?;
    let (by_me, id) = (Some(&me), Some(me.id.as_str()));
    let answer = client.refresh(&me.tokens.refresh).await?;
    acts.note("a refresh", (answer, 200), None, id, &["session_refreshed"])?;
    let answer = client.refresh(&me.tokens.refresh).await?;
    acts.note("a lost answer", (answer, 200), None, id, &[])?;
    let stolen = me.again(server).await?;
    stolen.refreshed().await?.refreshed().await?;
    let answer = client.refresh(&stolen.tokens.refresh).await?;
    acts.note("a used token", (answer, 400), None, id, &["refresh_token_reused"])?;
    let given_back = me.again(server).await?;
    let answer = client.form("/oauth2/revoke", &[("token", &given_back.tokens.refresh)]).await?;
    acts.note("giving a token back", (answer, 200), None, id, &["session_ended"])?;
    let other = me.again(server).await?;
    let answer = other.client.delete("/api/v1/sessions/current").await?;
    acts.note("logging out", (answer, 204), by_me, id, &["logged_out"])?;
    me.again(server).await?;
    let list = me.client.get("/api/v1/me/sessions").await?.expect(200)?.json()?;
    let path = format!("/api/v1/me/sessions/{}", list["items"][0]["id"].as_str().unwrap_or_default());
    acts.note("ending one", (me.client.delete(&path).await?, 204), by_me, id, &["session_ended"])?;
    me.again(server).await?;
    let answer = me.client.delete("/api/v1/me/sessions").await?;
    acts.note("ending all others", (answer, 204), by_me, id, &["sessions_ended"])?;
    let answer = me.client.delete("/api/v1/me/sessions").await?;
    acts.note("ending none", (answer, 204), by_me, id, &[]).map(drop)
}

async fn others(server: &Server, administrator: &Resident, acts: &mut Acts) -> Outcome {
    let someone = Resident::user(server).await?;
    let (me, by, id) = (&administrator.client, Some(administrator), Some(someone.id.as_str()));
    let reason = json!({"reason": "Because."});
    let answer = me.send(Method::PATCH, &someone.at(""), &json!({"theme": "dark"})).await?;
    acts.note("editing somebody", (answer, 200), by, id, &["profile_edited"])?;
    let answer = me.post(&someone.at("/personal-data"), &reason).await?;
    acts.note("opening personal data", (answer, 200), by, id, &["personal_data_opened"])?;
    for (role, kinds) in
        [("moderator", &["role_changed"][..]), ("moderator", &[]), ("user", &["role_changed"])]
    {
        let answer = administrator.give_role(&someone, &json!({"role": role})).await?;
        acts.note("a role", (answer, 200), by, id, kinds)?;
    }
    let list = me.get(&someone.at("/sessions")).await?.expect(200)?.json()?;
    let path = someone.at(&format!("/sessions/{}", list["items"][0]["id"].as_str().unwrap_or_default()));
    acts.note("ending their session", (me.delete(&path).await?, 204), by, id, &["session_ended"])?;
    someone.again(server).await?;
    let answer = me.delete(&someone.at("/sessions")).await?;
    acts.note("ending their sessions", (answer, 204), by, id, &["sessions_ended"])?;
    acts.note("suspending", (administrator.suspend(&someone).await?, 200), by, id, &["user_suspended"])?;
    let answer = server.client()?.post("/api/v1/sessions", &someone.person.log_in()).await?;
    acts.note("logging in while suspended", (answer, 403), None, id, &["log_in_failed"])?;
    acts.note("reinstating", (administrator.reinstate(&someone).await?, 204), by, id, &["user_reinstated"])?;
    acts.note("again", (administrator.reinstate(&someone).await?, 204), by, id, &[])?;
    acts.note("deleting", (me.delete(&someone.at("")).await?, 204), by, id, &["user_deleted"]).map(drop)
}

async fn links_and_people(server: &Server, administrator: &Resident, acts: &mut Acts) -> Outcome {
    let (me, by) = (&administrator.client, Some(administrator));
    let person = Person::new();
    let form = json!({"username": person.username, "email": person.email});
    let answer = me.post("/api/v1/users", &form).await?;
    let id = answer.json()?["id"].as_str().unwrap_or_default().to_owned();
    acts.note("creating", (answer, 201), by, Some(&id), &["password_link_created", "user_created"])?;
    let answer = me.post(&format!("/api/v1/users/{id}/password-link"), &json!({})).await?;
    let answer = acts.note("a link", (answer, 201), by, Some(&id), &["password_link_created"])?;
    let url = answer.json()?["url"].as_str().unwrap_or_default().to_owned();
    let body = json!({"token": url.rsplit('/').next(), "password": person.password});
    let answer = server.client()?.send(Method::PUT, "/api/v1/password", &body).await?;
    acts.note("setting a password", (answer, 204), None, Some(&id), &["password_set"])?;
    let answer = me.post("/api/v1/users", &Person::new().sign_up()).await?;
    let id = answer.json()?["id"].as_str().unwrap_or_default().to_owned();
    acts.note("creating with a password", (answer, 201), by, Some(&id), &["user_created"]).map(drop)
}

async fn the_house(administrator: &Resident, acts: &mut Acts) -> Outcome<Resident> {
    let (me, by) = (&administrator.client, Some(administrator));
    let answer = me.get("/api/v1/audit-events/export?kind=logged_out").await?;
    acts.note("exporting", (answer, 200), by, None, &["audit_exported"])?;
    let path = "/api/v1/signing-keys/rotation";
    let answer = me.post(path, &json!({})).await?;
    acts.note("rotating keys", (answer, 200), by, None, &["signing_key_created"])?;
    let answer = me.post(path, &json!({"revoke": true})).await?;
    let kinds = &["signing_key_created", "signing_key_revoked", "signing_key_revoked"];
    acts.note("revoking keys", (answer, 200), by, None, kinds)?;
    administrator.refreshed().await
}
