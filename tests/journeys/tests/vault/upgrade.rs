use crate::copies::{dump, stop};
use crate::previous::{
    ADMINISTRATORS_PASSWORD, COOKIE, CROWD, EVENTS, PASSWORD, REFRESH_TOKEN, in_clear, installation, traces,
};
use journeys::client::Tokens;
use journeys::database::Database;
use journeys::{Answer, Engine, Outcome, Server, Settings, on_both_engines, traces::files, trail, vault};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::time::timeout;

on_both_engines!(an_installation_without_a_vault_gets_one_however_often_it_is_killed_meanwhile);

/// N8, N14 and the upgrade of the vault: everybody goes on as before, and nothing of what stood in clear is left.
async fn an_installation_without_a_vault_gets_one_however_often_it_is_killed_meanwhile(
    engine: Engine,
) -> Outcome {
    let (settings, database) = installation(engine).await?;
    let all = in_clear(&database).await?;
    assert_eq!(all, (CROWD + 3, CROWD + 3, EVENTS + 12));
    let settings = killed_meanwhile(settings, &database).await?;
    let mut server = Server::start(settings).await?;
    assert_eq!(in_clear(&database).await?, (0, 0, 0));
    assert!(server.log().contains("is sealed"), "{}", server.log());
    vault::await_in_step(&server).await?;
    people_go_on(&server).await?;
    the_past_is_known(&server).await?;
    let held = server.command(&["audit", "verify"]).await?;
    assert!(held.contains("holds"), "{held}");
    stop(&mut server).await?;
    nothing_is_in_clear(&server).await?;
    // Once is enough.
    server.start_again().await?;
    assert_eq!(server.log().matches("is sealed").count(), 1);
    Ok(())
}

/// Starts it and kills it again in the midst of each part of the work.
async fn killed_meanwhile(mut settings: Settings, database: &Database) -> Outcome<Settings> {
    let far = |(people, sessions, events): (i64, i64, i64)| {
        [
            people < CROWD,
            people < CROWD / 2,
            sessions < CROWD,
            events < EVENTS,
            events < EVENTS / 2,
            events < 400,
        ]
    };
    let mut met = BTreeSet::new();
    for stage in 0..far((0, 0, 0)).len() {
        let mut server = Server::launch(settings.clone()).await?;
        settings = settings.vault(server.vault().clone());
        let left = loop {
            let is_over = server.has_ended()?;
            // It stands still while it is looked at, and is killed where it stands.
            if !is_over {
                server.freeze().await?;
            }
            // Somebody who stands still in the midst of a migration lets nobody look.
            let seen = timeout(Duration::from_secs(1), in_clear(database)).await;
            let left = seen.ok().and_then(Result::ok).unwrap_or((CROWD, CROWD, EVENTS));
            if is_over || far(left)[stage] {
                break left;
            }
            server.thaw()?;
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        server.kill()?;
        met.insert(left);
    }
    assert!(
        met.iter().filter(|left| **left != (0, 0, 0)).count() >= 4,
        "it was killed in the midst of it: {met:?}"
    );
    Ok(settings)
}

async fn people_go_on(server: &Server) -> Outcome {
    let client = server.client()?;
    let by_email = json!({"login": "wren.before@upgrade.example", "password": PASSWORD});
    client.post("/api/v1/sessions", &by_email).await?.expect(201)?;
    let renewed = Tokens::of(&client.refresh(REFRESH_TOKEN).await?.expect(200)?.json()?)?;
    let me = client.bearing(&renewed.access);
    let view = me.get("/api/v1/me").await?.expect(200)?.json()?;
    for (name, value) in [
        ("username", "wren"),
        ("email", "Wren.Before@Upgrade.example"),
        ("full_name", "Wren Beforehand"),
        ("bio", "Kept bees beforehand."),
        ("location", "Kept-Lyon"),
        ("website", "https://kept-bees.example/"),
        ("role", "moderator"),
    ] {
        assert_eq!(view[name], value, "{name}: {view}");
    }
    assert!(view.get("unreadable").is_none(), "{view}");
    let sessions = trail::whole(&me, "/api/v1/me/sessions", "").await?;
    let known: BTreeSet<&str> =
        sessions.iter().filter_map(|session| session["device_name"].as_str()).collect();
    assert!(
        known.contains("Wrens kept laptop") && known.contains("Previous/1.0 (kept-device)"),
        "{sessions:?}"
    );
    assert!(sessions.iter().any(|session| session["address"] == "2001:db8:77::5"), "{sessions:?}");
    let page =
        Answer::to(client.request(Method::GET, "/profile").header("cookie", COOKIE)).await?.expect(200)?;
    assert!(page.text().contains("Wren Beforehand"), "{}", page.text());
    let taken = json!({"username": "newcomer", "email": "WREN.before@upgrade.example", "password": PASSWORD});
    client.post("/api/v1/users", &taken).await?.problem(409, "email-taken").map(drop)
}

/// What had happened is told as before, in the chain, and its addresses are found.
async fn the_past_is_known(server: &Server) -> Outcome {
    let login = json!({"login": "marlowe", "password": ADMINISTRATORS_PASSWORD});
    let tokens = Tokens::of(&server.client()?.post("/api/v1/sessions", &login).await?.expect(201)?.json()?)?;
    let me = server.client()?.bearing(&tokens.access);
    let all = trail::chained(&me).await?;
    let before: Vec<&Value> = all.iter().take(usize::try_from(EVENTS)? + 14).collect();
    assert!(
        before.iter().all(|event| event["at"].as_str() < all[before.len()]["at"].as_str()),
        "the earlier first"
    );
    let found = trail::events(&me, "?address=198.51.100.77").await?;
    let kinds: BTreeSet<&str> = found.iter().filter_map(|event| event["kind"].as_str()).collect();
    let expected = ["audit_exported", "logged_in", "personal_data_opened", "role_changed", "user_suspended"];
    assert_eq!(kinds, BTreeSet::from(expected), "{found:?}");
    let told =
        |kind: &str| found.iter().find(|event| event["kind"] == kind).map(|event| event["detail"].clone());
    assert_eq!(
        told("role_changed").map(|detail| detail["reason"].clone()),
        Some(json!("Kept-reason of a role."))
    );
    assert_eq!(told("audit_exported").map(|detail| detail["address"].clone()), Some(json!("198.51.100.77")));
    let wader = me.get("/api/v1/users?search=wader7@upgrade.example").await?.expect(200)?.json()?;
    assert_eq!(wader["items"][0]["username"], "wader7", "{wader}");
    Ok(())
}

async fn nothing_is_in_clear(server: &Server) -> Outcome {
    let mut kept = files(server.home().path())?;
    for (name, database) in [("main.sql", server.database()), ("vault.sql", server.vault())] {
        if let Database::Postgres(_) = database {
            kept.insert(name.into(), dump(database).await?.into_bytes());
        }
    }
    assert_eq!(traces().among(&kept), Vec::<String>::new());
    Ok(())
}
