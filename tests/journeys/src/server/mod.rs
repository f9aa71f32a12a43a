//! The service itself: started, listened to, stopped, killed, started again.

mod clock;
mod commands;
mod log;
mod place;
mod program;
mod settings;
mod standstill;

pub use program::{Ended, Program};
pub use settings::Settings;

use crate::database::Database;
use crate::{Client, Outcome, wait};
use log::{Log, Ready};
use place::Place;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use tempfile::TempDir;

/// A running service. Killed when it is dropped.
#[derive(Debug)]
pub struct Server {
    settings: Settings,
    place: Place,
    url: String,
    setup_link: Option<String>,
    metrics: Option<String>,
    child: Child,
    log: Log,
}

impl Server {
    /// Starts one and does not wait for it.
    pub async fn launch(settings: Settings) -> Outcome<Self> {
        let place = Place::of(&settings).await?;
        let log = Log::begin()?;
        let child = place.spawn(&settings, &log)?;
        let url = format!("http://{}", place.listen);
        Ok(Self { settings, place, url, setup_link: None, metrics: None, child, log })
    }

    /// Starts one and waits until it says that it is ready.
    pub async fn start(settings: Settings) -> Outcome<Self> {
        let mut server = Self::launch(settings).await?;
        let ready = server.await_readiness().await?;
        server.setup_link = ready.setup_link;
        server.metrics = ready.metrics;
        Ok(server)
    }

    /// Starts several processes at the same moment on the same data, all known under one address.
    pub async fn start_together(settings: Settings, number: usize) -> Outcome<Vec<Self>> {
        let Place { home, database, vault, .. } = Place::of(&settings).await?;
        let settings = settings.with("SERVER__PUBLIC_URL", "http://127.0.0.1:1");
        let settings = settings.database(database).vault(vault).living_in(&home);
        let mut starting = tokio::task::JoinSet::new();
        for _ in 0..number {
            starting.spawn(Self::start(settings.clone()));
        }
        let mut servers = Vec::new();
        while let Some(server) = starting.join_next().await {
            servers.push(server??);
        }
        Ok(servers)
    }

    /// Starts the service again where it was, on the same data and the same address.
    pub async fn start_again(&mut self) -> Outcome {
        self.child = self.place.spawn(&self.settings, &self.log)?;
        let ready = self.await_readiness().await?;
        self.setup_link = ready.setup_link;
        self.metrics = ready.metrics;
        Ok(())
    }

    /// Changes a setting, which is in force from the next start on.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings = self.settings.clone().with(key, value);
    }

    /// Starts a second process on the same data, at an address of its own.
    pub async fn start_beside(&self) -> Outcome<Self> {
        let Place { home, database, vault, .. } = self.place.clone();
        Self::start(self.settings.clone().database(database).vault(vault).living_in(&home)).await
    }

    /// Starts a service that is expected to refuse, and answers with what it said.
    pub async fn refusal(settings: Settings) -> Outcome<String> {
        match Self::start(settings).await {
            Ok(_) => Err("the service should have refused to start".into()),
            Err(failure) => Ok(failure.to_string()),
        }
    }

    async fn await_readiness(&mut self) -> Outcome<Ready> {
        let begun = std::time::Instant::now();
        while begun.elapsed() < wait::PATIENCE {
            if let Some(ready) = self.log.ready() {
                return Ok(ready);
            }
            if let Some(status) = self.child.try_wait()? {
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
                return Err(format!("the service ended with {status}:\n{}", self.log.text()).into());
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Err(format!("the service did not become ready:\n{}", self.log.text()).into())
    }

    /// Where it answers, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.place.listen
    }

    /// The one-time link that creates the first administrator, as long as there is none.
    #[must_use]
    pub fn setup_link(&self) -> Option<&str> {
        self.setup_link.as_deref()
    }

    /// Where it tells its metrics, without a slash at the end.
    #[must_use]
    pub fn metrics(&self) -> Option<&str> {
        self.metrics.as_deref()
    }

    /// Its database.
    #[must_use]
    pub const fn database(&self) -> &Database {
        &self.place.database
    }

    /// Its vault.
    #[must_use]
    pub const fn vault(&self) -> &Database {
        &self.place.vault
    }

    /// The folder in which everything of it lies that lies in files.
    #[must_use]
    pub const fn home(&self) -> &Arc<TempDir> {
        &self.place.home
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.place.data()
    }

    /// Somebody who can talk to it.
    pub fn client(&self) -> Outcome<Client> {
        Client::of(&self.url)
    }

    /// Everything it has written so far, on both of its outputs and through all of its starts.
    #[must_use]
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Ends it as a power switch would (SIGKILL).
    pub fn kill(&mut self) -> Outcome {
        self.child.kill()?;
        self.child.wait()?;
        self.log.forget_readiness();
        Ok(())
    }

    /// Asks it to end (SIGTERM).
    pub fn terminate(&self) -> Outcome {
        self.signal("TERM")
    }

    /// Asks it to read its settings again (SIGHUP).
    pub fn hang_up(&self) -> Outcome {
        self.signal("HUP")
    }

    /// Lets no file of it grow beyond so many bytes: what a full disk is to it. `None` makes room again.
    pub fn limit_files(&self, bytes: Option<u64>) -> Outcome {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        let pid = self.child.id().to_string();
        let set =
            Command::new("prlimit").args(["--pid", &pid, &format!("--fsize={limit}:unlimited")]).status()?;
        if set.success() { Ok(()) } else { Err("the limit was not set".into()) }
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> Outcome<bool> {
        Ok(self.child.try_wait()?.is_some())
    }

    /// Waits for its end.
    pub async fn ended(&mut self) -> Outcome<ExitStatus> {
        let begun = std::time::Instant::now();
        while begun.elapsed() < wait::PATIENCE {
            if let Some(status) = self.child.try_wait()? {
                self.log.forget_readiness();
                return Ok(status);
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        Err("the service did not end".into())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
