//! The command line: what it understands, and how a command ends.
//!
//! A command prints its answer on standard output and everything else on standard error; it exits with 0 when it
//! did what was asked, with 2 when what was asked can't be done as it was said, and with 1 when it did not work.
//! Commands work on the databases directly, through the same use cases as the service, and beside it while it runs.

mod audit;
mod backup;
mod document;
mod house;
mod keys;
mod moment;
mod overview;
mod person;
mod restore;
mod user;

use crate::config::{self, Flag, Loaded, LogFormat, Sources};
use crate::failure::Failure;
use crate::ground::{self, News};
use crate::telemetry::{self, Stream};
use crate::{output, serve};
use clap::{Args, Parser, Subcommand};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::Runtime;

/// How long work on other threads may still go on when a command is done.
const FAREWELL: Duration = Duration::from_secs(1);

/// How long a command waits for a turn to write.
const PATIENCE: Duration = Duration::from_secs(20);
/// What every command takes, apart from what is its own.
const SETTINGS: &str = "Settings";

/// Accounts and access, self-hosted, in one binary.
#[derive(Parser)]
#[command(name = "xtrem", version, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    settings: SettingsArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings that stand above every file and variable.
#[derive(Args)]
struct SettingsArgs {
    /// Read this file instead of config.toml
    #[arg(long, global = true, value_name = "FILE", help_heading = SETTINGS)]
    config: Option<PathBuf>,
    /// Where Xtrem keeps its files (data.dir)
    #[arg(long, global = true, value_name = "FOLDER", help_heading = SETTINGS)]
    data_dir: Option<String>,
    /// Where the service listens (server.listen)
    #[arg(long, global = true, value_name = "ADDRESS:PORT", help_heading = SETTINGS)]
    listen: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service (also without a command)
    Serve,
    /// Bring the databases to this version
    Migrate,
    /// Show the settings in force and where each comes from; open nothing
    CheckConfig,
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
    /// Take a backup while the service goes on, or check one
    Backup(backup::BackupCommand),
    /// Put a backup back; the service has to be stopped
    Restore(restore::RestoreCommand),
    /// Show how the installation is doing
    Overview(overview::OverviewCommand),
    /// Print the description of the API (OpenAPI, JSON)
    PrintOpenapi,
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
            Command::CheckConfig => check_config(&settings.load()?),
            Command::Serve => wait_for(serve::run(settings.load()?)),
            Command::Migrate => wait_for(migrate(settings.load_for_command()?)),
            Command::User(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
            Command::Keys(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
            Command::Audit(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
            Command::Document(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
            Command::Backup(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
            Command::Restore(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
            Command::Overview(command) => wait_for(command.execute(&settings.load_for_command()?.config)),
        }
    }
}

impl SettingsArgs {
    fn load(self) -> Result<Loaded, Failure> {
        let flag = |name, key, value: Option<String>| value.map(|value| Flag { name, key, value });
        let flags =
            [flag("--data-dir", "data.dir", self.data_dir), flag("--listen", "server.listen", self.listen)];
        let flags = flags.into_iter().flatten().collect();
        let sources = Sources::of_this_process(self.config, flags, io::stdout().is_terminal());
        Ok(config::load(&sources)?)
    }

    /// Loads the settings and begins to log beside the answer, for people: what is wrong, unless more was asked for.
    fn load_for_command(self) -> Result<Loaded, Failure> {
        let mut loaded = self.load()?;
        // A service that writes all the time leaves others few turns, and whoever gives a command can wait.
        for database in [&mut loaded.config.database, &mut loaded.config.vault.database] {
            database.patience = PATIENCE;
        }
        let mut log = loaded.config.log.clone();
        log.format = LogFormat::Text;
        if !log.is_asked_for {
            "warn".clone_into(&mut log.filter);
        }
        telemetry::start(&log, Stream::Errors);
        Ok(loaded)
    }
}

fn check_config(loaded: &Loaded) -> Result<(), Failure> {
    output::line("# What is in force and where it comes from; secrets are redacted.\n")?;
    output::text(&loaded.report.to_string())?;
    for warning in &loaded.warnings {
        output::aside(format!("warning: {warning}"));
    }
    Ok(())
}

async fn migrate(loaded: Loaded) -> Result<(), Failure> {
    let ground = ground::open(&loaded.config, None).await?;
    ground.close().await;
    let News { migrations, sealed, .. } = ground.news;
    output::line(match migrations {
        0 => "The databases are up to date; there was nothing to do.".to_owned(),
        1 => "1 migration was done; the databases are up to date.".to_owned(),
        many => format!("{many} migrations were done; the databases are up to date."),
    })?;
    if sealed > 0 {
        output::line(format!("{sealed} people, sessions and events of an earlier version were sealed."))?;
    }
    Ok(())
}

/// Runs to the end on all cores. What is cut off then holds nobody up.
fn wait_for(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    let runtime =
        Runtime::new().map_err(|error| Failure::Failed(format!("no threads can be started: {error}")))?;
    let done = runtime.block_on(work);
    runtime.shutdown_timeout(FAREWELL);
    done
}
