//! The load: virtual users, each on a connection that is kept, who ask again once they are answered or at a given rate.
//!
//! At a rate, latency counts from when a request was due, so that a server that falls behind pays for the queue it makes.
//! Requests are written out beforehand and answers read no further than they have to be, on one thread: the driver has
//! to be much faster than what it measures, and tells how busy it was.

mod clock;
mod connection;
mod load;
mod measured;
mod script;

pub use connection::{Answer, Connection};
pub use load::Load;
pub use measured::{Measured, median};
pub use script::{Heard, Numbered, Repeated, Rotation, Script};

/// A request without content, written out.
#[must_use]
pub fn get(path: &str, bearer: Option<&str>) -> Vec<u8> {
    let authorization = bearer.map(|token| format!("authorization: Bearer {token}\r\n")).unwrap_or_default();
    format!("GET {path} HTTP/1.1\r\nhost: bench\r\n{authorization}\r\n").into_bytes()
}

/// A request with an object in JSON, written out.
#[must_use]
pub fn post(path: &str, json: &str) -> Vec<u8> {
    let length = json.len();
    let head = format!("POST {path} HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n");
    format!("{head}content-length: {length}\r\n\r\n{json}").into_bytes()
}
