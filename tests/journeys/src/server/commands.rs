//! The command line, used beside the running service.

use super::Server;
use crate::{Outcome, binary};
use std::io::Write;
use std::process::{Command, Stdio};

impl Server {
    /// Runs a command on the data of this service, with the same settings, and answers with what it printed.
    pub async fn command(&self, arguments: &[&str]) -> Outcome<String> {
        self.command_with_input(arguments, "").await
    }

    /// The same, for a command that reads something.
    pub async fn command_with_input(&self, arguments: &[&str], input: &str) -> Outcome<String> {
        let mut command = Command::new(binary::path()?);
        command
            .args(arguments)
            .current_dir(self.place.home.path())
            .env_clear()
            .envs(self.place.environment(&self.settings)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let (input, told) = (input.to_owned(), arguments.join(" "));
        let output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn()?;
            if let Some(mut entry) = child.stdin.take() {
                // A command that wants to read nothing may be gone already.
                let _ = entry.write_all(input.as_bytes());
            }
            child.wait_with_output()
        })
        .await??;
        let printed = String::from_utf8(output.stdout)?;
        if output.status.success() {
            return Ok(printed);
        }
        let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
        Err(format!("xtrem {told} ended with {}:\n{printed}\n{complaint}", output.status).into())
    }
}
