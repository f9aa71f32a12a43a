use journeys::{Client, Engine, Outcome, Person, Server, Settings, on_both_engines};

on_both_engines!(
    processes_that_start_together_on_nothing_agree_on_everything,
    a_told_process_finishes_what_it_has_begun
);

/// E14 and N8.
async fn processes_that_start_together_on_nothing_agree_on_everything(engine: Engine) -> Outcome {
    for _ in 0..3 {
        let servers = Server::start_together(Settings::on(engine), 4).await?;
        let first = &servers[0];
        assert_eq!(first.database().number("SELECT COUNT(*) FROM signing_keys").await?, 1);
        assert_eq!(first.database().number("SELECT COUNT(*) FROM instance").await?, 1);
        let keys = first.client()?.get("/.well-known/jwks.json").await?.expect(200)?.json()?;
        let (person, _, tokens) = first.client()?.newcomer().await?;
        for server in &servers {
            let client = server.client()?;
            assert_eq!(client.get("/.well-known/jwks.json").await?.expect(200)?.json()?, keys);
            assert_eq!(server.setup_link(), first.setup_link());
            client.bearing(&tokens.access).get("/api/v1/me").await?.expect(200)?;
            client.log_in(&person).await?;
        }
    }
    Ok(())
}

/// N9: no request that was begun is dropped, and the process ends well.
async fn a_told_process_finishes_what_it_has_begun(engine: Engine) -> Outcome {
    let slow = Settings::on(engine)
        .with("PASSWORDS__MEMORY_KIB", "65536")
        .with("PASSWORDS__ITERATIONS", "4")
        .with("PASSWORDS__WORKERS", "1")
        .with("SERVER__REQUEST_TIMEOUT_SECONDS", "180")
        .with("SERVER__SHUTDOWN_GRACE_SECONDS", "180");
    let mut server = Server::start(slow).await?;
    let client = server.client()?;
    let asking = client.clone();
    let sign_ups = tokio::spawn(Client::all_at_once((0..8).map(move |_| {
        let client = asking.clone();
        async move { client.post("/api/v1/users", &Person::new().sign_up()).await }
    })));
    // The first of them is through, so that the others are being worked on or wait for their turn.
    journeys::wait::until("the first answer", async || {
        Ok((server.database().number("SELECT COUNT(*) FROM users").await? > 0).then_some(()))
    })
    .await?;
    assert!(!sign_ups.is_finished());
    server.terminate()?;
    let heard = sign_ups.await??;
    assert!(heard.iter().all(|answer| answer.status == 201), "{heard:?}");
    assert!(server.ended().await?.success());
    assert_eq!(server.database().number("SELECT COUNT(*) FROM users").await?, 8);
    assert!(client.get("/health").await.is_err(), "nobody answers any more");
    Ok(())
}

/// The port of a service that runs is not taken from it, and the second one says why it gives up.
#[tokio::test]
async fn a_second_process_at_the_same_address_gives_up_and_says_why() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let refusal = Server::refusal(Settings::on(Engine::Sqlite).listening_at(server.address())).await?;
    assert!(refusal.contains(server.address()), "{refusal}");
    server.client()?.get("/health").await?.expect(200).map(drop)
}

#[tokio::test]
async fn an_unknown_setting_is_refused_with_the_nearest_known_one() -> Outcome {
    let refusal =
        Server::refusal(Settings::on(Engine::Sqlite).with("SERVER__LISTENN", "127.0.0.1:0")).await?;
    assert!(refusal.contains("the nearest one is XTREM_SERVER__LISTEN"), "{refusal}");
    let refusal = Server::refusal(Settings::on(Engine::Sqlite).with("PASSWORDS__MEMORY_KIB", "1024")).await?;
    assert!(refusal.to_lowercase().contains("memory_kib"), "{refusal}");
    Ok(())
}
