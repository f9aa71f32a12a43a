use crate::metrics::Samples;
use journeys::{Client, Engine, Outcome, Server, Settings, on_both_engines, wait};
use serde_json::Value;

on_both_engines!(a_healthy_service_says_so_to_probes_and_in_detail_to_operators);

/// What operators are told, and with which status.
async fn detail(server: &Server) -> Outcome<(u16, Value)> {
    let address = server.metrics().ok_or("it tells no metrics")?;
    let answer = Client::of(address)?.get("/health").await?;
    Ok((answer.status, answer.json()?))
}

fn trouble(detail: &Value, check: &str) -> Option<String> {
    let checks = detail["checks"].as_array()?;
    let found = checks.iter().find(|found| found["name"] == check)?;
    (found["status"] != "ok").then(|| found["detail"].as_str().unwrap_or_default().to_owned())
}

async fn a_healthy_service_says_so_to_probes_and_in_detail_to_operators(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let health = client.get("/health").await?.expect(200)?.json()?;
    assert_eq!(health["status"], "ok");
    for answer in [client.get("/health/live").await?.expect(200)?, client.ready().await?] {
        assert_eq!(answer.json()?["status"], "ok", "{answer:?}");
    }
    let (status, detail) = wait::until("a look that finds everything well", async || {
        let (status, detail) = detail(&server).await?;
        Ok((status == 200).then_some((status, detail)))
    })
    .await?;
    assert_eq!((status, &detail["status"], &detail["version"]), (200, &"ok".into(), &health["version"]));
    let names: Vec<&str> = detail["checks"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|check| check["name"].as_str())
        .collect();
    assert_eq!(names, ["main_database", "vault", "migrations", "signing_key", "disk_space"]);
    assert!(detail["started_at"].is_string() && detail["uptime_seconds"].is_u64(), "{detail}");
    assert!(detail["duties"].as_array().is_some_and(|duties| duties.len() >= 12), "{detail}");
    Ok(())
}

/// N4: the probe says no, and tells strangers nothing; operators read which and what.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_no_to_probes_and_named_to_operators() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    for (database, check) in [(server.database(), "main_database"), (server.vault(), "vault")] {
        let lock = database.lock().await?;
        let answer = client.unready().await?;
        answer.problem(503, "unavailable")?;
        assert!(!answer.text().contains("database") && !answer.text().contains("vault"), "{}", answer.text());
        // What was found first may have been something else.
        let (status, detail) = wait::until(check, async || {
            let (status, detail) = detail(&server).await?;
            Ok(trouble(&detail, check).is_some_and(|text| !text.is_empty()).then_some((status, detail)))
        })
        .await?;
        assert_eq!((status, &detail["status"]), (503, &"troubled".into()), "{detail}");
        wait::until("the gauges", async || {
            let samples = Samples::of(&server).await?;
            let named = samples.sum("xtrem_health_check", &[("check", check)]);
            Ok((named == Some(0.0) && samples.sum("xtrem_ready", &[]) == Some(0.0)).then_some(()))
        })
        .await?;
        client.get("/health/live").await?.expect(200)?;
        drop(lock);
        client.ready().await?;
    }
    Ok(())
}

/// A database that says nothing holds up neither Prometheus nor the operator's page.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_told_while_the_database_says_nothing() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let _main = server.database().lock().await?;
    let _vault = server.vault().lock().await?;
    for _ in 0..5 {
        assert!(Samples::of(&server).await?.sum("xtrem_build_info", &[]).is_some());
    }
    wait::until("the trouble to be told", async || Ok((detail(&server).await?.0 == 503).then_some(()))).await
}

#[tokio::test]
async fn too_little_room_is_no_to_probes_and_named_to_operators() -> Outcome {
    let settings = Settings::on(Engine::Sqlite).with("HEALTH__MINIMUM_FREE_MIB", "1048576");
    let server = Server::start(settings).await?;
    let client = server.client()?;
    client.get("/health/ready").await?.problem(503, "unavailable")?;
    let (status, detail) = detail(&server).await?;
    assert_eq!(status, 503);
    assert!(trouble(&detail, "disk_space").is_some_and(|text| text.contains("MiB")), "{detail}");
    // Who comes all the same is served: it is for whoever sends requests to decide.
    client.newcomer().await.map(drop)
}

/// The check of a container.
#[tokio::test]
async fn the_binary_asks_its_own_service_how_it_is() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let program = server.program()?.with("SERVER__LISTEN", server.address());
    let yes = async || {
        wait::until("a yes", async || Ok((program.run(&["health"]).await?.code == Some(0)).then_some(())))
            .await
    };
    yes().await?;
    let lock = server.database().lock().await?;
    wait::until("a no", async || Ok((program.run(&["health"]).await?.code == Some(1)).then_some(()))).await?;
    drop(lock);
    yes().await?;
    server.kill()?;
    let ended = program.run(&["health"]).await?;
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(format!("{}{}", ended.output, ended.aside).contains(server.address()), "{ended:?}");
    Ok(())
}
