//! Settings: five layers, read in one go, judged all at once.
//!
//! Defaults, `config.toml`, `.env`, the environment and flags, each above the one before. [`layers`] collects what
//! each of them says and remembers where it stood; [`reader`] turns texts into values and notes every fault instead
//! of stopping at the first; [`settings`] is the one list of keys with their defaults and bounds. What nobody asked
//! for is an unknown key. So a key exists because it is read, and no second list can lag behind.
//!
//! There is no crate for this here on purpose. The usual ones merge the layers into one value and let serde read
//! it: by then it is forgotten that line 7 of the file said it, and serde stops at the first fault. A person who
//! sets up a server should get the whole list, each entry with its place and with what would do. What that needs
//! beyond a TOML parser with spans is in this folder.
//!
//! Nothing here opens a database or makes a file. This is also the only place that reads the environment.

mod dotenv;
mod file;
mod layers;
mod model;
mod operation;
mod problem;
mod reader;
mod report;
mod secrets;
mod settings;
mod storage;
mod values;

#[cfg(test)]
mod tests;

pub use layers::{Flag, Sources};
pub use model::{Config, Database, KeySource, Log, LogFormat};
pub use problem::Problems;
pub use report::Report;

use layers::Layers;
use reader::Reader;

/// Settings that hold, and what there is to say about them.
#[derive(Debug)]
pub struct Loaded {
    /// What is in force.
    pub config: Config,
    /// Every key with its value and its place, secrets redacted.
    pub report: Report,
    /// What is allowed and yet worth a second thought.
    pub warnings: Vec<String>,
}

/// Reads all layers. Answers with every fault there is when there is one.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    let (layers, faults) = Layers::collect(sources);
    let mut reader = Reader::new(layers, faults);
    let config = settings::read(&mut reader, sources);
    let (config, report, warnings) = reader.finish(config)?;
    Ok(Loaded { config, report, warnings })
}
