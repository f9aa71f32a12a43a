use journeys::{Answer, Client, Engine, Outcome, Resident, Server, Settings, on_both_engines, trail};
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines!(
    every_refusal_is_explained_and_stands_in_the_trail,
    a_flood_of_refusals_is_joined_and_pushes_nothing_else_out,
);

const EXPLANATIONS: &str = "/api/v1/access/explanations";

async fn explain(reader: &Client, answer: &Answer) -> Outcome<Value> {
    reader.get(&format!("{EXPLANATIONS}/{}", answer.header("x-request-id"))).await?.expect(200)?.json()
}

/// What has to be told of a refusal, besides what is the same for all. An empty text stands for nothing.
struct Told {
    operation: &'static str,
    reason: &'static str,
    needed: &'static str,
    credential: &'static str,
    session: &'static str,
    role: &'static str,
}

const fn told(
    operation: &'static str,
    reason: &'static str,
    needed: &'static str,
    [credential, session, role]: [&'static str; 3],
) -> Told {
    Told { operation, reason, needed, credential, session, role }
}

/// The refusals that [`be_refused`] brings about, in their order.
const TOLD: [Told; 7] = [
    told("GET /api/v1/users/{id}", "scope-not-in-role", "user:read", ["sound", "live", "user"]),
    told("PATCH /api/v1/me", "scope-not-in-token", "profile:write", ["sound", "live", "user"]),
    told("GET /api/v1/me", "no-credential", "", ["absent", "", ""]),
    told("GET /api/v1/users", "unreadable-credential", "", ["unreadable", "", ""]),
    told("GET /api/v1/me", "session-gone", "", ["sound", "gone", "user"]),
    told("DELETE /api/v1/me/sessions/{id}", "not-the-owner", "", ["sound", "live", "moderator"]),
    told("DELETE /api/v1/users/{id}", "password-needed", "", ["sound", "live", "admin"]),
];

async fn be_refused(
    server: &Server,
    administrator: &Resident,
    moderator: &Resident,
    someone: &Resident,
) -> Outcome<[Answer; 7]> {
    let client = server.client()?;
    let narrow = someone.narrowed(server, "profile:read").await?;
    let ended = someone.again(server).await?;
    ended.client.delete("/api/v1/sessions/current").await?.expect(204)?;
    let sessions = someone.client.get("/api/v1/me/sessions").await?.expect(200)?.json()?;
    let theirs = format!("/api/v1/me/sessions/{}", sessions["items"][0]["id"].as_str().unwrap_or_default());
    Ok([
        someone.client.get(&moderator.at("")).await?,
        narrow.client.send(Method::PATCH, "/api/v1/me", &json!({"bio": "x"})).await?,
        client.get("/api/v1/me").await?,
        client.bearing("garbage").get("/api/v1/users").await?,
        ended.client.get("/api/v1/me").await?,
        moderator.client.delete(&theirs).await?,
        administrator.client.delete(&administrator.at("")).await?,
    ])
}

async fn every_refusal_is_explained_and_stands_in_the_trail(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let someone = Resident::user(&server).await?;
    let refused = be_refused(&server, &administrator, &moderator, &someone).await?;
    for (answer, told) in refused.iter().zip(&TOLD) {
        let explained = explain(&moderator.client, answer).await?;
        assert_eq!(explained["request_id"], answer.header("x-request-id"), "{}", told.reason);
        for (found, expected) in [
            (&explained["reason"], told.reason),
            (&explained["operation"], told.operation),
            (&explained["credential"]["state"], told.credential),
            (&explained["session"]["state"], told.session),
            (&explained["account"]["role"], told.role),
            (&explained["address"], "127.0.0.1"),
        ] {
            assert_eq!(found.as_str().unwrap_or_default(), expected, "{explained}");
        }
        if !told.needed.is_empty() {
            assert_eq!(explained["scope_needed"], told.needed, "{explained}");
            let granted = explained["credential"]["scope"].as_str().unwrap_or_default();
            assert!(granted.contains("profile:read") && !granted.contains(told.needed), "{explained}");
        }
        assert!(!explained["detail"].as_str().unwrap_or_default().is_empty());
    }
    stand_in_the_trail(&administrator.client, &refused).await?;
    // Who may not read the trail gets no explanations, and what was never refused has none.
    let path = format!("{EXPLANATIONS}/{}", refused[0].header("x-request-id"));
    someone.client.get(&path).await?.problem(403, "insufficient-scope")?;
    let fine = administrator.client.get("/api/v1/me").await?;
    let path = format!("{EXPLANATIONS}/{}", fine.header("x-request-id"));
    administrator.client.get(&path).await?.problem(404, "not-found").map(drop)
}

/// About a second later, each under the request that was refused.
async fn stand_in_the_trail(reader: &Client, refused: &[Answer]) -> Outcome {
    let events = trail::await_events(reader, "?kind=access_refused", refused.len()).await?;
    for (answer, told) in refused.iter().zip(&TOLD) {
        let request = answer.header("x-request-id");
        let event = events.iter().find(|event| event["request_id"] == request);
        let event = event.ok_or_else(|| format!("no event of {}: {events:?}", told.reason))?;
        let proved = if told.session == "live" { "user" } else { "visitor" };
        for (found, expected) in [
            (&event["detail"]["reason"], told.reason),
            (&event["detail"]["operation"], told.operation),
            (&event["detail"]["scope"], told.needed),
            (&event["actor"]["type"], proved),
        ] {
            assert_eq!(found.as_str().unwrap_or_default(), expected, "{event}");
        }
    }
    Ok(())
}

/// Refusals of the same kind are one event with a count, and an explanation of somebody who was logged in outlives
/// any number of worthless tokens.
async fn a_flood_of_refusals_is_joined_and_pushes_nothing_else_out(engine: Engine) -> Outcome {
    const FLOOD: usize = 600;
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let refused = someone.client.get("/api/v1/users").await?;
    refused.problem(403, "insufficient-scope")?;
    for _ in 0..FLOOD / 50 {
        let client = server.client()?;
        let flood = (0..50).map(|number| {
            let client = client.bearing(&format!("worthless{number}"));
            async move { client.get("/api/v1/me").await }
        });
        let heard = Client::all_at_once(flood.collect::<Vec<_>>()).await?;
        assert!(heard.iter().all(|answer| answer.status == 401));
    }
    let unreadable = |events: &[Value]| -> (usize, usize) {
        let mine: Vec<&Value> =
            events.iter().filter(|event| event["detail"]["reason"] == "unreadable-credential").collect();
        let count = |event: &Value| {
            event["detail"]["count"].as_str().and_then(|count| count.parse().ok()).unwrap_or(1)
        };
        (mine.len(), mine.iter().map(|event| count(event)).sum())
    };
    let (events, counted) = journeys::wait::until("every refusal to be counted", async || {
        let found = trail::events(&administrator.client, "?kind=access_refused").await?;
        Ok(Some(unreadable(&found)).filter(|(_, counted)| *counted >= FLOOD))
    })
    .await?;
    assert_eq!(counted, FLOOD);
    assert!(events <= FLOOD / 10, "{events} events for {FLOOD} refusals");
    assert_eq!(explain(&administrator.client, &refused).await?["reason"], "scope-not-in-role");
    Ok(())
}

/// For a day; a token that is past its end is told from one that was never good.
#[tokio::test]
async fn an_explanation_is_kept_for_a_day() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).with_movable_clock()).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    server.wait_for(Duration::from_mins(11))?;
    let refused = someone.client.get("/api/v1/me").await?;
    refused.problem(401, "invalid-token")?;
    let administrator = administrator.refreshed().await?;
    let explained = explain(&administrator.client, &refused).await?;
    assert_eq!(
        (&explained["reason"], &explained["credential"]["state"], &explained["account"]["id"]),
        (&json!("expired-credential"), &json!("expired"), &json!(someone.id))
    );
    server.wait_for(Duration::from_hours(24).saturating_sub(Duration::from_mins(2)))?;
    let administrator = administrator.refreshed().await?;
    explain(&administrator.client, &refused).await?;
    server.wait_for(Duration::from_mins(3))?;
    let path = format!("{EXPLANATIONS}/{}", refused.header("x-request-id"));
    administrator.client.get(&path).await?.problem(404, "not-found").map(drop)
}
