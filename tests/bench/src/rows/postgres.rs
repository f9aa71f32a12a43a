use super::{Ground, Side, Stage, ground, ratio, spread};
use crate::ceiling::pgbench::TransactionRate;
use crate::driver::Measured;
use crate::seed::Failure;
use crate::service::Ceiling;
use crate::table::{Goal, Line};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// How many carry on at a time, on either side.
const CLIENTS: usize = 16;
/// How many people there are, and how many families pgbench has.
const PEOPLE: usize = 10_000;
const DATABASES: [&str; 3] = ["xtrem_bench", "xtrem_bench_vault", "xtrem_bench_ceiling"];
/// What a server must not have been told, or nothing of it is durable.
const DURABLE: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];

/// Carrying a session on where PostgreSQL keeps it, beside pgbench with the same statements and as many clients.
pub async fn measure(ground: &Ground) -> Result<Vec<Line>, Failure> {
    let server = ground.options.postgres.as_deref().ok_or("no server was named with --postgres")?;
    let url = |database: &str| server.rsplit_once('/').map(|(server, _)| format!("{server}/{database}"));
    let [main, vault, ceiling] = DATABASES.map(url);
    let named = || Failure::from("the URL of the server names no database");
    let (main, vault, ceiling) =
        (main.ok_or_else(named)?, vault.ok_or_else(named)?, ceiling.ok_or_else(named)?);
    prepare(server).await?;
    let stage = stage(ground, &main, &vault).await?;
    let scripts = stage.rotations(&spread(PEOPLE, CLIENTS)).await?;
    let mut ours = Side::new(ground, stage.service.address, stage.service.pid(), scripts);
    let mut theirs = Vec::new();
    for _ in 0..ground.options.rounds() {
        ours.round().await?;
        theirs.push(pgbench(ground, &ceiling)?);
    }
    let part = ratio(&ours.rounds, &theirs, |round| round.rate);
    stage.end().await?;
    let what = "refresh on PostgreSQL at 16 clients ÷ pgbench";
    Ok(vec![Line::part_of(what, &ours.middle(), &Measured::middle(&theirs), part, Goal::AtLeast(0.6))])
}

/// Makes the databases anew, on a server that is durable.
async fn prepare(server: &str) -> Result<(), Failure> {
    let mut connection = PgConnection::connect(server).await?;
    for name in DURABLE {
        let show = AssertSqlSafe(format!("SHOW {name}"));
        let value: String = sqlx::query_scalar(show).fetch_one(&mut connection).await?;
        if value != "on" {
            return Err(format!("the server has {name} = {value}: nothing that it says is durable").into());
        }
    }
    for name in DATABASES {
        for statement in [format!("DROP DATABASE IF EXISTS {name}"), format!("CREATE DATABASE {name}")] {
            sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
        }
    }
    Ok(connection.close().await?)
}

async fn stage(ground: &Ground, main: &str, vault: &str) -> Result<Stage, Failure> {
    let folder = ground.folder()?;
    let mut launch = ground.launch(folder.path())?;
    launch.extra = [("XTREM_DATABASE__URL", main), ("XTREM_VAULT__URL", vault)]
        .map(|(name, url)| (name.into(), url.into()))
        .into();
    launch.start().await?.stop().await?;
    let house = crate::seed::House::open(&launch.data(), main, vault).await?;
    ground::say(&format!("{PEOPLE} people on PostgreSQL"))?;
    house.take_in(0..PEOPLE).await?;
    Ok(Stage::new(launch.start().await?, house, folder))
}

fn pgbench(ground: &Ground, url: &str) -> Result<Measured, Failure> {
    let seconds = ground.options.round().as_secs().max(1).to_string();
    let clients = CLIENTS.to_string();
    let arguments = ["--url", url, "--clients", &clients, "--seconds", &seconds];
    let TransactionRate { transactions_per_second, .. } =
        Ceiling::measure(ground.cores, "pgbench", &arguments)?;
    Ok(Measured { rate: transactions_per_second, done: 1, ..Measured::default() })
}
