//! What is measured, and against which goal: a file for each group of rows.

mod flat;
mod ground;
mod lists;
mod log_in;
mod options;
mod postgres;
mod profile;
mod refresh;
mod size;
mod storm;
mod turns;

pub use ground::{Ground, Stage, spread};
pub use options::Options;
pub use turns::{Side, by_turns, ratio};

use crate::machine;
use crate::seed::Failure;
use crate::service::SETTINGS;
use crate::table::{Line, render};
use clap::ValueEnum;
use ground::say;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;
use std::process::Command;

/// A group of lines that are measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Row {
    /// One's own profile.
    Profile,
    /// Carrying a session on.
    Refresh,
    /// The same on PostgreSQL.
    RefreshPostgres,
    /// Logging in and signing up.
    LogIn,
    /// A storm of log-ins.
    Storm,
    /// Lists and searches.
    Lists,
    /// A million people beside ten thousand.
    Flat,
    /// From the start until it is ready.
    Start,
    /// Memory, idle and with many sessions.
    Memory,
    /// The size of the binary.
    Binary,
}

impl Row {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 10] = [
        Self::Profile,
        Self::Refresh,
        Self::RefreshPostgres,
        Self::LogIn,
        Self::Storm,
        Self::Lists,
        Self::Flat,
        Self::Start,
        Self::Memory,
        Self::Binary,
    ];

    /// What it is called on the command line.
    fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }

    async fn measure(self, ground: &Ground) -> Result<Vec<Line>, Failure> {
        match self {
            Self::Profile => Box::pin(profile::measure(ground)).await,
            Self::Refresh => Box::pin(refresh::measure(ground)).await,
            Self::RefreshPostgres => Box::pin(postgres::measure(ground)).await,
            Self::LogIn => Box::pin(log_in::measure(ground)).await,
            Self::Storm => Box::pin(storm::measure(ground)).await,
            Self::Lists => Box::pin(lists::measure(ground)).await,
            Self::Flat => Box::pin(flat::measure(ground)).await,
            Self::Start => Box::pin(size::start(ground)).await,
            Self::Memory => Box::pin(size::memory(ground)).await,
            Self::Binary => size::binary(ground),
        }
    }
}

/// Measures what is asked for, prints the table, and leaves it beside the raw figures. Says whether nothing failed.
pub async fn run(options: Options) -> Result<bool, Failure> {
    let ground = Ground::prepare(options)?;
    let mut raw = File::create(ground.options.out.join("raw.jsonl"))?;
    let mut lines = Vec::new();
    for row in ground.options.rows() {
        say(&format!("== {}", row.name()))?;
        let measured = row.measure(&ground).await;
        for line in measured.unwrap_or_else(|error| vec![Line::failed(&row.name(), error.to_string())]) {
            writeln!(raw, "{}", serde_json::to_string(&line)?)?;
            lines.push(line);
        }
    }
    let told = format!("{}\n{}", head(&ground), render(&lines));
    fs::write(ground.options.out.join("table.md"), &told)?;
    io::stdout().write_all(told.as_bytes())?;
    Ok(lines.iter().all(|line| line.trouble.is_none()))
}

/// On what, with what and how it was measured.
fn head(ground: &Ground) -> String {
    let Ground { options, cores, .. } = ground;
    let apart = if cores.are_apart() {
        ""
    } else {
        ", which is the same: the driver takes its time from the service"
    };
    let settings = SETTINGS.iter().map(|(name, value, why)| format!("- `{name}={value}`: {why}\n"));
    format!(
        "{} on {}. Server on core {}, driver on core {}{apart}. {} rounds of {:.0} s each.\n\nNot as it is by default:\n\n{}",
        version(&options.binary),
        machine::description(),
        cores.server,
        cores.driver,
        options.rounds(),
        options.round().as_secs_f64(),
        settings.collect::<String>()
    )
}

/// What the binary calls itself.
fn version(binary: &Path) -> String {
    let told = Command::new(binary).arg("--version").output().map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&told).trim().to_owned()
}
