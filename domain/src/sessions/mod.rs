//! Sessions: being logged in, how long it lasts, and the refresh tokens that carry it on.
//!
//! A session is one log-in on one device. It is over when it is ended (then its row is gone), when it was not
//! used for too long, or when it has simply lasted long enough. Everything that was derived from it ends with it.

mod attempts;
mod device;
mod log_in;
mod refresh;
mod session;
mod token;

pub use attempts::Attempts;
pub use device::{Device, DeviceName};
pub use log_in::{LogIn, LogInDraft};
pub use refresh::{Family, Generation, Presented, Rotation};
pub use session::{BegunSession, Channel, Lifetimes, Method, Session};
pub use token::{Token, TokenDigest};
