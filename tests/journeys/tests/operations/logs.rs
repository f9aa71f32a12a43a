use crate::lines;
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, wait};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

on_both_engines!(whatever_concerns_security_is_a_line_that_names_nobody);

#[tokio::test]
async fn a_request_is_one_line_with_the_pattern_of_its_path() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let ann = Resident::user(&server).await?;
    let client = server.client()?;
    let cases = [
        (ann.client.get("/api/v1/me?token=hunter2").await?, "/api/v1/me", Some(&ann.id)),
        (ann.client.get(&ann.at("?secret=hunter2")).await?, "/api/v1/users/{id}", Some(&ann.id)),
        (client.get("/log-in?login=hunter2").await?, "/log-in", None),
        (client.get("/setup/hunter2").await?, "/setup/{token}", None),
        (client.get("/nowhere/hunter2").await?, "unknown", None),
        (client.get("/api/hunter2").await?, "unknown", None),
        (client.get("/.well-known/jwks.json").await?, "/.well-known/jwks.json", None),
    ];
    for (answer, route, user) in &cases {
        let line = lines::of_request(&server, answer.header("x-request-id")).await?;
        assert_eq!((line["route"].as_str(), line["method"].as_str()), (Some(*route), Some("GET")), "{line}");
        assert_eq!(line["status"], answer.status, "{line}");
        assert!(line["duration_us"].is_u64() || line["duration_us"].is_string(), "{line}");
        assert_eq!(line["user_id"].as_str(), user.map(String::as_str), "{line}");
    }
    assert!(!server.log().contains("hunter2"));
    Ok(())
}

#[tokio::test]
async fn probes_are_no_lines_unless_somebody_wants_to_see_them() -> Outcome {
    for (level, is_seen) in [("info", false), ("info,http_api=debug", true)] {
        let server = Server::start(Settings::on(Engine::Sqlite).with("LOG__LEVEL", level)).await?;
        let client = server.client()?;
        let sent = AtomicUsize::new(0);
        wait::until("readiness", async || {
            sent.fetch_add(1, Ordering::Relaxed);
            Ok((client.get("/health/ready").await?.status == 200).then_some(()))
        })
        .await?;
        let last = client.get("/docs").await?.expect(200)?;
        lines::of_request(&server, last.header("x-request-id")).await?;
        let told = lines::saying(&server, "answered");
        let probes = told.iter().filter(|line| line["route"] == "/health/ready").count();
        assert_eq!(probes, if is_seen { sent.into_inner() } else { 0 }, "{level}");
    }
    Ok(())
}

/// Log-in, log-out, failed attempt, refresh, reuse, refusal.
async fn whatever_concerns_security_is_a_line_that_names_nobody(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).with("SESSIONS__REFRESH_GRACE_SECONDS", "0")).await?;
    let client = server.client()?;
    let ann = Resident::user(&server).await?;
    let wrong = json!({"login": ann.person.email, "password": "marker-wrong-password"});
    client.post("/api/v1/sessions", &wrong).await?.expect(401)?;
    ann.refreshed().await?;
    client.refresh(&ann.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    let again = ann.again(&server).await?;
    again.client.get("/api/v1/users").await?.expect(403)?;
    again.client.delete("/api/v1/sessions/current").await?.expect(204)?;

    let expected = [
        ("logged_in", 2),
        ("log_in_failed", 1),
        ("session_refreshed", 1),
        ("refresh_token_reused", 1),
        ("access_refused", 1),
        ("logged_out", 1),
    ];
    for (kind, number) in expected {
        let lines = lines::events(&server, kind, number).await?;
        for line in &lines {
            assert_eq!(line["subject"], ann.id.as_str(), "{line}");
            assert!(line["request_id"].is_string() && line["actor"].is_string(), "{line}");
            assert!(!line.to_string().contains("127.0.0.1"), "no address: {line}");
        }
    }
    let log = server.log();
    for secret in ann.person.secrets().iter().chain([&"marker-wrong-password".to_owned()]) {
        assert!(!log.contains(secret.as_str()), "{secret}");
    }
    Ok(())
}

fn files(folder: &std::path::Path) -> Outcome<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(entries.into_iter().map(|entry| entry.path()).collect())
}

#[tokio::test]
async fn a_file_a_day_holds_the_same_lines_for_its_owner_alone() -> Outcome {
    let home = tempfile::tempdir()?;
    let folder = home.path().join("log");
    let settings = Settings::on(Engine::Sqlite).with("LOG__DIR", &folder.display().to_string());
    let mut server = Server::start(settings).await?;
    let answer = server.client()?.get("/docs").await?.expect(200)?;
    let id = answer.header("x-request-id").to_owned();
    lines::of_request(&server, &id).await?;
    let found = wait::until("the same line in the file", async || {
        let found = files(&folder)?;
        let text = found.first().map(std::fs::read_to_string).transpose()?.unwrap_or_default();
        Ok(text.contains(&id).then_some((found, text)))
    });
    let (found, text) = found.await?;
    assert_eq!(found.len(), 1, "{found:?}");
    let name = found[0].file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    assert_eq!(name.split('.').map(str::len).collect::<Vec<_>>(), [5, 10, 3], "xtrem.YYYY-MM-DD.log: {name}");
    assert_eq!(std::fs::metadata(&found[0])?.permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::metadata(&folder)?.permissions().mode() & 0o777, 0o700);
    assert!(text.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{text}");
    server.terminate()?;
    assert!(server.ended().await?.success());
    let text = std::fs::read_to_string(&found[0])?;
    assert_eq!(text.matches("\"ready\"").count(), 1, "{text}");
    assert!(server.setup_link().is_some() && !text.contains("/setup/"), "a file is kept: {text}");
    assert!(text.contains("\"stopped\""), "the last line is written, too: {text}");
    Ok(())
}

/// N3, for the log: a disk that is full is no reason not to serve.
#[tokio::test]
async fn a_log_folder_that_can_not_be_written_stops_nobody() -> Outcome {
    let home = tempfile::tempdir()?;
    let folder = home.path().join("log");
    let settings = Settings::on(Engine::Sqlite).with("LOG__DIR", &folder.display().to_string());
    let server = Server::start(settings).await?;
    let client = server.client()?;
    client.newcomer().await?;
    std::fs::remove_dir_all(&folder)?;
    std::fs::write(&folder, "in the way")?;
    for _ in 0..50 {
        client.get("/docs").await?.expect(200)?;
    }
    let answer = client.get("/.well-known/jwks.json").await?.expect(200)?;
    lines::of_request(&server, answer.header("x-request-id")).await?;
    client.newcomer().await.map(drop)
}

#[tokio::test]
async fn on_a_terminal_or_asked_for_lines_are_for_people() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let program = server.program()?.with("LOG__FORMAT", "text").with("SERVER__LISTEN", "127.0.0.1:0");
    let program = program.with("DATA__DIR", "other").with("DATABASE__URL", "sqlite:other/a.db");
    let mut child = program.with("VAULT__URL", "sqlite:other/b.db").begin(&["serve"])?;
    let output = child.stdout.take().ok_or("it has an output")?;
    let lines = tokio::task::spawn_blocking(move || {
        use std::io::{BufRead, BufReader};
        BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .take_while(|line| !line.starts_with("first "))
            .collect()
    });
    let lines: Vec<String> = lines.await?;
    child.kill()?;
    child.wait()?;
    for begins in ["Xtrem 0.", "pages ", "API ", "metrics "] {
        assert!(lines.iter().any(|line| line.starts_with(begins)), "{begins}: {lines:?}");
    }
    Ok(())
}
