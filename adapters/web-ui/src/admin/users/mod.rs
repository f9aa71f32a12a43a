//! The accounts of others: found in a list, opened one by one, and changed by whoever may.

pub(crate) mod activity;
pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod edit;
mod link;
pub(crate) mod list;
pub(crate) mod one;
pub(crate) mod password_link;
mod person;
pub(crate) mod role;
pub(crate) mod sessions;
pub(crate) mod suspend;
mod target;
