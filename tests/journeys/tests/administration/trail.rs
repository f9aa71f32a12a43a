use journeys::trail::{chained, escaped, events, whole};
use journeys::{Answer, Engine, Outcome, Resident, Server, Settings, moment, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_engines!(
    every_filter_finds_what_it_names_and_nothing_else,
    everybody_sees_what_happened_to_their_own_account_and_to_no_other,
);

const PATH: &str = "/api/v1/audit-events";

/// A house in which this and that has happened, from two addresses.
async fn with_a_past(engine: Engine) -> Outcome<(Server, Resident, Resident)> {
    let server = Server::start(Settings::on(engine).with("SERVER__TRUSTED_PROXIES", "127.0.0.1")).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    for address in ["203.0.113.7", "2001:db8::7"] {
        let client = server.client()?;
        let request = client.request(Method::POST, "/api/v1/sessions").header("x-forwarded-for", address);
        let wrong = json!({"login": someone.person.username, "password": "not the password"});
        Answer::to(request.json(&wrong)).await?.expect(401)?;
        someone.client.send(Method::PATCH, "/api/v1/me", &json!({"bio": address})).await?.expect(200)?;
    }
    administrator.give_role(&someone, &json!({"role": "moderator"})).await?.expect(200)?;
    administrator.suspend(&someone).await?.expect(200)?;
    administrator.reinstate(&someone).await?.expect(204)?;
    Ok((server, administrator, someone))
}

fn at(event: &Value) -> Outcome<i128> {
    moment::micros(event["at"].as_str().unwrap_or_default())
}

async fn every_filter_finds_what_it_names_and_nothing_else(engine: Engine) -> Outcome {
    let (_server, administrator, someone) = with_a_past(engine).await?;
    let me = &administrator.client;
    // Each has its place in the chain by then, and does not change any more.
    chained(me).await?;
    let all = events(me, "").await?;
    assert!(all.len() >= 10, "{all:?}");
    let places: Vec<(i128, &str)> = all
        .iter()
        .map(|event| Ok((at(event)?, event["id"].as_str().unwrap_or_default())))
        .collect::<Outcome<_>>()?;
    assert!(places.windows(2).all(|pair| pair[0] > pair[1]), "the latest first, each once: {places:?}");
    // A page of every size leads through the same list.
    for limit in [1, 3, 200] {
        assert_eq!(events(me, &format!("?limit={limit}")).await?, all);
    }
    let middle = all[all.len() / 2]["at"].as_str().unwrap_or_default().to_owned();
    let (admin, user) = (administrator.id.clone(), someone.id.clone());
    let is = |member: &'static str, value: &str| {
        let value = value.to_owned();
        Box::new(move |event: &Value| event[member] == value.as_str()) as Box<dyn Fn(&Value) -> bool>
    };
    let done_by = |id: &str| {
        let id = id.to_owned();
        Box::new(move |event: &Value| event["actor"]["id"] == id.as_str()) as Box<dyn Fn(&Value) -> bool>
    };
    let (since, before) = (moment::micros(&middle)?, moment::micros(&middle)?);
    for (query, meets) in [
        (format!("actor={admin}"), done_by(&admin)),
        (format!("actor={user}"), done_by(&user)),
        (format!("subject={user}"), is("subject", &user)),
        ("kind=profile_edited".to_owned(), is("kind", "profile_edited")),
        ("kind=log_in_failed".to_owned(), is("kind", "log_in_failed")),
        ("address=203.0.113.7".to_owned(), is("address", "203.0.113.7")),
        ("address=2001%3Adb8%3A0%3A%3A7".to_owned(), is("address", "2001:db8::7")),
        (format!("from={}", escaped(&middle)), Box::new(move |event| at(event).is_ok_and(|at| at >= since))),
        (format!("until={}", escaped(&middle)), Box::new(move |event| at(event).is_ok_and(|at| at < before))),
        (
            format!("actor={admin}&subject={user}&kind=role_changed"),
            Box::new(|event| event["kind"] == "role_changed" && event["actor"]["type"] == "user"),
        ),
    ] {
        let expected: Vec<Value> = all.iter().filter(|event| meets(event)).cloned().collect();
        assert!(!expected.is_empty() && expected.len() < all.len(), "{query} chooses");
        assert_eq!(events(me, &format!("?{query}")).await?, expected, "{query}");
        assert_eq!(events(me, &format!("?{query}&limit=2")).await?, expected, "{query}, two at a time");
    }
    assert_eq!(events(me, "?actor=01920000-0000-7000-8000-000000000000").await?, Vec::<Value>::new());
    refuses_nonsense(me).await
}

/// H14, M11 and L12.
async fn refuses_nonsense(me: &journeys::Client) -> Outcome {
    for (query, pointer) in [
        ("actor=me", "/actor"),
        ("subject=1", "/subject"),
        ("kind=everything", "/kind"),
        ("from=yesterday", "/from"),
        ("until=2026-13-01T00:00:00Z", "/until"),
        ("address=localhost", "/address"),
        ("address=127.0.0.1%3B", "/address"),
        ("limit=0", "/limit"),
        ("cursor=garbage", "/cursor"),
        ("cursor=1.2", "/cursor"),
    ] {
        let refused = me.get(&format!("{PATH}?{query}")).await?;
        refused.problem(400, "invalid-input").map_err(|error| format!("{query}: {error}"))?;
        let fields = refused.fields()?;
        assert!(fields.len() == 1 && fields[0].starts_with(pointer), "{query}: {fields:?}");
    }
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        me.send(method, PATH, &json!({})).await?.problem(405, "method-not-allowed")?;
    }
    Ok(())
}

async fn everybody_sees_what_happened_to_their_own_account_and_to_no_other(engine: Engine) -> Outcome {
    let (server, administrator, someone) = with_a_past(engine).await?;
    let someone = someone.again(&server).await?;
    let own = whole(&someone.client, "/api/v1/me/activity", "?limit=3").await?;
    let theirs = whole(&administrator.client, &someone.at("/activity"), "").await?;
    assert_eq!(own.len(), theirs.len());
    assert!(theirs.iter().all(|event| event["subject"] == someone.id.as_str()), "{theirs:?}");
    for (own, theirs) in own.iter().zip(&theirs) {
        assert_eq!((&own["id"], &own["kind"], &own["at"]), (&theirs["id"], &theirs["kind"], &theirs["at"]));
        let by_others = own["actor"]["id"].is_string() && own["actor"]["id"] != someone.id.as_str();
        assert_eq!(own["address"].is_null() && own["request_id"].is_null(), by_others, "{own}");
        assert!(theirs["request_id"].is_string(), "{theirs}");
    }
    let kinds: BTreeSet<&str> = own.iter().filter_map(|event| event["kind"].as_str()).collect();
    for kind in
        ["user_signed_up", "logged_in", "log_in_failed", "profile_edited", "role_changed", "user_suspended"]
    {
        assert!(kinds.contains(kind), "{kind}: {kinds:?}");
    }
    let failed = whole(&someone.client, "/api/v1/me/activity", "?kind=log_in_failed").await?;
    let addresses: Vec<&Value> = failed.iter().map(|event| &event["address"]).collect();
    assert_eq!(addresses, ["2001:db8::7", "203.0.113.7"]);
    let stranger = Resident::user(&server).await?;
    let seen = whole(&stranger.client, "/api/v1/me/activity", "").await?;
    assert!(seen.iter().all(|event| event["subject"] == stranger.id.as_str()), "{seen:?}");
    administrator
        .client
        .get("/api/v1/users/01920000-0000-7000-8000-000000000000/activity")
        .await?
        .problem(404, "not-found")
        .map(drop)
}
