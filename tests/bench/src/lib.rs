//! How fast the service is, and how fast it could be.
//!
//! Speed is measured here and never in a test, as a ratio of two figures that were taken in one run on one machine: what
//! the service does, and what the machine and the libraries do with nothing of ours on top ([`ceiling`]). [`seed`] fills
//! the databases, [`service`] starts the binary on them, [`driver`] loads it, [`rows`] are what is measured and against
//! which goal, and [`table`] tells what came of it.

pub mod ceiling;
pub mod disk;
pub mod driver;
pub mod machine;
pub mod rows;
pub mod seed;
pub mod service;
pub mod table;
