//! N8: several processes start at the same moment, on nothing and on what an earlier version has left.

use crate::eye::Eye;
use journeys::database::Database;
use journeys::{Engine, Outcome, Server, Settings};
use std::sync::Arc;

/// How many of them.
const NODES: usize = 3;

/// The keys of an installation, each once.
const KEYRING: [&str; 6] = ["audit 1", "documents 1", "index 1", "nobody 1", "tokens 1", "wrapping 1"];

/// A database as the version before the vault has left it, and the root key that it was made with.
const PREVIOUS: &str = include_str!("../../../../bootstrap/tests/fixtures/previous.sql");
const ROOT_KEY: &str = "22ba59e24737b75ff53f9bf878fd9c9345d40b952d7dfee175d98c2a2ee26221";

/// All of them agree on one installation: one keyring, one vault that belongs to it, one key that signs.
async fn assert_one_house(nodes: &[Server]) -> Outcome {
    let (main, vault) = (nodes[0].database(), nodes[0].vault());
    let keys = main.texts("SELECT name || ' ' || id FROM keyring ORDER BY name, id").await?;
    assert_eq!(keys, KEYRING);
    assert_eq!(main.number("SELECT COUNT(*) FROM signing_keys").await?, 1);
    let digits = |column: &str| match main {
        Database::Sqlite(_) => format!("lower(hex({column}))"),
        Database::Postgres(_) => format!("{column}::text"),
    };
    let installation = main.texts(&format!("SELECT {} FROM instance WHERE has_vault", digits("id"))).await?;
    assert_eq!(installation.len(), 1);
    assert_eq!(vault.texts(&format!("SELECT {} FROM vault", digits("instance_id"))).await?, installation);
    // Whoever signs up at one of them is known to all, and what one has signed all can check.
    let documents = nodes[0].client()?.get("/.well-known/document-keys.json").await?.expect(200)?.json()?;
    for node in nodes {
        let (person, _, tokens) = node.client()?.newcomer().await?;
        for other in nodes {
            let client = other.client()?;
            let view = client.bearing(&tokens.access).get("/api/v1/me").await?.expect(200)?.json()?;
            assert_eq!(view["email"], person.email.as_str(), "{view}");
            assert_eq!(client.get("/.well-known/document-keys.json").await?.expect(200)?.json()?, documents);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_on_empty_servers_make_one_house() -> Outcome {
    for _ in 0..5 {
        let nodes = Server::start_together(Settings::on(Engine::Postgres), NODES).await?;
        assert_one_house(&nodes).await?;
    }
    Ok(())
}

/// What the version before has kept in clear is sealed once, by whoever comes first, and nobody is lost by it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_together_on_a_database_of_before_move_it_once() -> Outcome {
    for _ in 0..3 {
        let home = Arc::new(tempfile::Builder::new().prefix("xtrem-journey-").tempdir()?);
        let database = Database::Sqlite(home.path().join("journey.db"));
        std::fs::write(home.path().join("journey.db"), "")?;
        database.execute(PREVIOUS).await?;
        let settings = Settings::on(Engine::Sqlite).database(database).living_in(&home);
        let nodes = Server::start_together(settings.with("KEYS__ROOT_KEY", ROOT_KEY), NODES).await?;
        let main = nodes[0].database();
        for clear in [
            "SELECT COUNT(*) FROM personal_data",
            "SELECT COUNT(*) FROM events WHERE in_clear OR address IS NOT NULL",
            "SELECT COUNT(*) FROM sessions WHERE address IS NOT NULL OR device_name IS NOT NULL",
        ] {
            assert_eq!(main.number(clear).await?, 0, "{clear}");
        }
        assert!(Eye::open(&nodes[0]).await?.sight().await?.is_whole());
        let listed = nodes[0].program()?.run(&["user", "list", "--json"]).await?.expect(0)?;
        for email in ["ann@example.com", "bob22@example.com"] {
            assert!(listed.contains(email), "{email}: {listed}");
        }
        assert_one_house(&nodes).await?;
        nodes[0].program()?.run(&["audit", "verify"]).await?.expect(0)?;
    }
    Ok(())
}
