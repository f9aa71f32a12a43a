use crate::copies::{self, copied, differing, everything, stop};
use journeys::database::Database;
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines};
use std::path::Path;

on_both_engines!(
    what_does_not_belong_together_does_not_start_and_nothing_is_touched,
    a_thief_of_one_half_or_of_both_has_nothing,
);

/// A root key that is none of ours.
fn another_key() -> String {
    "5eed".repeat(16)
}

fn protect(path: &Path, mode: u32) -> Outcome {
    Ok(std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))?)
}

/// Whether it ended by itself and said that it could not go on.
fn ended_badly(told: &str) -> bool {
    ["1", "2"].iter().any(|status| told.contains(&format!("ended with exit status: {status}")))
}

/// Starts what has to refuse, and looks whether anything has changed.
async fn is_refused(settings: Settings, watched: &Server, why: &str) -> Outcome {
    let before = everything(watched).await?;
    let told = Server::refusal(settings).await?;
    assert!(ended_badly(&told) && told.contains(why), "{why}: {told}");
    assert!(!told.contains("panicked"), "{told}");
    assert_eq!(differing(&before, &everything(watched).await?), Vec::<std::path::PathBuf>::new(), "{why}");
    Ok(())
}

/// K2 and N5.
async fn what_does_not_belong_together_does_not_start_and_nothing_is_touched(engine: Engine) -> Outcome {
    let mut server = Server::start(Settings::on(engine)).await?;
    let someone = Resident::user(&server).await?;
    let mut other = Server::start(Settings::on(engine)).await?;
    other.client()?.newcomer().await?;
    stop(&mut server).await?;
    stop(&mut other).await?;
    let ours = || Settings::on(engine).living_in(server.home()).database(server.database().clone());
    let whole = || ours().vault(server.vault().clone());

    is_refused(whole().with("KEYS__ROOT_KEY", &another_key()), &server, "the root key is not the one")
        .await?;
    is_refused(whole().with("KEYS__ROOT_KEY", "abcdef"), &server, "root_key").await?;
    let key = server.data().join("root.key");
    let text = std::fs::read(&key)?;
    std::fs::write(&key, another_key())?;
    is_refused(whole(), &server, "the root key is not the one").await?;
    std::fs::write(&key, &text[..40])?;
    is_refused(whole(), &server, "root.key").await?;
    std::fs::write(&key, &text)?;
    protect(&key, 0o644)?;
    is_refused(whole(), &server, "root.key").await?;
    protect(&key, 0o600)?;
    let aside = server.data().join("aside");
    std::fs::rename(&key, &aside)?;
    is_refused(whole(), &server, "there is no root key at").await?;
    assert!(!key.exists(), "a second root key was made");
    std::fs::rename(&aside, &key)?;

    is_refused(ours().vault(other.vault().clone()), &server, "belongs to another installation").await?;
    is_refused(ours().vault(other.vault().clone()), &other, "belongs to another installation").await?;
    let empty = match engine {
        Engine::Sqlite => Database::Sqlite(server.home().path().join("empty.db")),
        Engine::Postgres => Database::create(engine, server.home().path()).await?,
    };
    is_refused(ours().vault(empty), &server, "the vault is empty").await?;
    is_refused(ours().vault(server.database().clone()), &server, "two databases").await?;
    let swapped = ours().database(server.vault().clone()).vault(server.database().clone());
    is_refused(swapped, &server, "can't be the").await?;

    server.start_again().await?;
    assert_eq!(someone.again(&server).await?.knocks().await?, 200);
    Ok(())
}

/// K11: what is carried off is opened neither by hand nor by a Xtrem of the thief's own.
async fn a_thief_of_one_half_or_of_both_has_nothing(engine: Engine) -> Outcome {
    let mut server = Server::start(Settings::on(engine).unthrottled()).await?;
    let someone = Resident::user(&server).await?;
    stop(&mut server).await?;
    let (main, vault) = (copied(server.database()).await?, copied(server.vault()).await?);
    let den = || Settings::on(engine).with("KEYS__ROOT_KEY", &another_key());
    for (settings, why) in [
        (den().database(main.clone()), "nothing was touched"),
        (den().vault(vault.clone()), "belongs to another installation"),
        (den().database(main.clone()).vault(vault.clone()), "the root key is not the one"),
    ] {
        let told = Server::refusal(settings).await?;
        assert!(ended_badly(&told) && told.contains(why), "{why}: {told}");
    }
    for half in [&main, &vault] {
        let raw = match half {
            Database::Sqlite(path) => std::fs::read(path)?,
            Database::Postgres(_) => copies::dump(half).await?.into_bytes(),
        };
        let secrets = someone.person.secrets();
        let traces = journeys::traces::Traces::of(secrets.iter().map(String::as_str));
        assert!(traces.within(&raw).is_empty(), "{:?}", traces.within(&raw));
    }
    Ok(())
}

/// K11: the two are opened with credentials of their own, of which neither is good for the other.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_database_is_opened_with_rights_that_reach_no_further() -> Outcome {
    let cluster = journeys::cluster::Cluster::start().await?;
    let desk = Database::Postgres(cluster.url().to_owned());
    let mut urls = Vec::new();
    for (role, database) in [("keeper", "main_half"), ("warden", "vault_half")] {
        desk.execute(&format!("CREATE ROLE {role} LOGIN")).await?;
        desk.execute(&format!("CREATE DATABASE {database} OWNER {role}")).await?;
        desk.execute(&format!("REVOKE ALL ON DATABASE {database} FROM PUBLIC")).await?;
        let url = cluster.url().replace("postgres@", &format!("{role}@"));
        urls.push(url.rsplit_once('/').map(|(host, _)| format!("{host}/{database}")).unwrap_or_default());
    }
    let [main, vault] = [&urls[0], &urls[1]].map(|url| Database::Postgres(url.clone()));
    let mut server = Server::start(Settings::on(Engine::Postgres).database(main).vault(vault)).await?;
    let someone = Resident::user(&server).await?;
    assert_eq!(someone.knocks().await?, 200);
    for (url, role, own) in [(&urls[0], "keeper", "warden"), (&urls[1], "warden", "keeper")] {
        let intruder = Database::Postgres(url.replace(&format!("{role}@"), &format!("{own}@")));
        let told =
            intruder.number("SELECT 1").await.err().ok_or("somebody else's rights open it")?.to_string();
        assert!(told.contains("permission denied"), "{told}");
    }
    stop(&mut server).await?;
    server.start_again().await?;
    assert_eq!(someone.again(&server).await?.knocks().await?, 200);
    Ok(())
}
