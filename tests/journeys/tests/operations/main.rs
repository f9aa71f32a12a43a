//! What an operator sees and does: log lines, metrics, health, settings that are read again, the end, and the commands
//! that say how an installation is.

mod doctor;
mod ending;
mod health;
mod lines;
mod logs;
mod metrics;
mod readme;
mod reloading;
mod tracing;
