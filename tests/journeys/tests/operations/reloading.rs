use crate::lines;
use journeys::{Engine, Outcome, Server, Settings, wait};
use serde_json::Value;
use std::sync::Arc;

/// A service whose settings stand in a file beside it.
async fn configured(text: &str) -> Outcome<Server> {
    let home = Arc::new(tempfile::tempdir()?);
    std::fs::write(home.path().join("config.toml"), text)?;
    Server::start(Settings::on(Engine::Sqlite).living_in(&home)).await
}

fn write(server: &Server, text: &str) -> Outcome {
    Ok(std::fs::write(server.home().path().join("config.toml"), text)?)
}

/// Asks until a line about a request is there, or is not any more.
async fn requests_are_told(server: &Server, expected: bool) -> Outcome {
    let client = server.client()?;
    wait::until("the level to apply", async || {
        let before = lines::saying(server, "answered").len();
        let answer = client.get("/docs").await?.expect(200)?;
        let id = answer.header("x-request-id").to_owned();
        // A line that was to come would be there with the one of a later request; the marker is told at every level.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        let told = lines::saying(server, "answered")
            .iter()
            .skip(before)
            .any(|line| line["request_id"] == id.as_str());
        Ok((told == expected).then_some(()))
    })
    .await
}

async fn warned(server: &Server, words: &[&str]) -> Outcome<Value> {
    wait::until(&format!("a line with {words:?}"), async || {
        let lines = lines::all(server).into_iter();
        let mut lines = lines.filter(|line| line["level"] == "WARN" || line["level"] == "ERROR");
        Ok(lines.find(|line| words.iter().all(|word| line.to_string().contains(word))))
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn levels_change_at_once_and_everything_else_is_named() -> Outcome {
    let server = configured("[log]\nlevel = \"warn\"\n").await?;
    requests_are_told(&server, false).await?;
    write(&server, "[log]\nlevel = \"warn,http_api=info\"\n[server]\nmax_connections = 77\n")?;
    server.hang_up()?;
    requests_are_told(&server, true).await?;
    let line = warned(&server, &["server.max_connections", "started anew"]).await?;
    assert!(!line.to_string().contains("log.level"), "what applies needs no restart: {line}");
    write(&server, "[log]\nlevel = \"warn\"\n")?;
    server.hang_up()?;
    requests_are_told(&server, false).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_do_not_hold_leave_everything_as_it_is() -> Outcome {
    let mut server = configured("[log]\nlevel = \"info\"\n").await?;
    write(&server, "[log]\nlevel = \"loud\"\n[server]\nmax_connections = 0\n[nonsense]\nkey = 1\n")?;
    server.hang_up()?;
    // All of it at once, as at the start.
    warned(&server, &["log.level", "server.max_connections", "nonsense"]).await?;
    requests_are_told(&server, true).await?;
    server.client()?.newcomer().await?;
    server.terminate()?;
    assert!(server.ended().await?.success());
    Ok(())
}
