use journeys::{Engine, Outcome, Server, Settings, raw};

/// M2: whoever sends too slowly is cut off, and nobody else notices.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_never_finishes_a_request_is_cut_off() -> Outcome {
    let hasty = Settings::on(Engine::Sqlite)
        .with("SERVER__HEADER_TIMEOUT_SECONDS", "5")
        .with("SERVER__REQUEST_TIMEOUT_SECONDS", "5");
    let server = Server::start(hasty).await?;
    let mut waiting = tokio::task::JoinSet::new();
    for unfinished in [
        "",
        "GET /health HT",
        "GET /health HTTP/1.1\r\nHost: a\r\nX-Slow: ",
        "POST /api/v1/users HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{",
        "POST /oauth2/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ] {
        for _ in 0..40 {
            let address = server.address().to_owned();
            waiting.spawn(async move {
                raw::exchange(&address, unfinished).await.map(|heard| (unfinished, heard))
            });
        }
    }
    let client = server.client()?;
    client.newcomer().await?;
    // Each of these ends because the service closes the connection, with an answer or without.
    while let Some(ended) = waiting.join_next().await {
        let (sent, heard) = ended??;
        assert!(!heard.starts_with("HTTP/1.1 2") && !heard.starts_with("HTTP/1.1 500"), "{sent:?}: {heard}");
    }
    client.ready().await.map(drop)
}

/// A burst of connections beyond the most there may be waits its turn, and none of it is lost.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_connections_than_allowed_wait_for_their_turn() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite).with("SERVER__MAX_CONNECTIONS", "4")).await?;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let address = server.address().to_owned();
        asking.spawn(async move {
            raw::exchange(&address, "GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await
        });
    }
    while let Some(heard) = asking.join_next().await {
        let heard = heard??;
        assert!(heard.starts_with("HTTP/1.1 200"), "{heard:?}");
    }
    Ok(())
}
