//! K5: the root key is replaced while everybody goes on working, and whatever happens on the way.

mod kills;
mod worker;

use crate::tables::dump;
use journeys::client::Tokens;
use journeys::{Client, Engine, Outcome, Resident, Server, Settings, forms, on_both_engines, wait};
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use worker::Shift;

on_both_engines!(nobody_who_works_notices_that_the_root_key_is_replaced);

const ROTATE: [&str; 4] = ["keys", "rotate", "--root", "--json"];

/// How many people work at once. Each asks ten times a second: together two hundred requests a second, where the machine
/// can do so many.
const WORKERS: usize = 20;

/// Reads, edits, log-ins, refreshes and sign-ups go on through the whole of a rotation, on PostgreSQL over two nodes: each
/// of them is answered as if nothing was going on. Afterwards a start with nothing but the new key finds everything, with
/// the old one there is no start, and what was given out before (cookies, access tokens, refresh tokens) works on.
async fn nobody_who_works_notices_that_the_root_key_is_replaced(engine: Engine) -> Outcome {
    let number = if engine == Engine::Postgres { 2 } else { 1 };
    let mut nodes = Server::start_together(Settings::on(engine).unthrottled(), number).await?;
    let clients: Vec<Client> = nodes.iter().map(Server::client).collect::<Outcome<_>>()?;
    let visitor = Resident::user(&nodes[0]).await?;
    let page = logged_in_by_page(&clients[0], &visitor).await?;
    let shift = Shift::begin(&nodes[0], &clients, WORKERS).await?;
    let answered = async |more: usize| {
        let enough = shift.answered.load(Ordering::Relaxed) + more;
        wait::until(
            "some work",
            async || Ok((shift.answered.load(Ordering::Relaxed) >= enough).then_some(())),
        )
        .await
    };
    answered(10 * WORKERS).await?;
    let program = nodes[0].program()?;
    let during = shift.answered.load(Ordering::Relaxed);
    let told: serde_json::Value = serde_json::from_str(&program.run(&ROTATE).await?.expect(0)?)?;
    assert!(shift.answered.load(Ordering::Relaxed) > during, "nobody worked meanwhile");
    assert_eq!(told["is_in_place"], true, "{told}");
    answered(10 * WORKERS).await?;
    let workers = shift.end().await?;

    let old = nodes[0].data().join(old_key(&nodes[0])?);
    let away = nodes[0].home().path().join("away.key");
    std::fs::rename(old, &away)?;
    for node in &mut nodes {
        node.terminate()?;
        node.ended().await?;
    }
    let stands = async || dump(nodes[0].database(), &["keyring", "instance", "data_keys"]).await;
    let before = stands().await?;
    let refused = program.clone().with("KEYS__ROOT_KEY_FILE", &away.display().to_string());
    let refused = refused.run(&["user", "list"]).await?;
    assert!(refused.code == Some(1) && refused.aside.contains("root key"), "{refused:?}");
    assert_eq!(stands().await?, before, "who was refused has changed something");
    for node in &mut nodes {
        node.start_again().await?;
    }
    for worker in &workers {
        worker.recognise(&clients[0]).await?;
        Tokens::of(&clients[0].refresh(&worker.tokens.refresh).await?.expect(200)?.json()?)?;
    }
    visitor.client.get("/api/v1/me").await?.expect(200)?;
    let shown = page.get("/profile").await?.expect(200)?.text();
    assert!(shown.contains(&visitor.person.email), "{shown}");
    let keys = nodes[0].database().number("SELECT COUNT(*) FROM keyring WHERE name = 'wrapping'").await?;
    assert_eq!(keys, 1, "the old wrapping key is gone");
    program.run(&["audit", "verify"]).await?.expect(0).map(drop)
}

async fn logged_in_by_page(client: &Client, resident: &Resident) -> Outcome<Client> {
    let page = client.with_cookies()?;
    let fields =
        [("login", resident.person.username.as_str()), ("password", resident.person.password.as_str())];
    forms::submit(&page, "/log-in", &fields).await?.expect(303)?;
    Ok(page)
}

/// The name of the one key that was in force before.
fn old_key(server: &Server) -> Outcome<PathBuf> {
    let names = std::fs::read_dir(server.data())?.map(|entry| Ok(PathBuf::from(entry?.file_name())));
    let names: Vec<PathBuf> = names.collect::<Outcome<_>>()?;
    let mut old = names.into_iter().filter(|name| name.to_string_lossy().starts_with("root.key.old-"));
    match (old.next(), old.next()) {
        (Some(name), None) => Ok(name),
        other => Err(format!("one old key was expected: {other:?}").into()),
    }
}
