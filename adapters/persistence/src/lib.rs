//! The stores on SQLite and PostgreSQL, one SQL text for both.
//!
//! [`SqlStore`] is the only thing that others see. Behind it, `connections` keeps connections and lends them
//! out one at a time, `engine` knows which of the two databases it is, and `statement` runs a text on either.
//! Every room has one file, or one folder, with its statements, its rows and the port it implements; the tables stand
//! in `migrations/`, once for each engine.
//!
//! Two rules carry the rest. A connection on which a statement failed or was abandoned is never used again, so
//! that a unit of work can't commit half of what it was told. And no rule of the domain stands in a statement:
//! what is stored is what the domain decided, and what is read is parsed into a domain value or refused.

mod attempts;
mod audit;
mod connections;
mod engine;
mod error;
mod instance;
mod migrate;
mod notices;
mod password_links;
mod personal_data;
mod postgres;
mod refresh_tokens;
mod sessions;
mod settings;
mod signing_keys;
mod sqlite;
mod statement;
mod statistics;
mod store;
mod users;

pub use error::{MigrationError, OpenError};
pub use settings::Settings;
pub use store::SqlStore;
