use crate::load::only_unavailable;
use journeys::cluster::Cluster;
use journeys::database::Database;
use journeys::{Answer, Client, Engine, Outcome, Person, Server, Settings, wait};
use reqwest::Method;
use serde_json::json;

async fn writes(me: &Client) -> Outcome<Vec<Answer>> {
    let requests = (0..8).map(|number| {
        let me = me.clone();
        async move {
            match number % 3 {
                0 => me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Waits."})).await,
                1 => me.visitor().post("/api/v1/users", &Person::new().sign_up()).await,
                _ => me.post("/api/v1/sessions", &json!({"login": "nobody", "password": "nothing"})).await,
            }
        }
    });
    Client::all_at_once(requests).await
}

async fn assert_unavailable(me: &Client) -> Outcome {
    for answer in writes(me).await? {
        only_unavailable(&answer)?;
    }
    let readiness = me.unready().await?;
    assert!(!readiness.header("retry-after").is_empty(), "{:?}", readiness.headers);
    me.get("/health/live").await?.expect(200)?;
    me.get("/.well-known/jwks.json").await?.expect(200).map(drop)
}

async fn assert_healed(me: &Client, people: i64, database: &Database) -> Outcome {
    wait::until("readiness", async || Ok((me.get("/health/ready").await?.status == 200).then_some(())))
        .await?;
    me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Healed."})).await?.expect(200)?;
    assert_eq!(
        database.number("SELECT COUNT(*) FROM users").await?,
        people,
        "a refused change was made after all"
    );
    me.newcomer().await.map(drop)
}

/// N4: another program holds the file; whoever writes waits for a while, and is then told to come back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_database_is_told_and_heals_by_itself() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let (_, me, _) = server.client()?.newcomer().await?;
    let lock = server.database().lock().await?;
    assert_unavailable(&me).await?;
    me.get("/api/v1/me").await?.expect(200)?;
    drop(lock);
    assert_healed(&me, 1, server.database()).await
}

/// The same with the vault: nobody is written anew, and everybody else goes on as before.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_locked_vault_is_told_and_heals_by_itself() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let (person, me, _) = server.client()?.newcomer().await?;
    let lock = server.vault().lock().await?;
    only_unavailable(&me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Waits."})).await?)?;
    only_unavailable(&me.visitor().post("/api/v1/users", &Person::new().sign_up()).await?)?;
    me.log_in(&person).await?;
    let view = me.get("/api/v1/me").await?.expect(200)?.json()?;
    assert_eq!(view["full_name"], person.full_name.as_str());
    assert_eq!(view["bio"], serde_json::Value::Null, "what was refused was not done");
    me.unready().await?;
    drop(lock);
    assert_healed(&me, 1, server.database()).await
}

/// N2: the database server is gone, and comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_server_is_told_and_found_again() -> Outcome {
    let cluster = Cluster::start().await?;
    let database = Database::create_on(cluster.url()).await?;
    let server = Server::start(Settings::on(Engine::Postgres).database(database)).await?;
    let (_, me, _) = server.client()?.newcomer().await?;
    cluster.stop().await?;
    only_unavailable(&me.get("/api/v1/me").await?)?;
    assert_unavailable(&me).await?;
    cluster.start_again().await?;
    assert_healed(&me, 1, server.database()).await
}

/// N5: a file that is no database, or no longer, is named and left as it is.
#[tokio::test]
async fn a_broken_database_file_is_named_and_never_replaced() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite)).await?;
    server.client()?.newcomer().await?;
    server.terminate()?;
    server.ended().await?;
    for database in [server.database().clone(), server.vault().clone()] {
        let Database::Sqlite(path) = database else { return Err("not a file".into()) };
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let whole = std::fs::read(&path)?;
        for (from, to) in [(0, 100), (0, whole.len()), (4096, 8192)] {
            let mut broken = whole.clone();
            broken[from..to].fill(0x5a);
            std::fs::write(&path, &broken)?;
            if let Err(refusal) = server.start_again().await {
                assert!(refusal.to_string().contains(&name), "{from}..{to}: {refusal}");
            } else {
                // A page that nobody needs to start with is only met later, and then it is told.
                let answer = server.client()?.post("/api/v1/users", &Person::new().sign_up()).await?;
                assert_eq!(answer.status, 503, "{from}..{to}: {}", answer.text());
                server.kill()?;
            }
            assert_eq!(std::fs::read(&path)?[from..to], broken[from..to], "the file was changed");
        }
        std::fs::write(&path, &whole)?;
    }
    server.start_again().await?;
    server.client()?.newcomer().await?;
    Ok(())
}

/// N5: without its root key a database opens nothing, and no new key is made for it.
#[tokio::test]
async fn a_database_without_its_root_key_is_refused_and_gets_no_other() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite)).await?;
    server.client()?.newcomer().await?;
    server.terminate()?;
    server.ended().await?;
    let key = root_key(&server)?;
    std::fs::remove_file(&key)?;
    let refusal = server.start_again().await.err().ok_or("it started without its root key")?.to_string();
    assert!(refusal.contains("root key"), "{refusal}");
    assert!(!key.exists(), "a second root key was made");
    Ok(())
}

/// The root key is for the eyes of its owner only.
fn root_key(server: &Server) -> Outcome<std::path::PathBuf> {
    use std::os::unix::fs::PermissionsExt;
    for entry in std::fs::read_dir(server.data())? {
        let path = entry?.path();
        if path.to_string_lossy().contains("key") {
            assert_eq!(std::fs::metadata(&path)?.permissions().mode() & 0o777, 0o600, "{}", path.display());
            return Ok(path);
        }
    }
    Err("there is no root key in the data folder".into())
}
