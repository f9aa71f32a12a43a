//! Another run of the binary with the settings of a service, whatever comes of it.

use super::Server;
use crate::{Outcome, binary};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// How a run of the binary is set up.
#[derive(Clone, Debug)]
pub struct Program {
    folder: PathBuf,
    environment: Vec<(String, String)>,
    /// How large its files may become, in units of 1024 bytes.
    files_up_to: Option<u64>,
}

/// How a run ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The exit code; none where it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub output: String,
    /// What it printed beside that.
    pub aside: String,
}

impl Program {
    /// With one more setting, as `SECTION__KEY`, in the place of the one before.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.push((format!("XTREM_{key}"), value.to_owned()));
        self
    }

    /// With a variable of the environment that is no setting, in the place of the one before.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With files that can't become larger than so many bytes: what a full disk is to it.
    #[must_use]
    pub fn with_files_up_to(self, bytes: u64) -> Self {
        Self { files_up_to: Some(bytes / 1024), ..self }
    }

    /// Begins to run, with its outputs going to whoever holds the other ends.
    pub fn begin(&self, arguments: &[&str]) -> Outcome<Child> {
        let mut command = match self.files_up_to {
            None => Command::new(binary::path()?),
            Some(limit) => {
                let mut shell = Command::new("bash");
                shell.args(["-c", &format!("trap '' XFSZ; ulimit -f {limit}; exec \"$0\" \"$@\"")]);
                shell.arg(binary::path()?);
                shell
            }
        };
        let environment = self.environment.iter().map(|(name, value)| (name, value));
        command.args(arguments).current_dir(&self.folder).env_clear().envs(environment);
        Ok(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?)
    }

    /// Runs to the end.
    pub async fn run(&self, arguments: &[&str]) -> Outcome<Ended> {
        let child = self.begin(arguments)?;
        let output = tokio::task::spawn_blocking(move || child.wait_with_output()).await??;
        Ok(Ended {
            code: output.status.code(),
            output: String::from_utf8(output.stdout)?,
            aside: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl Ended {
    /// What it printed, if it ended with that code.
    pub fn expect(self, code: i32) -> Outcome<String> {
        if self.code == Some(code) {
            return Ok(self.output);
        }
        Err(format!("expected the exit code {code}: {self:?}").into())
    }
}

impl Server {
    /// Where the binary is.
    pub fn binary(&self) -> Outcome<PathBuf> {
        binary::path().map(Path::to_owned)
    }

    /// What a process of this service is told by its environment.
    pub fn environment(&self) -> Outcome<Vec<(String, String)>> {
        self.place.environment(&self.settings)
    }

    /// The binary with the settings of this service.
    pub fn program(&self) -> Outcome<Program> {
        let environment = self.place.environment(&self.settings)?;
        Ok(Program { folder: self.place.home.path().to_owned(), environment, files_up_to: None })
    }
}
