//! The stores on SQLite and PostgreSQL, one SQL text for both.
//!
//! [`SqlStore`] is what others see. It has two databases, the main one and the vault, each on either engine. Behind it,
//! `connections` keeps connections and lends them out one at a time, `engine` knows on which engine a database is and
//! what it is for, and `statement` runs a text on either. On SQLite, `turns` orders those who write, and
//! `write_ahead` brings home what they wrote.
//! Every room has one file, or one folder, with its statements, its rows and the port it implements; the tables stand
//! in `migrations/`, once for each engine.
//!
//! Two rules carry the rest. A unit of work in which a statement failed or was abandoned says no more, so that it
//! can't commit half of what it was told. And no rule of the domain stands in a statement:
//! what is stored is what the domain decided, and what is read is parsed into a domain value or refused.

mod alarm;
mod attempts;
mod audit;
mod chain;
mod connections;
mod engine;
mod erasures;
mod error;
mod exchanges;
mod export_tickets;
mod health;
mod instance;
mod instruments;
mod keyring;
mod keys;
mod many;
mod migrate;
mod moves;
mod notices;
mod password_links;
mod postgres;
mod recent;
mod refresh_tokens;
mod secrets;
mod sessions;
mod settings;
mod signing_keys;
mod snapshot;
mod sql;
mod sqlite;
mod statement;
mod statistics;
mod store;
mod turns;
mod users;
mod vault;
mod write_ahead;

pub use error::{MigrationError, OpenError};
pub use instruments::describe;
pub use settings::Settings;
pub use snapshot::{PostgresTools, Purpose, SqlSnapshots, SqlStage};
pub use store::SqlStore;
