//! Lines of the log, as a program reads them.

use journeys::{Outcome, Server, wait};
use serde_json::Value;

/// Every line so far that is JSON.
pub fn all(server: &Server) -> Vec<Value> {
    server.log().lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// Those that say this.
pub fn saying(server: &Server, message: &str) -> Vec<Value> {
    all(server).into_iter().filter(|line| line["message"] == message).collect()
}

/// The one line about a request.
pub async fn of_request(server: &Server, id: &str) -> Outcome<Value> {
    let found = wait::until("the line of a request", async || {
        let lines = saying(server, "answered").into_iter();
        let lines: Vec<Value> = lines.filter(|line| line["request_id"] == id).collect();
        Ok((!lines.is_empty()).then_some(lines))
    })
    .await?;
    assert_eq!(found.len(), 1, "one line for one request: {found:?}");
    Ok(found[0].clone())
}

/// The security events of a kind that were told, as soon as there are so many.
pub async fn events(server: &Server, kind: &str, number: usize) -> Outcome<Vec<Value>> {
    wait::until(&format!("{number} lines about {kind}"), async || {
        let lines = all(server).into_iter();
        let lines = lines.filter(|line| line["target"] == "xtrem::security" && line["kind"] == kind);
        let lines: Vec<Value> = lines.collect();
        Ok((lines.len() >= number).then_some(lines))
    })
    .await
}
