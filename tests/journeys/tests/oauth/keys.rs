use journeys::jwks::{self, Jwks};
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, trail, wait};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

on_both_engines!(
    a_key_is_published_before_it_signs_and_no_verification_fails_meanwhile,
    a_leaked_key_is_worth_nothing_at_once_and_nobody_has_to_log_in_again,
);

const DAY: Duration = Duration::from_hours(24);

/// Waits until so many keys are published, and answers with them.
async fn await_keys(server: &Server, number: usize) -> Outcome<Jwks> {
    let client = server.client()?;
    wait::until(&format!("{number} published keys"), async || {
        let keys = Jwks::fetch(&client).await?;
        Ok((keys.len() == number).then_some(keys))
    })
    .await
}

/// Carries sessions on until a token was signed by another key than that one, and answers with it.
async fn await_another_signer(someone: &Resident, kid: &str, published: &Jwks) -> Outcome<Resident> {
    let mut someone = someone.clone();
    let begun = std::time::Instant::now();
    while begun.elapsed() < wait::PATIENCE {
        someone = someone.refreshed().await?;
        published.verify(&someone.tokens.access)?;
        assert_eq!(someone.knocks().await?, 200);
        if jwks::kid(&someone.tokens.access)? != kid {
            return Ok(someone);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Err("no other key ever signed".into())
}

/// E9, with the command line beside two running processes.
async fn a_key_is_published_before_it_signs_and_no_verification_fails_meanwhile(engine: Engine) -> Outcome {
    let settings = Settings::on(engine).with("KEYS__PUBLICATION_SECONDS", "15");
    let servers = Server::start_together(settings, 2).await?;
    let someone = Resident::user(&servers[0]).await?;
    let first = Jwks::fetch(&servers[0].client()?).await?;
    let [kid] = &first.kids()[..] else { return Err("one key at first".into()) };
    first.verify(&someone.tokens.access)?;

    // Somebody who never stops asking with the old token, at both processes.
    let stop = Arc::new(AtomicBool::new(false));
    let (told, token) = (Arc::clone(&stop), someone.tokens.access.clone());
    let clients = [servers[0].client()?.bearing(&token), servers[1].client()?.bearing(&token)];
    let asking = tokio::spawn(async move {
        let mut asked = 0;
        while !told.load(Ordering::Relaxed) {
            clients[asked % 2].get("/api/v1/me").await?.expect(200)?;
            asked += 1;
        }
        Outcome::Ok(asked)
    });

    let printed = servers[0].command(&["keys", "rotate"]).await?;
    let both = await_keys(&servers[0], 2).await?;
    let next = both.kids().into_iter().find(|other| other != kid).unwrap_or_default();
    assert!(printed.contains(&next), "{printed} tells of {next}");
    await_keys(&servers[1], 2).await?;
    let early = someone.refreshed().await?;
    assert_eq!(&jwks::kid(&early.tokens.access)?, kid, "the new key waits until everybody knows it");
    // Whoever fetched the keys before the change-over verifies everything that is signed after it.
    let changed = await_another_signer(&early, kid, &both).await?;
    for server in &servers {
        let client = server.client()?;
        for tokens in [&someone.tokens, &early.tokens, &changed.tokens] {
            both.verify(&tokens.access)?;
            client.bearing(&tokens.access).get("/api/v1/me").await?.expect(200)?;
        }
        let other = await_another_signer(&Resident::user(server).await?, kid, &both).await?;
        assert_eq!(jwks::kid(&other.tokens.access)?, jwks::kid(&changed.tokens.access)?);
    }
    stop.store(true, Ordering::Relaxed);
    assert!(asking.await?? > 0);
    let listed = servers[1].command(&["keys", "list", "--json"]).await?;
    assert!(listed.contains("retired") && listed.contains("current"), "{listed}");
    Ok(())
}

/// With `--revoke`.
async fn a_leaked_key_is_worth_nothing_at_once_and_nobody_has_to_log_in_again(engine: Engine) -> Outcome {
    let servers = Server::start_together(Settings::on(engine).unthrottled(), 2).await?;
    let administrator = Resident::administrator(&servers[0]).await?;
    let someone = Resident::user(&servers[0]).await?;
    let leaked = jwks::kid(&someone.tokens.access)?;
    servers[0].command(&["keys", "rotate", "--revoke"]).await?;
    for server in &servers {
        let client = server.client()?;
        wait::until("the end of a leaked key", async || {
            Ok((!Jwks::fetch(&client).await?.kids().contains(&leaked)).then_some(()))
        })
        .await?;
        client.bearing(&someone.tokens.access).get("/api/v1/me").await?.problem(401, "invalid-token")?;
    }
    let someone = someone.refreshed().await?;
    assert_eq!(someone.knocks().await?, 200);
    assert_ne!(jwks::kid(&someone.tokens.access)?, leaked);
    Jwks::fetch(&servers[1].client()?).await?.verify(&someone.tokens.access)?;

    // The same by the API, felt by the process that was asked without any delay.
    let administrator = administrator.refreshed().await?;
    let answer = administrator.client.post("/api/v1/signing-keys/rotation", &json!({"revoke": true})).await?;
    let items = answer.expect(200)?.json()?["items"].as_array().cloned().unwrap_or_default();
    let [key] = &items[..] else { return Err(format!("one key: {items:?}").into()) };
    assert_eq!((&key["state"], &key["algorithm"]), (&json!("current"), &json!("EdDSA")));
    assert_eq!(someone.knocks().await?, 401);
    let (someone, administrator) = (someone.refreshed().await?, administrator.refreshed().await?);
    assert_eq!(json!(jwks::kid(&someone.tokens.access)?), key["kid"]);
    let revoked = trail::events(&administrator.client, "?kind=signing_key_revoked").await?;
    let actors: Vec<&Value> = revoked.iter().map(|event| &event["actor"]["type"]).collect();
    assert_eq!(actors, ["user", "system"], "{revoked:?}");
    assert!(revoked.iter().any(|event| event["detail"]["kid"] == leaked.as_str()), "{revoked:?}");
    Ok(())
}

/// Ninety days later, with nobody's help: published a day before, kept until the last token is over.
#[tokio::test]
async fn keys_follow_one_another_by_themselves() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).with_movable_clock()).await?;
    let mut someone = Resident::user(&server).await?;
    let first = jwks::kid(&someone.tokens.access)?;
    server.wait_for(89 * DAY)?;
    let both = await_keys(&server, 2).await?;
    someone = someone.again(&server).await?;
    assert_eq!(jwks::kid(&someone.tokens.access)?, first);
    server.wait_for(DAY)?;
    someone = await_another_signer(&someone.again(&server).await?, &first, &both).await?;
    assert_eq!(await_keys(&server, 2).await?.kids().len(), 2, "the first one still verifies what it signed");
    server.wait_for(Duration::from_mins(11))?;
    let left = await_keys(&server, 1).await?.kids();
    assert_eq!(left, [jwks::kid(&someone.tokens.access)?]);
    Ok(())
}

/// What administrators see of the keys, and that nobody else does.
#[tokio::test]
async fn administrators_see_the_keys_and_their_states() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let administrator = Resident::administrator(&server).await?;
    let list = async || -> Outcome<Value> {
        administrator.client.get("/api/v1/signing-keys").await?.expect(200)?.json()
    };
    let first = list().await?;
    assert_eq!(first["items"][0]["state"], "current", "{first}");
    let rotated =
        administrator.client.post("/api/v1/signing-keys/rotation", &json!({})).await?.expect(200)?;
    let rotated = rotated.json()?;
    assert_eq!(rotated, list().await?);
    let states: Vec<&str> =
        rotated["items"].as_array().into_iter().flatten().filter_map(|key| key["state"].as_str()).collect();
    assert_eq!(states, ["current", "next"], "{rotated}");
    let next = &rotated["items"][1];
    let wait = journeys::moment::seconds(next["active_from"].as_str().unwrap_or_default())?
        - journeys::moment::seconds(next["created_at"].as_str().unwrap_or_default())?;
    assert_eq!(wait, 600, "others may keep our public keys for a while: {next}");
    // Asking again brings no third one.
    let again = administrator.client.post("/api/v1/signing-keys/rotation", &json!({})).await?.expect(200)?;
    assert_eq!(again.json()?["items"].as_array().map(Vec::len), Some(2));
    for secret in ["sealed", "private", "\"d\""] {
        assert!(!rotated.to_string().contains(secret), "{rotated}");
    }
    Ok(())
}
