use super::trail::{Finding, verified};
use crate::tables::{TRAIL, dump};
use journeys::database::Database;
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, trail, wait};
use reqwest::Method;
use serde_json::json;
use std::time::{Duration, Instant};

on_both_engines!(what_is_too_old_goes_as_a_whole_and_leaves_a_signed_anchor);

const DAY: Duration = Duration::from_hours(24);

/// How many events there are of each of the two times.
const EVENTS: usize = 30;

/// L12: events that are older than they are kept go, from the first one on and without a gap; in their place stands an
/// anchor, from which the rest verifies with every head that was ever signed. An anchor that was moved, taken away or put
/// back from before is found; so is a gap behind it.
async fn what_is_too_old_goes_as_a_whole_and_leaves_a_signed_anchor(engine: Engine) -> Outcome {
    let settings =
        Settings::on(engine).unthrottled().with_clock_set_back(100 * DAY).with("AUDIT__RETENTION_DAYS", "30");
    let mut server = Server::start(settings).await?;
    let someone = Resident::user(&server).await?;
    edit(&someone).await?;
    rest(&mut server).await?;
    let database = server.database().clone();
    let old = database.number("SELECT MAX(sequence) FROM events").await?;
    prune_after(&server, 40 * DAY).await?;
    let first = anchor(&database).await?;
    assert_eq!(first, old, "everything of forty days ago is gone, and nothing else");
    assert_eq!(database.number("SELECT MIN(sequence) FROM events").await?, old + 1);
    let genuine = dump(&database, &["audit_anchor"]).await?;
    let of_then = database.texts("SELECT signature FROM audit_anchor").await?.pop().ok_or("it is signed")?;

    server.start_again().await?;
    edit(&someone.again(&server).await?).await?;
    rest(&mut server).await?;
    prune_after(&server, 40 * DAY).await?;
    let second = anchor(&database).await?;
    assert!(second > first + i64::try_from(EVENTS)?, "{first} {second}");
    assert_ne!(dump(&database, &["audit_anchor"]).await?, genuine);
    let pruned = "SELECT COUNT(*) FROM events WHERE kind = 'audit_pruned'";
    wait_sealed(&database).await?;
    assert_eq!(database.number(pruned).await?, 1, "the first one is gone with the others of its time");
    let program = server.program()?;
    let told = program.run(&["audit", "verify", "--json"]).await?.expect(0)?;
    assert!(told.contains(&format!("\"anchor\":{second}")), "{told}");

    let before = dump(&database, &TRAIL).await?;
    let rest = Finding::at(second + 1, "missing");
    let forged = Finding::Problem(
        "the anchor at the beginning of the trail is none that this installation has signed".to_owned(),
    );
    let keep = "CREATE TABLE kept AS SELECT * FROM audit_anchor";
    let put_back = "DELETE FROM audit_anchor; INSERT INTO audit_anchor SELECT * FROM kept; DROP TABLE kept;";
    for (name, statements, found) in [
        ("moved", "UPDATE audit_anchor SET sequence = sequence + 1".to_owned(), &forged),
        (
            "with another link",
            "UPDATE audit_anchor SET link = (SELECT e.link FROM events e ORDER BY e.sequence LIMIT 1)"
                .to_owned(),
            &forged,
        ),
        ("with the signature of before", format!("UPDATE audit_anchor SET signature = '{of_then}'"), &forged),
        ("taken away", "DELETE FROM audit_anchor".to_owned(), &Finding::at(1, "missing")),
    ] {
        database.execute(keep).await?;
        database.execute(&statements).await?;
        let told = verified(&program, &[]).await?;
        assert_eq!(&told, found, "the anchor {name}");
        database.execute(put_back).await?;
    }
    assert_eq!(dump(&database, &TRAIL).await?, before);
    assert_eq!(verified(&program, &[]).await?, Finding::Holds);
    database.execute(&format!("DELETE FROM events WHERE sequence = {}", second + 1)).await?;
    assert_eq!(verified(&program, &[]).await?, rest);
    Ok(())
}

async fn edit(resident: &Resident) -> Outcome {
    for number in 0..EVENTS {
        let patch = json!({"bio": format!("Number {number}.")});
        resident.client.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?;
    }
    Ok(())
}

/// Lets the service end, with everything joined.
async fn rest(server: &mut Server) -> Outcome {
    trail::joined(server.database()).await?;
    server.terminate()?;
    server.ended().await.map(drop)
}

async fn anchor(database: &Database) -> Outcome<i64> {
    database.number("SELECT COALESCE(MAX(sequence), 0) FROM audit_anchor").await
}

async fn wait_sealed(database: &Database) -> Outcome {
    let waiting = database.number("SELECT COUNT(*) FROM events WHERE sequence IS NULL").await?;
    if waiting == 0 { Ok(()) } else { Err("something is not joined".into()) }
}

/// Runs the service so much later, by a clock that moves the time it has run too, until it has removed what is too old; it
/// looks every ten minutes.
async fn prune_after(server: &Server, time: Duration) -> Outcome {
    let before = anchor(server.database()).await?;
    server.wait_for(time)?;
    let program = server.program()?.with("SERVER__LISTEN", "127.0.0.1:0");
    let program =
        program.with_variable("FAKETIME_DONT_FAKE_MONOTONIC", "0").with_variable("DONT_FAKE_MONOTONIC", "0");
    let mut service = program.begin(&["serve"])?;
    let done = gone(server, before).await;
    service.kill()?;
    service.wait()?;
    done
}

/// Moves the clock until there is another anchor. Seldom: to the service each time is a pause of which everything that it
/// waits for has to recover; and again, since before it has begun to count no time passes for it.
async fn gone(server: &Server, before: i64) -> Outcome {
    let database = server.database();
    let begun = Instant::now();
    while begun.elapsed() < wait::PATIENCE {
        tokio::time::sleep(Duration::from_millis(500)).await;
        server.wait_for(Duration::from_mins(11))?;
        for _ in 0..20 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            // In this order: what tells of the removal has its place in the chain too.
            if anchor(database).await? > before
                && database.number("SELECT COUNT(*) FROM events WHERE sequence IS NULL").await? == 0
            {
                return Ok(());
            }
        }
    }
    Err("waited in vain for the old events to go".into())
}
