//! The command line: what it understands, and how a command ends.
//!
//! A command prints its answer on standard output and everything else on standard error; it exits with 0 when it
//! did what was asked, with 2 when what was asked can't be done as it was said, and with 1 when it did not work.
//! Commands work on the databases directly, through the same use cases as the service, and beside it while it runs.

mod audit;
mod backup;
mod completions;
mod doctor;
mod document;
mod health;
mod house;
mod keys;
mod manual;
mod migrate;
pub mod moment;
mod overview;
mod person;
mod restore;
mod settings;
mod user;

use crate::config::Config;
use crate::failure::Failure;
use crate::{output, serve};
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long work on other threads may still go on when a command is done.
const FAREWELL: Duration = Duration::from_secs(1);

/// Accounts and access, self-hosted, in one binary
///
/// Without a command it runs the service. Commands work on the databases directly, also while the service runs.
#[derive(Parser)]
#[command(
    name = "xtrem",
    version,
    max_term_width = 100,
    after_help = "\
Examples:
  xtrem                                  run the service here, with a new database in ./data
  xtrem --config /etc/xtrem/config.toml  run it with the settings in that file
  xtrem doctor                           look whether everything is as it should be
  xtrem user create --username ada --email ada@example.com --role admin

Every setting can stand in config.toml, in .env, or in the environment, where server.listen is called \
XTREM_SERVER__LISTEN. `xtrem check-config` shows all of them.

Exit status:
  0  it was done
  1  it did not work
  2  it can't be done as it was said: a flag, a value or a setting is wrong"
)]
struct Cli {
    #[command(flatten)]
    settings: settings::SettingsArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service (also without a command)
    ///
    /// Ends on SIGTERM or Ctrl-C when what was begun is answered; a second one ends it at once. On SIGHUP it reads the
    /// settings again and follows a changed log.level.
    Serve,
    Migrate(migrate::Migrate),
    CheckConfig(settings::CheckConfig),
    Doctor(doctor::DoctorCommand),
    Health(health::HealthCommand),
    /// Create, list and change accounts
    #[command(subcommand)]
    User(user::UserCommand),
    /// List and rotate the keys that sign access tokens, and replace the root key
    #[command(subcommand)]
    Keys(keys::KeysCommand),
    /// Read the audit trail: who did what to whom, when and from where
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Check what this installation has signed
    #[command(subcommand)]
    Document(document::DocumentCommand),
    Backup(backup::BackupCommand),
    Restore(restore::RestoreCommand),
    Overview(overview::OverviewCommand),
    /// Print the description of the API (OpenAPI, JSON)
    PrintOpenapi,
    Completions(completions::Completions),
    Man(manual::Manual),
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.execute() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            if !matches!(failure, Failure::Unread) {
                output::aside(format!("error: {failure}"));
            }
            failure.exit_code()
        }
    }
}

impl Cli {
    fn execute(self) -> Result<(), Failure> {
        let Self { settings, command } = self;
        match command.unwrap_or(Command::Serve) {
            Command::PrintOpenapi => Ok(output::text(&http_api::openapi())?),
            Command::Completions(command) => command.execute(),
            Command::Man(command) => command.execute(),
            Command::CheckConfig(command) => command.execute(settings),
            Command::Health(command) => command.execute(settings),
            Command::Doctor(command) => wait_for(command.execute(settings)),
            Command::Serve => wait_for(serve::run(settings.sources())),
            Command::Migrate(command) => {
                with_settings(settings, async |config| command.execute(config).await)
            }
            Command::User(command) => with_settings(settings, async |config| command.execute(config).await),
            Command::Keys(command) => with_settings(settings, async |config| command.execute(config).await),
            Command::Audit(command) => with_settings(settings, async |config| command.execute(config).await),
            Command::Document(command) => {
                with_settings(settings, async |config| command.execute(config).await)
            }
            Command::Backup(command) => with_settings(settings, async |config| command.execute(config).await),
            Command::Restore(command) => {
                with_settings(settings, async |config| command.execute(config).await)
            }
            Command::Overview(command) => {
                with_settings(settings, async |config| command.execute(config).await)
            }
        }
    }
}

/// Does something with the settings in force, and logs beside the answer.
fn with_settings(
    settings: settings::SettingsArgs,
    work: impl AsyncFnOnce(&Config) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (config, log) = settings.load_for_command()?;
    let done = wait_for(work(&config));
    log.close(FAREWELL);
    done
}

/// Runs to the end on all cores. What is cut off then holds nobody up.
fn wait_for(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime =
        Runtime::new().map_err(|error| Failure::Failed(format!("no threads can be started: {error}")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(FAREWELL);
    done
}

#[cfg(test)]
mod tests;
