//! The bench of the whole service: fills a database, starts the service and the ceilings on it, loads them one after
//! the other, and prints what came of it as a table.
//!
//! `tests/run bench` builds what it needs and calls it.

fn main() {}
