use journeys::client::Tokens;
use journeys::{Client, Engine, Outcome, Resident, Server, Settings, on_both_engines, wait};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use tokio::task::JoinSet;

on_both_engines!(whoever_refreshes_while_the_process_dies_goes_on_afterwards);

/// An application that carries its session on as fast as it can, and asks again where it heard nothing.
async fn carry_on(
    client: Client,
    mut tokens: Tokens,
    stop: Arc<AtomicBool>,
    rotations: Arc<AtomicU64>,
) -> Outcome<Tokens> {
    while !stop.load(Ordering::Relaxed) {
        let heard =
            wait::until("an answer to a refresh", async || Ok(client.refresh(&tokens.refresh).await.ok()));
        tokens = Tokens::of(&heard.await?.expect(200)?.json()?)?;
        rotations.fetch_add(1, Ordering::Relaxed);
    }
    Ok(tokens)
}

/// F7: between any two writes of a rotation, and between the last of them and the answer.
async fn whoever_refreshes_while_the_process_dies_goes_on_afterwards(engine: Engine) -> Outcome {
    // Long enough for a slow machine to start the service again.
    let settings = Settings::on(engine).with("SESSIONS__REFRESH_GRACE_SECONDS", "60");
    let mut server = Server::start(settings).await?;
    let client = server.client()?;
    let (stop, rotations) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let mut applications = JoinSet::new();
    for _ in 0..6 {
        let tokens = Resident::user(&server).await?.tokens;
        applications.spawn(carry_on(client.clone(), tokens, Arc::clone(&stop), Arc::clone(&rotations)));
    }
    for kill in 0..6 {
        let enough = rotations.load(Ordering::Relaxed) + 30 + kill * 7;
        let working = async || Ok((rotations.load(Ordering::Relaxed) >= enough).then_some(()));
        wait::until("some rotations", working).await?;
        server.kill()?;
        server.start_again().await?;
    }
    stop.store(true, Ordering::Relaxed);
    while let Some(ended) = applications.join_next().await {
        let tokens = ended??;
        client.bearing(&tokens.access).get("/api/v1/me").await?.expect(200)?;
        client.refresh(&tokens.refresh).await?.expect(200)?;
    }
    let database = server.database();
    let events = |kind: &str| format!("SELECT COUNT(*) FROM events WHERE kind = '{kind}'");
    assert_eq!(database.number(&events("refresh_token_reused")).await?, 0);
    assert_eq!(database.number("SELECT COUNT(*) FROM sessions").await?, 6);
    assert_eq!(
        database.number("SELECT COUNT(*) FROM refresh_tokens").await?,
        6,
        "no family without its session"
    );
    let generations = "SELECT CAST(SUM(generation - 1) AS BIGINT) FROM refresh_tokens";
    let rotated = database.number(generations).await?;
    assert_eq!(rotated, database.number(&events("session_refreshed")).await?, "each rotation has its event");
    Ok(())
}
