//! Backups that take themselves.

use crate::elsewhere::settings;
use journeys::{Engine, Outcome, Server, on_both_engines, wait};
use std::path::Path;
use std::time::Duration;

on_both_engines! {
    backups_are_taken_when_they_are_due_and_the_last_ones_are_kept,
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map_while(Result::ok);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.retain(|name| name.starts_with("xtrem-"));
    names.sort();
    names
}

async fn again(server: &mut Server) -> Outcome {
    server.terminate()?;
    server.ended().await?;
    server.start_again().await
}

async fn backups_are_taken_when_they_are_due_and_the_last_ones_are_kept(engine: Engine) -> Outcome {
    let copies = tempfile::tempdir()?;
    let folder = copies.path().join("copies");
    let settings = settings(engine)?
        .with("BACKUP__DIR", &folder.display().to_string())
        .with("BACKUP__EVERY_HOURS", "1")
        .with("BACKUP__KEEP", "2")
        .with_movable_clock();
    let mut server = Server::start(settings).await?;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let last = seen.clone();
        seen = wait::until("another backup", async || {
            let now = names(&folder);
            Ok((now.last() != last.last() && now.len() <= 2).then_some(now))
        })
        .await?;
        server.wait_for(Duration::from_mins(61))?;
        again(&mut server).await?;
    }
    let taken = wait::until("the fourth one", async || {
        let now = names(&folder);
        Ok((now.last() != seen.last() && now.len() == 2).then_some(now))
    })
    .await?;
    assert_eq!(taken.first(), seen.last(), "the oldest goes, the latest stays");
    let told = server.command(&["backup", "--verify", &folder.join(&taken[1]).display().to_string()]).await?;
    assert!(told.contains("The backup is good"), "{told}");
    Ok(())
}
