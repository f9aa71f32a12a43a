//! The house from outside: the real binary, a real HTTP client, a real browser.
//!
//! A journey starts the service as a person would, on data of its own and a port of its own, and then knows only
//! what an outsider knows: addresses, requests, answers, pages, the log. Where a journey has to be unkind (lock the
//! database, stop it, forge a token, kill the process, move the clock) it does that from outside too.
//!
//! Nothing here is ever skipped. Without PostgreSQL or Chromium a journey fails; `tests/run` brings both.

mod binary;
pub mod browser;
pub mod client;
pub mod cluster;
pub mod database;
pub mod dice;
pub mod forgery;
pub mod forms;
pub mod jwks;
pub mod moment;
pub mod person;
pub mod prometheus;
pub mod raw;
pub mod resident;
pub mod server;
pub mod traces;
pub mod trail;
pub mod vault;
pub mod wait;
pub mod your_data;

pub use client::{Answer, Client};
pub use database::Engine;
pub use person::Person;
pub use resident::Resident;
pub use server::{Server, Settings};

/// Whatever stops a journey.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// How a journey ends.
pub type Outcome<T = ()> = Result<T, Failure>;

/// Makes two tests out of each journey, `on_sqlite` and `on_postgres`: `async fn journey(engine: Engine) -> Outcome`.
#[macro_export]
macro_rules! on_both_engines {
    ($($journey:ident),+ $(,)?) => {
        mod on_sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $journey() -> journeys::Outcome {
                    super::$journey(journeys::Engine::Sqlite).await
                }
            )+
        }
        mod on_postgres {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $journey() -> journeys::Outcome {
                    super::$journey(journeys::Engine::Postgres).await
                }
            )+
        }
    };
}
