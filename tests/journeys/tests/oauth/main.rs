//! What OAuth2 clients rely on: giving tokens back, asking what one is worth, the metadata, the keys and their rotation
//! (`security-cases`, groups E and G; RFC 7009, 7662, 8414).

mod algorithms;
mod introspection;
mod keys;
mod metadata;
mod revocation;
