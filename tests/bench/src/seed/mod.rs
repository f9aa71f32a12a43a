//! What there is to ask for: people and their sessions, put into a database by the very adapters that the service uses.
//!
//! The installation itself is founded by the service, at a first start; nothing here knows how. What is put in then is
//! what the service would have written, save that one hash serves as everybody's password.

mod house;
mod people;
mod sessions;

pub use house::House;
pub use people::{PASSWORD, email, username};
pub use sessions::Bearer;

/// Whatever went wrong.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
