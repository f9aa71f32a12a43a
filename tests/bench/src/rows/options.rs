use super::Row;
use clap::Args;
use std::path::PathBuf;
use std::time::Duration;

/// What is measured, and for how long.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// The service: a release binary.
    #[arg(long)]
    pub binary: PathBuf,
    /// Only these rows.
    #[arg(long, value_enum, num_args = 1..)]
    pub only: Vec<Row>,
    /// Short rounds, to try something out: of no use as figures.
    #[arg(long)]
    quick: bool,
    /// How many rounds each load goes, in turns with its ceiling.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long a round measures.
    #[arg(long, default_value_t = 4.0)]
    seconds: f64,
    /// How long a storm lasts.
    #[arg(long, default_value_t = 60.0)]
    storm_seconds: f64,
    /// Compares with 100 000 people what is to be compared with a million: sooner done, and said in the table.
    #[arg(long)]
    pub without_million: bool,
    /// Where the table and the raw figures go, and what has to be on a disk meanwhile.
    #[arg(long, default_value = "target/bench")]
    pub out: PathBuf,
    /// Keeps the databases in this folder, and takes those that are there: for whoever tries again and again.
    #[arg(long)]
    pub keep: Option<PathBuf>,
    /// A PostgreSQL server for the row that needs one: durable, and the bench may make databases on it.
    #[arg(long)]
    pub postgres: Option<String>,
}

impl Options {
    /// How many rounds.
    #[must_use]
    pub fn rounds(&self) -> usize {
        if self.quick { 2 } else { self.rounds.max(1) }
    }

    /// How long each.
    #[must_use]
    pub fn round(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 1.0 } else { self.seconds })
    }

    /// How long it goes before each.
    #[must_use]
    pub fn warm_up(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 0.3 } else { 1.0 })
    }

    /// How long a storm.
    #[must_use]
    pub fn storm(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 6.0 } else { self.storm_seconds })
    }

    /// How many starts.
    #[must_use]
    pub fn starts(&self) -> usize {
        if self.quick { 3 } else { 11 }
    }

    /// How many people are many.
    #[must_use]
    pub fn many(&self) -> usize {
        if self.without_million { 100_000 } else { 1_000_000 }
    }

    /// The rows that are asked for.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> {
        if self.only.is_empty() { Row::ALL.into() } else { self.only.clone() }
    }
}
