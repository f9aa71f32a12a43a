use journeys::{Client, Engine, Outcome, Resident, Server, Settings, on_both_engines, trail};
use serde_json::{Value, json};

on_both_engines!(
    people_see_where_they_are_logged_in_and_end_what_they_like,
    an_administrator_sees_and_ends_anybody_s_sessions,
);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
const HOSTILE: &str = "\"><svg onload=alert(1)> {{7*7}} =cmd|' /C calc'!A0";

async fn list(client: &Client, path: &str) -> Outcome<Vec<Value>> {
    trail::whole(client, path, "").await
}

/// Somebody with a session in Firefox, one on a device that calls itself something, and a third one.
async fn with_three_sessions(server: &Server) -> Outcome<[Resident; 3]> {
    let first = Resident::user(server).await?;
    let firefox = Resident::of(&server.client()?.called(FIREFOX)?, first.person.clone()).await?;
    let login = json!({
        "login": first.person.email, "password": first.person.password, "device_name": HOSTILE,
    });
    let answer = server.client()?.post("/api/v1/sessions", &login).await?.expect(201)?.json()?;
    let tokens = journeys::client::Tokens::of(&answer)?;
    let named = Resident { client: server.client()?.bearing(&tokens.access), tokens, ..first.clone() };
    Ok([first, firefox, named])
}

/// D12.
async fn people_see_where_they_are_logged_in_and_end_what_they_like(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let [first, firefox, named] = with_three_sessions(&server).await?;
    let seen = list(&named.client, "/api/v1/me/sessions").await?;
    assert_eq!(seen.len(), 3, "{seen:?}");
    for session in &seen {
        let members: Vec<&String> = session.as_object().into_iter().flat_map(|view| view.keys()).collect();
        let mut members: Vec<&str> = members.into_iter().map(String::as_str).collect();
        members.sort_unstable();
        let expected = ["address", "created_at", "current", "device_name", "id", "last_used_at", "method"];
        assert_eq!(members, expected);
        assert_eq!((&session["address"], &session["method"]), (&json!("127.0.0.1"), &json!("password")));
    }
    // The latest log-in first, and the one that asks is marked.
    let current: Vec<&Value> = seen.iter().map(|session| &session["current"]).collect();
    assert_eq!(current, [&json!(true), &json!(false), &json!(false)]);
    assert_eq!(seen[0]["device_name"], HOSTILE);
    let browser = seen[1]["device_name"].as_str().unwrap_or_default();
    assert!(browser.contains("Firefox") && browser.contains("Linux"), "{browser}");
    let pages = trail::whole(&named.client, "/api/v1/me/sessions", "?limit=1").await?;
    assert_eq!(pages, seen, "the same, a page each");

    let own = |session: &Value| format!("/api/v1/me/sessions/{}", session["id"].as_str().unwrap_or_default());
    named.client.delete(&own(&seen[1])).await?.expect(204)?;
    assert_eq!((firefox.knocks().await?, first.knocks().await?), (401, 200));
    firefox.client.visitor().refresh(&firefox.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    named.client.delete(&own(&seen[1])).await?.problem(404, "not-found")?;
    let stranger = Resident::user(&server).await?;
    let refused = stranger.client.delete(&own(&seen[0])).await?;
    refused.problem(404, "not-found")?;
    assert_eq!(named.knocks().await?, 200, "a stranger ends nothing");
    let query = format!("?kind=access_refused&actor={}", stranger.id);
    let event = &trail::await_events(&administrator.client, &query, 1).await?[0];
    assert_eq!(event["detail"]["reason"], "not-the-owner", "{event}");
    assert_eq!(event["request_id"], refused.header("x-request-id"));

    named.client.delete("/api/v1/me/sessions").await?.expect(204)?;
    assert_eq!((named.knocks().await?, first.knocks().await?), (200, 401));
    assert_eq!(list(&named.client, "/api/v1/me/sessions").await?.len(), 1);
    named.client.delete(&own(&seen[0])).await?.expect(204)?;
    assert_eq!(named.knocks().await?, 401, "also the one in use");
    Ok(())
}

/// D12, from the other side.
async fn an_administrator_sees_and_ends_anybody_s_sessions(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let [first, firefox, named] = with_three_sessions(&server).await?;
    let other = Resident::user(&server).await?;
    let seen = list(&administrator.client, &first.at("/sessions")).await?;
    assert_eq!(seen.len(), 3);
    assert!(seen.iter().all(|session| session["current"] == false), "none of them is the administrator's");
    let theirs = seen[2]["id"].as_str().unwrap_or_default();
    let elsewhere = administrator.client.delete(&other.at(&format!("/sessions/{theirs}"))).await?;
    elsewhere.problem(404, "not-found")?;
    assert_eq!(first.knocks().await?, 200);
    administrator.client.delete(&first.at(&format!("/sessions/{theirs}"))).await?.expect(204)?;
    assert_eq!((first.knocks().await?, firefox.knocks().await?), (401, 200));
    administrator.client.delete(&first.at("/sessions")).await?.expect(204)?;
    assert_eq!((firefox.knocks().await?, named.knocks().await?, other.knocks().await?), (401, 401, 200));
    assert_eq!(list(&administrator.client, &first.at("/sessions")).await?, Vec::<Value>::new());
    let nobody = "/api/v1/users/01920000-0000-7000-8000-000000000000/sessions";
    administrator.client.get(nobody).await?.problem(404, "not-found")?;
    administrator.client.delete(nobody).await?.problem(404, "not-found").map(drop)
}
