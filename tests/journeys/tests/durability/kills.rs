use crate::load::{Load, finish, nothing_else, only_unavailable};
use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::{Engine, Outcome, Server, Settings, wait};
use std::time::Duration;

/// N1 and L7: the process is killed in the midst of its work, again and again.
async fn survive(engine: Engine, kills: u64) -> Outcome {
    let mut server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let load = Load::new(&client, 4).await?;
    for kill in 0..kills {
        let before = load.acknowledged();
        let writers = load.begin(&client, nothing_else);
        // At another moment of the work each time, but never before there was any.
        let enough = before + 20 + kill * 7;
        wait::until("some work", async || Ok((load.acknowledged() >= enough).then_some(()))).await?;
        server.kill()?;
        finish(writers).await?;
        server.start_again().await?;
        load.assert_kept(&server).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_death_of_the_process_on_sqlite() -> Outcome {
    survive(Engine::Sqlite, 15).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_death_of_the_process_on_postgres() -> Outcome {
    survive(Engine::Postgres, 5).await
}

/// N1 from the other side: PostgreSQL dies, comes back, and Xtrem finds it again by itself.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_survives_the_death_of_the_database_server() -> Outcome {
    let cluster = Cluster::start().await?;
    let database = Database::create_on(cluster.url()).await?;
    let mut server = Server::start(Settings::on(Engine::Postgres).database(database)).await?;
    let client = server.client()?;
    let load = Load::new(&client, 4).await?;
    let writers = load.begin(&client, only_unavailable);
    for crash in 0..5 {
        let enough = load.acknowledged() + 20 + crash * 11;
        wait::until("work before a crash", async || Ok((load.acknowledged() >= enough).then_some(())))
            .await?;
        cluster.crash().await?;
        tokio::time::sleep(Duration::from_millis(200)).await;
        cluster.start_again().await?;
    }
    let enough = load.acknowledged() + 20;
    wait::until("work after all", async || Ok((load.acknowledged() >= enough).then_some(()))).await?;
    server.kill()?;
    finish(writers).await?;
    server.start_again().await?;
    load.assert_kept(&server).await
}
