//! Sessions: logging in and logging out.

pub(crate) mod log_in;
pub(crate) mod log_out;
