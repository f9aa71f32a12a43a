//! The audit trail, as an administrator reads it.

use crate::database::Database;
use crate::{Client, Failure, Outcome, Server, wait};
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

/// The whole trail as whoever works at the command line reads it, the latest first: for a house without an administrator.
pub async fn at_the_command_line(server: &Server) -> Outcome<Vec<Value>> {
    let told = server.command(&["audit", "list", "--json", "--limit", "1000000"]).await?;
    Ok(told.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

/// Waits until every event has its place in the chain; answers with all of them, in its order.
pub async fn chained(reader: &Client) -> Outcome<Vec<Value>> {
    let mut all = wait::until("every event to join the chain", async || {
        let all = events(reader, "?limit=200").await?;
        Ok(all.iter().all(|event| event["sequence"].is_i64()).then_some(all))
    })
    .await?;
    all.sort_by_key(|event| event["sequence"].as_i64());
    for (place, event) in (1..).zip(&all) {
        if event["sequence"] != place {
            return Err(format!("a gap before the event number {place}: {event}").into());
        }
    }
    Ok(all)
}

/// Waits until every event has its place in the chain, past the service.
pub async fn joined(database: &Database) -> Outcome {
    wait::until("every event to join the chain", async || {
        let waiting = database.number("SELECT COUNT(*) FROM events WHERE sequence IS NULL").await?;
        Ok((waiting == 0).then_some(()))
    })
    .await
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
