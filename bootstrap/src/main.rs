//! The binary: settings, wiring, the server, the command line.
//!
//! The only crate that knows all the others. It decides nothing about accounts: it reads what the operator wants,
//! builds each adapter once, hands them to the use cases, and lets the world in.

mod backups;
mod cli;
mod config;
mod doctor;
mod failure;
mod ground;
mod memory;
mod operations;
mod output;
mod process;
mod progress;
mod serve;
mod server;
mod telemetry;
mod wiring;
mod worker;

use std::process::ExitCode;

/// Gives back what a storm of log-ins has needed, which the C library's allocator does not.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    process::prepare();
    cli::run()
}
