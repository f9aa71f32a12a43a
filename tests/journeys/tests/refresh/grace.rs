use journeys::client::Tokens;
use journeys::{Answer, Client, Engine, Outcome, Resident, Server, Settings, on_both_engines};
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines!(
    a_lost_answer_is_given_again_to_whoever_lost_it,
    a_used_token_in_other_hands_ends_the_whole_family_and_its_owner_is_told,
    the_first_use_of_the_successor_ends_the_grace,
    a_lost_answer_and_a_used_token_are_still_known_after_the_death_of_the_process,
);

const REUSED: &str = "SELECT COUNT(*) FROM events WHERE kind = 'refresh_token_reused'";

/// The family has ended: neither its living token nor any of its access tokens opens anything.
async fn assert_over(client: &Client, family: &[&Tokens]) -> Outcome {
    for tokens in family {
        client.refresh(&tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
        client.bearing(&tokens.access).get("/api/v1/me").await?.problem(401, "invalid-token")?;
    }
    Ok(())
}

/// F2.
async fn a_lost_answer_is_given_again_to_whoever_lost_it(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let client = server.client()?.called("Lantern/1.0")?;
    let someone = Resident::of(&client, Resident::user(&server).await?.person).await?;
    let lost = client.refresh(&someone.tokens.refresh).await?.expect(200)?;
    server.wait_for(Duration::from_secs(2))?;
    let again = client.refresh(&someone.tokens.refresh).await?.expect(200)?;
    assert_eq!(again.text(), lost.text(), "the identical answer, to the last byte");
    assert!(again.header("cache-control").contains("no-store"));
    let successor = Tokens::of(&lost.json()?)?;
    client.bearing(&successor.access).get("/api/v1/me").await?.expect(200)?;
    let refreshed = "SELECT COUNT(*) FROM events WHERE kind = 'session_refreshed'";
    assert_eq!(server.database().number(refreshed).await?, 1, "nothing happened the second time");

    server.wait_for(Duration::from_secs(8))?;
    client.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    assert_eq!(
        server.database().number(REUSED).await?,
        1,
        "after ten seconds it is a used token like any other"
    );
    assert_over(&client, &[&successor, &someone.tokens]).await
}

/// F3.
async fn a_used_token_in_other_hands_ends_the_whole_family_and_its_owner_is_told(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let client = server.client()?;
    let elsewhere = someone.again(&server).await?;
    let successor = someone.refreshed().await?;
    let thief = client.called("Crowbar/2.0")?;
    thief.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    assert_over(&client, &[&successor.tokens, &someone.tokens]).await?;

    let events = journeys::trail::events(
        &administrator.client,
        &format!("?kind=refresh_token_reused&subject={}", someone.id),
    )
    .await?;
    let [event] = &events[..] else { return Err(format!("one event: {events:?}").into()) };
    assert_eq!(event["actor"]["type"], "visitor", "{event}");
    assert_eq!(event["address"], "127.0.0.1", "{event}");
    assert!(event["detail"]["session"].is_string(), "{event}");

    // Another session of theirs is none of that family; there they are told, until they say that they have seen it.
    let notices = elsewhere.client.get("/api/v1/me/notices").await?.expect(200)?.json()?;
    let [notice] = notices["items"].as_array().map_or(&[][..], Vec::as_slice) else {
        return Err(format!("one notice: {notices}").into());
    };
    assert_eq!(notice["kind"], "refresh_token_reused");
    let seen = format!("/api/v1/me/notices?until={}", notice["at"].as_str().unwrap_or_default());
    elsewhere.client.delete(&seen).await?.expect(204)?;
    let notices = elsewhere.client.get("/api/v1/me/notices").await?.expect(200)?.json()?;
    assert_eq!(notices, json!({"items": []}));
    let others = administrator.client.get("/api/v1/me/notices").await?.expect(200)?.json()?;
    assert_eq!(others["items"], Value::Array(vec![]), "it is nobody else's business");
    Ok(())
}

/// F2: once the successor was used, its predecessor's answer cannot have been lost.
async fn the_first_use_of_the_successor_ends_the_grace(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let first = Resident::user(&server).await?;
    let second = first.refreshed().await?;
    let third = second.refreshed().await?;
    client.refresh(&first.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    assert_eq!(server.database().number(REUSED).await?, 1);
    assert_over(&client, &[&third.tokens, &second.tokens, &first.tokens]).await
}

/// F7: what was decided before stands after, and nothing of it lived in the memory of the process.
async fn a_lost_answer_and_a_used_token_are_still_known_after_the_death_of_the_process(
    engine: Engine,
) -> Outcome {
    let mut server =
        Server::start(Settings::on(engine).with("SESSIONS__REFRESH_GRACE_SECONDS", "60")).await?;
    let client = server.client()?;
    let (hasty, robbed) = (Resident::user(&server).await?, Resident::user(&server).await?);
    let lost = client.refresh(&hasty.tokens.refresh).await?.expect(200)?;
    let heir = robbed.refreshed().await?.refreshed().await?;
    server.kill()?;
    server.start_again().await?;
    let again = client.refresh(&hasty.tokens.refresh).await?.expect(200)?;
    assert_eq!(again.text(), lost.text());
    client.bearing(&Tokens::of(&again.json()?)?.access).get("/api/v1/me").await?.expect(200)?;
    client.refresh(&robbed.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    server.kill()?;
    server.start_again().await?;
    assert_over(&client, &[&heir.tokens, &robbed.tokens]).await?;
    client.refresh(&Tokens::of(&lost.json()?)?.refresh).await?.expect(200).map(drop)
}

/// F2 turned off: the second use of a token ends its family, whoever it is.
#[tokio::test]
async fn without_grace_a_lost_answer_is_a_used_token() -> Outcome {
    let settings = Settings::on(Engine::Sqlite).with("SESSIONS__REFRESH_GRACE_SECONDS", "0");
    let server = Server::start(settings).await?;
    let client = server.client()?;
    let someone = Resident::user(&server).await?;
    let successor = someone.refreshed().await?;
    client.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    assert_over(&client, &[&successor.tokens]).await
}

/// The answer is the same whatever the key signs with, also where a signature takes chance (ECDSA).
#[tokio::test]
async fn a_lost_answer_is_identical_with_every_algorithm() -> Outcome {
    for algorithm in ["ES256", "RS256"] {
        let server = Server::start(Settings::on(Engine::Sqlite).with("KEYS__ALGORITHM", algorithm)).await?;
        let someone = Resident::user(&server).await?;
        let mut heard = Vec::new();
        for _ in 0..3 {
            heard.push(server.client()?.refresh(&someone.tokens.refresh).await?.expect(200)?);
        }
        let texts: Vec<String> = heard.iter().map(Answer::text).collect();
        assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{algorithm}: {texts:?}");
    }
    Ok(())
}
