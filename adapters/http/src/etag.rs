//! Validators: what lets a client keep an answer for as long as it does not change (RFC 9110, section 8.8.3).

use poem::http::{HeaderMap, header};
use std::hash::{DefaultHasher, Hasher};

/// A strong validator of a representation: the same for the same bytes.
pub fn of(bytes: &[u8]) -> String {
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    format!("\"{:016x}\"", hasher.finish())
}

/// Whether the client holds that very representation (`If-None-Match`, RFC 9110, section 13.1.2).
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let lines = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    let mut known = lines.flat_map(|line| line.split(',')).map(str::trim);
    known.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}
