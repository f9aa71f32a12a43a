//! Sessions: logging in and logging out, here and elsewhere.

pub(crate) mod device_name;
pub(crate) mod devices;
pub(crate) mod log_in;
pub(crate) mod log_out;
