//! What the store promises, held against both engines.
//!
//! Every promise stands once, as a function that is given a fresh database; [`on_both_engines!`] makes two tests
//! of it. SQLite gets a file in a directory of its own. PostgreSQL (15 or later, with ICU) gets a database of its own
//! on the server that `XTREM_TEST_POSTGRES_URL` names; without a server that half fails, because a promise that was
//! not tried was not kept.

mod database;

#[cfg(test)]
mod attempts;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod crosswise;
#[cfg(test)]
mod erasures;
#[cfg(test)]
mod exchanges;
#[cfg(test)]
mod export_tickets;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod health;
#[cfg(test)]
mod in_clear;
#[cfg(test)]
mod instance;
#[cfg(test)]
mod keyring;
#[cfg(test)]
mod known_profiles;
#[cfg(test)]
mod known_sessions;
#[cfg(test)]
mod leftovers;
#[cfg(test)]
mod literals;
#[cfg(test)]
mod log_ins;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod moves;
#[cfg(test)]
mod password_links;
#[cfg(test)]
mod people;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod profiles;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod seals;
#[cfg(test)]
mod servers;
#[cfg(test)]
mod services;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod signing_keys;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod standing;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod tampering;
#[cfg(test)]
mod trail;
#[cfg(test)]
mod two_databases;
#[cfg(test)]
mod units;
#[cfg(test)]
mod unreadable;
#[cfg(test)]
mod upgrades;
#[cfg(test)]
mod user_lists;
#[cfg(test)]
mod users;
#[cfg(test)]
mod uses;
#[cfg(test)]
mod vault;

pub use database::{Database, Engine, Failure, Raw};

/// Makes a test on each engine of every function named. A function takes a [`Database`] and gives it back by
/// returning.
#[macro_export]
macro_rules! on_both_engines {
    ($($promise:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                let database = $crate::Database::create($crate::Engine::Sqlite).await.unwrap();
                super::$promise(&database).await;
                database.remove().await.unwrap();
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $promise() {
                let database = $crate::Database::create($crate::Engine::Postgres).await.unwrap();
                super::$promise(&database).await;
                database.remove().await.unwrap();
            })+
        }
    };
}
