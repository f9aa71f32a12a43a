//! What the machine and the libraries allow with nothing of ours on top.
//!
//! Each ceiling is a process of its own, so that it can be pinned and measured exactly as the service is: a bare route
//! ([`hello`]), a bare hasher ([`hasher`]), a bare rotation of refresh tokens on SQLite ([`rotation`]), a bare list
//! ([`list`]), and the service's own statements as PostgreSQL runs them for its own bench ([`pgbench`]). They serve what they answer and nothing else:
//! no limits, no headers, no audit, no metrics.

pub mod hasher;
pub mod hello;
pub mod list;
pub mod pgbench;
pub mod rotation;

use clap::Subcommand;
use poem::listener::TcpListener;
use poem::{Route, Server};
use serde::Serialize;
use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::thread::available_parallelism;
use tokio::runtime::{Builder, Runtime};

/// Which ceiling.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Bare JSON routes of poem-openapi: at `GET /` as much as a profile is, at `GET /small` next to nothing.
    Hello {
        /// Where it listens.
        #[arg(long)]
        listen: SocketAddr,
    },
    /// Argon2id on every thread there is, and nothing else; prints hashes per second as JSON.
    Hasher(hasher::Load),
    /// A bare service on poem and sqlx that rotates refresh tokens at `POST /oauth2/token`, each with a commit of its own.
    Rotation {
        /// Where it listens.
        #[arg(long)]
        listen: SocketAddr,
        /// Its SQLite database, which must not exist.
        #[arg(long)]
        database: PathBuf,
        /// How many families there are, each with a first token that a driver can name.
        #[arg(long)]
        families: u32,
    },
    /// A bare service on poem and sqlx that lists the newest hundred people at `GET /`, everything sealed.
    List {
        /// Where it listens.
        #[arg(long)]
        listen: SocketAddr,
        /// The main database of a service that does not run.
        #[arg(long)]
        main: PathBuf,
        /// Its vault.
        #[arg(long)]
        vault: PathBuf,
    },
    /// The statements of the service's rotation, run by pgbench; prints transactions per second as JSON.
    Pgbench(pgbench::Load),
}

impl Command {
    /// Serves until the process is stopped, or measures, prints what came of it, and ends.
    pub fn run(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Hello { listen } => runtime()?.block_on(serve(listen, hello::routes())),
            Self::Hasher(load) => print(&load.run()?),
            Self::Rotation { listen, database, families } => runtime()?.block_on(async {
                serve(listen, rotation::routes(rotation::Rotation::create(&database, families).await?)).await
            }),
            Self::List { listen, main, vault } => runtime()?.block_on(async {
                serve(listen, list::routes(list::Lists::open(&main, &vault).await?)).await
            }),
            Self::Pgbench(load) => print(&runtime()?.block_on(load.run())?),
        }
    }
}

/// As many workers as the process may use cores; where that is one, no other thread to hand work to.
fn runtime() -> io::Result<Runtime> {
    match available_parallelism()?.get() {
        1 => Builder::new_current_thread(),
        workers => {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(workers);
            builder
        }
    }
    .enable_all()
    .build()
}

async fn serve(listen: SocketAddr, routes: Route) -> Result<(), Box<dyn Error>> {
    Ok(Server::new(TcpListener::bind(listen)).run(routes).await?)
}

fn print(figures: &impl Serialize) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stdout(), "{}", serde_json::to_string(figures)?)?)
}
