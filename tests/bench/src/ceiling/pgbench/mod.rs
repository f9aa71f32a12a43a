//! What PostgreSQL itself makes of the statements by which the service rotates a refresh token.
//!
//! pgbench speaks the server's own protocol from C and does nothing between two statements, so what it reaches is what
//! the server, its disk and the ways between allow. It works on the tables of the service, made by the service's own
//! migrations in a schema of their own, which is removed when it is done; `rotation.sql` holds the statements.

mod tables;
#[cfg(test)]
mod tests;

use clap::Args;
use serde::{Deserialize, Serialize};
use sqlx::{Connection, PgConnection};
use std::error::Error;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/ceiling/pgbench/rotation.sql");
const SCHEMA: &str = "xtrem_ceiling";

/// Where the statements run, and by how many.
#[derive(Clone, Debug, Args)]
pub struct Load {
    /// The database: `postgres://…`. It gets a schema `xtrem_ceiling`, and loses it again.
    #[arg(long)]
    url: String,
    /// How many rotate at the same time, each on a connection of its own.
    #[arg(long)]
    clients: NonZeroU32,
    /// For how long.
    #[arg(long)]
    seconds: u32,
    /// How many families there are: shared out among the clients, so that no two want one row.
    #[arg(long, default_value_t = 10_000)]
    families: u32,
    /// The program, where it is not found by itself.
    #[arg(long)]
    program: Option<PathBuf>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct TransactionRate {
    /// Rotations, of all clients together.
    pub transactions_per_second: f64,
    /// That took part.
    pub clients: u32,
}

impl Load {
    /// Fills the schema, runs pgbench on it, and removes it.
    pub async fn run(&self) -> Result<TransactionRate, Box<dyn Error>> {
        if self.families < self.clients.get() {
            return Err("each client needs a family of its own".into());
        }
        let mut connection = PgConnection::connect(&self.url).await?;
        tables::fill(&mut connection, self.families).await?;
        let report = self.command().output();
        tables::remove(&mut connection).await?;
        let report = report?;
        let (told, complaints) =
            (String::from_utf8_lossy(&report.stdout), String::from_utf8_lossy(&report.stderr));
        match transactions_per_second(&told) {
            Some(transactions_per_second) if report.status.success() => {
                Ok(TransactionRate { transactions_per_second, clients: self.clients.get() })
            }
            _ => Err(format!("pgbench gave up: {told}{complaints}").into()),
        }
    }

    fn command(&self) -> Command {
        let program = self.program.clone().or_else(installed).unwrap_or_else(|| "pgbench".into());
        let mut command = Command::new(program);
        let Self { clients, seconds, families, .. } = self;
        command.env("PGOPTIONS", format!("-c search_path={SCHEMA}"));
        command.args(["--no-vacuum", "--protocol=prepared", "--file", SCRIPT]);
        command.args([format!("--client={clients}"), format!("--time={seconds}")]);
        let counts =
            [("clients", clients.to_string()), ("families", families.to_string()), ("n", "0".to_owned())];
        for (name, value) in tables::values().into_iter().chain(counts) {
            command.arg(format!("--define={name}={value}"));
        }
        command.arg(&self.url);
        command
    }
}

/// The newest pgbench that Debian has installed beside its server, where the one on the path is but a wrapper.
fn installed() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let programs = versions.flatten().filter_map(|version| {
        let number: u32 = version.file_name().to_str()?.parse().ok()?;
        let program = version.path().join("bin/pgbench");
        program.exists().then_some((number, program))
    });
    programs.max().map(|(_, program)| program)
}

/// The figure in a report, without the time it took to connect.
fn transactions_per_second(report: &str) -> Option<f64> {
    let figure = report.lines().find_map(|line| line.strip_prefix("tps = "))?;
    figure.split_whitespace().next()?.parse().ok()
}
