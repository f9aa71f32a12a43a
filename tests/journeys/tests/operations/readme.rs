use journeys::{Engine, Outcome, Server, Settings};
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

/// The first block of commands below a heading of the README.
fn block(heading: &str) -> Outcome<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let text = std::fs::read_to_string(path)?;
    let below =
        text.split_once(&format!("\n## {heading}\n")).ok_or_else(|| format!("no heading {heading}"))?.1;
    let block = below.split_once("```sh\n").and_then(|(_, rest)| rest.split_once("```"));
    Ok(block.ok_or("no commands below it")?.0.to_owned())
}

/// The guided tour does what it says, from the first line to the last.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tour_of_the_api_can_be_walked() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let bin = server.home().path().join("bin");
    std::fs::create_dir(&bin)?;
    std::os::unix::fs::symlink(server.binary()?, bin.join("xtrem"))?;
    std::fs::set_permissions(&bin, std::fs::Permissions::from_mode(0o755))?;
    let tour = block("A guided tour of the API")?.replace("127.0.0.1:8080", server.address());
    let tour = format!("PATH={}:$PATH\n{tour}", bin.display());
    let mut shell = Command::new("bash");
    shell.args(["-euo", "pipefail", "-c", &tour]).current_dir(server.home().path());
    shell.envs(server.environment()?);
    let output = tokio::task::spawn_blocking(move || shell.output()).await??;
    let heard = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{heard}\n{}", String::from_utf8_lossy(&output.stderr));
    for expected in [
        "\"/password\"",
        "\"username\":\"ann\"",
        "\"full_name\":\"Ann Lee\"",
        "insufficient-scope",
        "\"device_name\":\"curl\"",
        "session_refreshed",
        "\"keys\"",
        "\"status\":\"suspended\"",
        "account-suspended",
        "user_reinstated",
    ] {
        assert!(heard.contains(expected), "{expected} is missing:\n{heard}");
    }
    Ok(())
}
