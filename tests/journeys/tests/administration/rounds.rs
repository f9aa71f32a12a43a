//! What the house does by itself, and what is done at its command line, is written down once too (L8).

use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, trail, wait};
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines!(what_is_done_at_the_command_line_or_by_itself_is_written_once);

const DAY: Duration = Duration::from_hours(24);

/// The trail, the earliest first.
async fn told(server: &Server) -> Outcome<Vec<Value>> {
    let mut told = trail::at_the_command_line(server).await?;
    told.reverse();
    Ok(told)
}

/// What was written since so many events: the kinds, and who did it.
async fn since(server: &Server, before: usize) -> Outcome<Vec<String>> {
    let name = |event: &Value| format!("{} {}", event["actor"]["type"], event["kind"]).replace('"', "");
    let mut since: Vec<String> = told(server).await?[before..].iter().map(name).collect();
    // What happened at one moment has no order.
    since.sort_unstable();
    Ok(since)
}

async fn what_is_done_at_the_command_line_or_by_itself_is_written_once(engine: Engine) -> Outcome {
    let mut server = Server::start(Settings::on(engine).with_movable_clock()).await?;
    let someone = Resident::user(&server).await?;
    let name = someone.person.username.clone();
    let wrong = json!({"login": name, "password": "not the password"});
    server.client()?.post("/api/v1/sessions", &wrong).await?.expect(401)?;
    let backup = server.home().path().join("backup").display().to_string();
    for (command, kinds) in [
        (&["user", "unlock", &name][..], &["system attempts_cleared"][..]),
        (&["keys", "rotate", "--root"], &["system root_key_rotated"]),
        (&["backup", &backup], &["system backup_taken"]),
        (&["audit", "verify"], &[]),
        (&["user", "export", &name], &["system personal_data_exported"]),
    ] {
        let before = told(&server).await?.len();
        server.command(command).await?;
        assert_eq!(since(&server, before).await?, kinds, "{command:?}");
    }

    // Whoever asks for what is not theirs; and the password that is hashed by today's costs.
    let before = told(&server).await?.len();
    someone.client.get("/api/v1/users").await?.problem(403, "insufficient-scope")?;
    let what = "the refusal to be written";
    wait::until(what, async || Ok((told(&server).await?.len() > before).then_some(()))).await?;
    assert_eq!(since(&server, before).await?, ["user access_refused"]);
    server.terminate()?;
    server.ended().await?;
    server.set("PASSWORDS__ITERATIONS", "3");
    server.start_again().await?;
    let before = told(&server).await?.len();
    let someone = someone.again(&server).await?;
    assert_eq!(since(&server, before).await?, ["visitor logged_in", "visitor password_rehashed"]);

    // A key that waits for its day is asked to come earlier, and one that has nothing left to verify goes.
    let before = told(&server).await?.len();
    server.wait_for(89 * DAY)?;
    let created = "the next key";
    wait::until(created, async || Ok((told(&server).await?.len() > before).then_some(()))).await?;
    server.command(&["keys", "rotate"]).await?;
    assert_eq!(since(&server, before).await?, ["system signing_key_advanced", "system signing_key_created"]);
    let before = told(&server).await?.len();
    server.wait_for(DAY)?;
    wait::until("the end of a key", async || Ok((told(&server).await?.len() > before).then_some(()))).await?;
    assert_eq!(since(&server, before).await?, ["system signing_key_removed"]);
    assert_eq!(someone.knocks().await?, 401, "it was a long time");
    Ok(())
}
