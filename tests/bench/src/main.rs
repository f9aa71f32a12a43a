//! The bench of the whole service: fills a database, starts the service and the ceilings on it, loads them one after
//! the other, and prints what came of it as a table.
//!
//! `tests/run bench` builds what it needs and calls it.

use bench::ceiling;
use bench::rows::{self, Options};
use clap::Parser;
use std::error::Error;
use std::process::ExitCode;
use tokio::runtime::Builder;

/// Measures the service beside what the machine and the libraries allow.
#[derive(Parser)]
enum Cli {
    /// Measures, and prints the table.
    Run(Options),
    /// Is one of the things that the service is measured beside.
    #[command(subcommand)]
    Ceiling(ceiling::Command),
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    match Cli::parse() {
        // One thread, on one core.
        Cli::Run(options) => {
            let succeeded = Builder::new_current_thread().enable_all().build()?.block_on(rows::run(options));
            // What failed says so in the table; that is no success either.
            let code = |succeeded| if succeeded { ExitCode::SUCCESS } else { ExitCode::FAILURE };
            succeeded.map(code).map_err(|error| -> Box<dyn Error> { error })
        }
        Cli::Ceiling(command) => command.run().map(|()| ExitCode::SUCCESS),
    }
}
