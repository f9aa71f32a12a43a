//! What every command takes: where settings come from. And a look at them.

use crate::config::{self, Config, Flag, Loaded, LogFormat, Problems, Sources};
use crate::failure::Failure;
use crate::output;
use crate::telemetry;
use ::telemetry::Telemetry;
use clap::Args;
use serde_json::{Value, json};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::time::Duration;

/// How long a command waits for a turn to write.
const PATIENCE: Duration = Duration::from_secs(20);
/// What every command takes, apart from what is its own.
const HEADING: &str = "Settings";

/// Settings that stand above every file and variable.
#[derive(Args)]
pub(super) struct SettingsArgs {
    /// Read this file instead of config.toml
    #[arg(long, global = true, value_name = "FILE", help_heading = HEADING)]
    config: Option<PathBuf>,
    /// Where Xtrem keeps its files (data.dir)
    #[arg(long, global = true, value_name = "FOLDER", help_heading = HEADING)]
    data_dir: Option<String>,
    /// Where the service listens (server.listen)
    #[arg(long, global = true, value_name = "ADDRESS:PORT", help_heading = HEADING)]
    listen: Option<String>,
}

impl SettingsArgs {
    /// Where they are read from.
    pub(super) fn sources(self) -> Sources {
        let flag = |name, key, value: Option<String>| value.map(|value| Flag { name, key, value });
        let flags =
            [flag("--data-dir", "data.dir", self.data_dir), flag("--listen", "server.listen", self.listen)];
        let flags = flags.into_iter().flatten().collect();
        Sources::of_this_process(self.config, flags, io::stdout().is_terminal())
    }

    /// Reads them.
    pub(super) fn load(self) -> Result<Config, Failure> {
        Ok(config::load(&self.sources())?.config)
    }

    /// Loads the settings and begins to log beside the answer, for people: what is wrong, unless more was asked for.
    pub(super) fn load_for_command(self) -> Result<(Config, Telemetry), Failure> {
        let mut config = self.load()?;
        // A service that writes all the time leaves others few turns, and whoever gives a command can wait.
        for database in [&mut config.database, &mut config.vault.database] {
            database.patience = PATIENCE;
        }
        let mut log = config.log.clone();
        log.format = LogFormat::Text;
        if !log.is_asked_for {
            "warn".clone_into(&mut log.filter);
        }
        let telemetry = telemetry::start_aside(&log).map_err(|error| Failure::of(&error))?;
        Ok((config, telemetry))
    }
}

/// Show the settings in force and where each comes from; open nothing
///
/// What is printed is a config.toml by itself. Secrets are redacted. Everything that is wrong is told at once.
#[derive(Args)]
pub(super) struct CheckConfig {
    /// Print one JSON object: the settings and what is worth a second thought, or all that is wrong
    #[arg(long)]
    json: bool,
}

impl CheckConfig {
    /// Shows them.
    pub(super) fn execute(&self, settings: SettingsArgs) -> Result<(), Failure> {
        let loaded = config::load(&settings.sources());
        if self.json {
            output::line(json(loaded.as_ref())?)?;
        }
        let Loaded { report, warnings, .. } = loaded?;
        if self.json {
            return Ok(());
        }
        output::line("# What is in force and where it comes from; secrets are redacted.\n")?;
        output::text(&report.to_string())?;
        for warning in &warnings {
            output::aside(format!("warning: {warning}"));
        }
        Ok(())
    }
}

fn json(loaded: Result<&Loaded, &Problems>) -> Result<Value, Failure> {
    Ok(match loaded {
        // The report is TOML already, and so knows a number from a text.
        Ok(Loaded { report, warnings, .. }) => {
            let settings: toml::Table =
                toml::from_str(&report.to_string()).map_err(|error| Failure::of(&error))?;
            json!({"good": true, "settings": settings, "warnings": warnings})
        }
        Err(Problems(problems)) => {
            let faults = problems.iter().map(|problem| {
                let place = problem.place.as_ref().map(ToString::to_string);
                json!({"setting": problem.subject, "place": place, "text": problem.text})
            });
            json!({"good": false, "faults": faults.collect::<Vec<_>>()})
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn loaded(text: &str) -> Value {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        let sources = Sources { directory: folder.path().to_owned(), ..Sources::default() };
        json(config::load(&sources).as_ref()).unwrap()
    }

    #[test]
    fn settings_are_shown_to_programs_with_their_kinds() {
        let told = loaded("[database]\nurl = \"postgres://x:hunter2@db/x\"\n[passwords]\nqueue = 7\n");
        assert_eq!((&told["good"], &told["settings"]["passwords"]["queue"]), (&json!(true), &json!(7)));
        assert!(!told.to_string().contains("hunter2") && told["warnings"].is_array(), "{told}");
    }

    #[test]
    fn everything_that_is_wrong_is_shown_to_programs_too() {
        let told = loaded("[passwords]\nqueue = \"x\"\n[server]\nlistne = 1\n");
        assert_eq!(told["good"], json!(false));
        let faults = told["faults"].as_array().unwrap();
        let settings: Vec<&str> = faults.iter().filter_map(|fault| fault["setting"].as_str()).collect();
        assert_eq!(settings, ["passwords.queue", "server.listne"]);
        assert!(faults[0]["place"].as_str().unwrap().contains("line 2"), "{told}");
    }
}
