//! How fast the service is, and how fast it could be.
//!
//! Speed is measured here and never in a test, as a ratio of two figures that were taken in one run on one machine: what
//! the service does, and what the machine and the libraries do with nothing of ours on top ([`ceiling`]). [`seed`] fills
//! the databases, [`service`] starts the binary on them, and [`driver`] loads it.

pub mod ceiling;
pub mod driver;
pub mod machine;
pub mod seed;
pub mod service;
