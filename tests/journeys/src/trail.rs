//! The audit trail, as an administrator reads it.

use crate::{Client, Failure, Outcome, wait};
use serde_json::Value;

/// Every item of a list, page after page; `query` is what follows the path, such as `?kind=logged_in`.
pub async fn whole(reader: &Client, path: &str, query: &str) -> Outcome<Vec<Value>> {
    let mut items = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let sign = if query.is_empty() { '?' } else { '&' };
        let place = cursor.map(|cursor| format!("{sign}cursor={}", escaped(&cursor))).unwrap_or_default();
        let page = reader.get(&format!("{path}{query}{place}")).await?.expect(200)?.json()?;
        let found = page["items"].as_array().ok_or_else(|| Failure::from("a page has items"))?;
        items.extend(found.iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(items),
        }
    }
}

/// The events that meet a filter, the latest first.
pub async fn events(reader: &Client, query: &str) -> Outcome<Vec<Value>> {
    whole(reader, "/api/v1/audit-events", query).await
}

/// Waits for so many events that meet a filter: refusals are written about once a second.
pub async fn await_events(reader: &Client, query: &str, number: usize) -> Outcome<Vec<Value>> {
    let what = format!("{number} events {query}");
    wait::until(&what, async || {
        let found = events(reader, query).await?;
        Ok((found.len() >= number).then_some(found))
    })
    .await
}

/// A text as it may stand in a query (RFC 3986, section 2.1).
#[must_use]
pub fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_not_stand_in_a_query_is_escaped() {
        assert_eq!(escaped("a.b-c_d~e"), "a.b-c_d~e");
        assert_eq!(escaped("a b+c&d=é"), "a%20b%2Bc%26d%3D%C3%A9");
    }
}
