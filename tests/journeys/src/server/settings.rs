//! How a service is started.

use crate::database::{Database, Engine};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// How a service is started. What is not said is left to the product's own defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) engine: Engine,
    pub(super) database: Option<Database>,
    pub(super) vault: Option<Database>,
    pub(super) vault_is_a_file: bool,
    pub(super) home: Option<Arc<TempDir>>,
    pub(super) listen: Option<String>,
    pub(super) environment: Vec<(String, String)>,
    /// How far back the clock begins, if it is one that the journey moves.
    pub(super) movable_clock: Option<Duration>,
}

impl Settings {
    /// On data of its own.
    #[must_use]
    pub const fn on(engine: Engine) -> Self {
        let environment = Vec::new();
        Self {
            engine,
            database: None,
            vault: None,
            vault_is_a_file: false,
            home: None,
            listen: None,
            environment,
            movable_clock: None,
        }
    }

    /// On that database.
    #[must_use]
    pub fn database(self, database: Database) -> Self {
        Self { database: Some(database), ..self }
    }

    /// With that vault. Otherwise it is one of the same engine: a file is of one machine, and processes may be several.
    #[must_use]
    pub fn vault(self, vault: Database) -> Self {
        Self { vault: Some(vault), ..self }
    }

    /// With a vault in the data folder, as the product's default has it wherever the first database is.
    #[must_use]
    pub fn with_vault_in_a_file(self) -> Self {
        Self { vault_is_a_file: true, ..self }
    }

    /// In that folder, where something may lie already.
    #[must_use]
    pub fn living_in(self, home: &Arc<TempDir>) -> Self {
        Self { home: Some(Arc::clone(home)), ..self }
    }

    /// At that address.
    #[must_use]
    pub fn listening_at(self, listen: &str) -> Self {
        Self { listen: Some(listen.to_owned()), ..self }
    }

    /// With one more setting, as `SECTION__KEY`.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.environment.push((format!("XTREM_{key}"), value.to_string()));
        self
    }

    /// By a clock that the journey moves.
    #[must_use]
    pub fn with_movable_clock(self) -> Self {
        self.with_clock_set_back(Duration::ZERO)
    }

    /// By such a clock, which begins so long ago.
    #[must_use]
    pub fn with_clock_set_back(self, time: Duration) -> Self {
        Self { movable_clock: Some(time), ..self }
    }

    /// Where attempts at passwords are not slowed down.
    #[must_use]
    pub fn unthrottled(self) -> Self {
        self.with("THROTTLE__ENABLED", "false")
    }
}
