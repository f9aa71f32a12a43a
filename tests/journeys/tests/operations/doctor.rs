use journeys::server::Program;
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt;

on_both_engines!(a_sound_installation_gets_a_clean_bill);

/// The exit code, and every finding.
async fn findings(program: &Program) -> Outcome<(Option<i32>, Vec<Value>)> {
    let ended = program.run(&["doctor", "--json"]).await?;
    let told: Value = serde_json::from_str(&ended.output).map_err(|error| format!("{error}: {ended:?}"))?;
    let list = told.as_array().or_else(|| told["findings"].as_array());
    Ok((ended.code, list.cloned().ok_or_else(|| format!("no findings: {told}"))?))
}

fn troubles(findings: &[Value]) -> Vec<&Value> {
    findings.iter().filter(|finding| finding["verdict"] == "trouble").collect()
}

async fn a_sound_installation_gets_a_clean_bill(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    Resident::administrator(&server).await?;
    let program = server.program()?;
    let before = std::fs::read_dir(server.data())?.count();
    let (code, found) = findings(&program).await?;
    assert_eq!((code, troubles(&found).len()), (Some(0), 0), "{found:?}");
    assert!(found.len() >= 8, "{found:?}");
    assert_eq!(std::fs::read_dir(server.data())?.count(), before, "it makes nothing");
    let text = program.run(&["doctor"]).await?.expect(0)?;
    assert!(text.lines().count() >= 8, "{text}");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_is_named_with_what_would_help() -> Outcome {
    let mut server = Server::start(Settings::on(Engine::Sqlite)).await?;
    Resident::administrator(&server).await?;
    server.terminate()?;
    server.ended().await?;
    let program = server.program()?;
    let key = server.data().join("root.key");
    let text = std::fs::read_to_string(&key)?;

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644))?;
    let (code, found) = findings(&program).await?;
    assert_eq!(code, Some(1), "{found:?}");
    assert!(troubles(&found).iter().any(|finding| finding.to_string().contains("root.key")), "{found:?}");
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600))?;

    std::fs::write(&key, "ab".repeat(32))?;
    let (code, found) = findings(&program).await?;
    assert_eq!(code, Some(1), "another root key: {found:?}");
    std::fs::write(&key, text)?;

    let away = server.data().join("vault.away");
    std::fs::rename(server.data().join("vault.db"), &away)?;
    let (code, found) = findings(&program).await?;
    assert_eq!(code, Some(1), "no vault: {found:?}");
    assert!(!server.data().join("vault.db").exists(), "it makes nothing");
    std::fs::rename(&away, server.data().join("vault.db"))?;

    let (code, found) = findings(&program.clone().with("HEALTH__MINIMUM_FREE_MIB", "1048576")).await?;
    assert_eq!(code, Some(1), "no room: {found:?}");
    assert_eq!(findings(&program).await?.0, Some(0));
    // Every fault of the settings, in one go.
    let ended =
        program.with("SERVER__LISTEN", "nowhere").with("LOG__FORMAT", "loud").run(&["doctor"]).await?;
    assert_ne!(ended.code, Some(0));
    let told = format!("{}{}", ended.output, ended.aside);
    assert!(told.contains("SERVER__LISTEN") && told.contains("LOG__FORMAT"), "{told}");
    Ok(())
}

#[tokio::test]
async fn shells_and_man_are_told_every_command() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let program = server.program()?;
    for shell in ["bash", "zsh", "fish"] {
        let text = program.run(&["completions", shell]).await?.expect(0)?;
        assert!(text.contains("doctor") && text.contains("suspend"), "{shell}");
    }
    let page = program.run(&["man"]).await?.expect(0)?;
    assert!(page.contains(".TH") && page.contains("doctor"), "{page}");
    let folder = server.home().path().join("man");
    program.run(&["man", "--dir", &folder.display().to_string()]).await?.expect(0)?;
    assert!(folder.join("xtrem.1").exists() && folder.join("xtrem-user-create.1").exists());
    Ok(())
}
