//! What administrators and moderators see and do: the installation at a glance, the accounts of others, the audit
//! trail, the signing keys; and how the first administrator comes to be.
//!
//! The door of every page names the scope it needs, so that nothing is looked at, not even a form, for somebody who
//! may not; the use cases ask once more. What a reader may not do is left out of the page. Personal data of others
//! is masked until somebody opens it and says why.

pub(crate) mod audit;
mod charts;
mod events;
pub(crate) mod export;
pub(crate) mod keys;
mod moment;
pub(crate) mod overview;
mod query;
pub(crate) mod setup;
pub(crate) mod users;
