//! The installation itself: its first administrator.

pub(crate) mod setup;
