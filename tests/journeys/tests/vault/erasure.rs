use crate::copies::{everything, stop};
use journeys::database::Database;
use journeys::traces::Traces;
use journeys::{
    Engine, Outcome, Person, Resident, Server, Settings, on_both_engines, trail, vault, your_data,
};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;

on_both_engines!(whoever_is_erased_is_gone_at_once_and_what_happened_stays_proven);

const ADDRESS: &str = "203.0.113.50";

/// Whatever is sealed of somebody: their key, and every cell and part under it, as digits.
async fn sealed(server: &Server, id: &str) -> Outcome<Vec<String>> {
    let mut all = Vec::new();
    for (database, table, columns, owner) in [
        (server.vault(), "people", &["email", "full_name", "bio", "location", "website"][..], "user_id"),
        (server.database(), "data_keys", &["sealed"], "user_id"),
        (server.database(), "sessions", &["sealed_device_name", "sealed_address"], "user_id"),
    ] {
        for column in columns {
            let (digits, id) = (database.digits(column), database.id(id));
            let question =
                format!("SELECT {digits} FROM {table} WHERE {owner} = {id} AND {column} IS NOT NULL");
            all.extend(database.texts(&question).await?);
        }
    }
    assert!(all.len() >= 8, "{} things are sealed of them", all.len());
    Ok(all)
}

async fn rows_of(database: &Database, table: &str, id: &str) -> Outcome<i64> {
    database.number(&format!("SELECT COUNT(*) FROM {table} WHERE user_id = {}", database.id(id))).await
}

/// K7 and L10.
async fn whoever_is_erased_is_gone_at_once_and_what_happened_stays_proven(engine: Engine) -> Outcome {
    let settings = Settings::on(engine).unthrottled().with("SERVER__TRUSTED_PROXIES", "127.0.0.1");
    let mut server = Server::start(settings).await?;
    let administrator = Resident::administrator(&server).await?;
    let client = server.client()?.posing_as("Their-program/1.0", ADDRESS)?;
    let person = Person::new();
    client.sign_up(&person).await?;
    let someone = Resident::of(&client, person).await?;
    let patch = json!({"bio": "Keeps bees.", "location": "Lyon", "website": "https://bees.example/"});
    someone.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    let wrong = json!({"login": someone.person.email, "password": "not the password"});
    client.post("/api/v1/sessions", &wrong).await?.expect(401)?;
    administrator.suspend(&someone).await?.expect(200)?;
    administrator.reinstate(&someone).await?.expect(204)?;
    let someone = Resident::of(&client, someone.person.clone()).await?;
    let about = format!("?subject={}", someone.id);
    let me = &administrator.client;
    let before = trail::events(me, &about).await?;
    assert_eq!(trail::events(me, &format!("?address={ADDRESS}")).await?.len(), 5, "{before:?}");
    let cells = sealed(&server, &someone.id).await?;

    let password = json!({"password": someone.person.password});
    let gone = someone.client.post("/api/v1/me/deletion", &password).await?.expect(204)?;
    // At once, and not only after a while.
    assert_eq!(rows_of(server.vault(), "people", &someone.id).await?, 0);
    assert_eq!(rows_of(server.database(), "data_keys", &someone.id).await?, 0);
    let refused = server.client()?.post("/api/v1/sessions", &someone.person.log_in()).await?;
    refused.problem(401, "invalid-credentials")?;
    assert_eq!(someone.knocks().await?, 401);
    let found = format!("/api/v1/users?search={}", someone.person.email);
    assert_eq!(me.get(&found).await?.expect(200)?.json()?["items"], json!([]));
    let namesake = someone.person.clone();
    server.client()?.sign_up(&namesake).await?;
    let namesake = Resident::of(&server.client()?, namesake).await?;
    assert_ne!(namesake.id, someone.id);
    receipt(&server, &someone, gone.header("erasure-receipt")).await?;

    let mut after = trail::events(me, &about).await?;
    // Whoever still has a token of theirs is refused, and that is told too.
    after.retain(|event| event["kind"] != "access_refused");
    let [deletion, earlier @ ..] = &after[..] else { return Err("the trail of somebody is gone".into()) };
    assert_eq!((&deletion["kind"], &deletion["actor"]["id"]), (&json!("user_deleted"), &json!(someone.id)));
    assert_eq!(names(earlier), names(&before), "what happened stays, by identifier");
    for event in &after {
        let is_others = event["actor"]["id"].is_string() && event["actor"]["id"] != someone.id.as_str();
        assert_eq!(event["address"].is_null(), !is_others, "{event}");
        assert!(event["detail"].get("reason").is_none(), "{event}");
    }
    assert_eq!(trail::events(me, &format!("?address={ADDRESS}")).await?, Vec::<Value>::new());
    let told = trail::chained(me).await?;
    assert!(told.iter().all(|event| event["address"] != ADDRESS), "{told:?}");
    let exported = me.get("/api/v1/audit-events/export").await?.expect(200)?;
    let file = server.home().path().join("trail.ndjson");
    std::fs::write(&file, &exported.body)?;
    let held = server.command(&["audit", "verify"]).await?;
    assert!(held.contains("holds"), "{held}");
    server.command(&["audit", "verify", "--export", &file.display().to_string()]).await?;
    std::fs::remove_file(&file)?;
    assert_eq!(Traces::of([ADDRESS]).within(&exported.body), BTreeSet::new());

    // Whatever was sealed of them stands in no file any more, and certainly not what was sealed.
    vault::await_in_step(&server).await?;
    journeys::wait::until("the list outside to name them", async || {
        let list = std::fs::read_to_string(server.data().join("erasures.ndjson")).unwrap_or_default();
        Ok(list.contains(&someone.id).then_some(()))
    })
    .await?;
    server.kill()?;
    let kept = everything(&server).await?;
    let cells =
        cells.iter().fold(Traces::of([someone.person.full_name.as_str(), ADDRESS]), |traces, digits| {
            traces.and_bytes(digits, &bytes(digits))
        });
    assert_eq!(cells.among(&kept), Vec::<String>::new());
    server.start_again().await?;
    assert_eq!(namesake.again(&server).await?.knocks().await?, 200);
    stop(&mut server).await
}

fn names(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event["id"], event["kind"])).collect()
}

fn bytes(digits: &str) -> Vec<u8> {
    let digit = |place: usize| u8::from_str_radix(&digits[place..place + 2], 16).unwrap_or_default();
    (0..digits.len() / 2).map(|place| digit(2 * place)).collect()
}

async fn receipt(server: &Server, someone: &Resident, receipt: &str) -> Outcome {
    let told = your_data::signed(&server.client()?, receipt, "xtrem-erasure-receipt").await?;
    assert_eq!(told["subject"], someone.id.as_str(), "{told}");
    assert!(told["erased_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{told}");
    let secrets = someone.person.secrets();
    assert!(
        secrets.iter().chain([&someone.person.username]).all(|secret| !receipt.contains(secret.as_str()))
    );
    let file = server.home().path().join("receipt.json");
    std::fs::write(&file, receipt)?;
    let said = server.command(&["document", "verify", &file.display().to_string(), "--json"]).await?;
    let said: Value = serde_json::from_str(&said)?;
    assert_eq!(said["data"], told, "{said}");
    std::fs::remove_file(&file)?;
    Ok(())
}
