use crate::testing::{Answer, BEARER, Client, agreeable, agreeable_to, client_with, settings};
use application::access::AccessService;
use application::testing::{House, samples};
use domain::access::{Reason, Role};
use serde_json::{Value, json};
use std::sync::Arc;

/// A service for Ann with that role, which shares its memory of refusals with one that explains them.
struct Pair {
    asked: Client,
    explaining: Client,
}

impl Pair {
    fn new(house: &House) -> Self {
        let moderator = agreeable_to(Role::Moderator).open();
        let explaining = House { access: Arc::<AccessService>::clone(&house.access), ..moderator };
        Self { asked: client_with(house, settings()), explaining: client_with(&explaining, settings()) }
    }

    async fn explained(&self, answer: &Answer) -> Value {
        let path = format!("/api/v1/access/explanations/{}", answer.header("x-request-id").unwrap());
        let request = self.explaining.get(&path).header("authorization", BEARER);
        let explanation = Answer::of(request.send().await).await;
        assert_eq!(explanation.status, 200, "{}", explanation.text);
        explanation.json()
    }
}

#[tokio::test]
async fn the_whole_decision_is_shown() {
    let pair = Pair::new(&agreeable().open());
    let path = format!("/api/v1/users/{}/role", samples::user_id(2));
    let request = pair.asked.put(&path).header("authorization", BEARER).body("{}");
    let refused = Answer::of(request.send().await).await;
    refused.problem(403, "insufficient-scope");
    let explanation = pair.explained(&refused).await;
    let expected = json!({
        "request_id": refused.header("x-request-id"), "at": "2025-06-15T15:06:40Z",
        "operation": "PUT /api/v1/users/{id}/role", "address": null, "reason": "scope-not-in-role",
        "detail": "The role does not give the scope, whatever the token was granted.",
        "scope_needed": "admin:write",
        "credential": {"state": "sound", "scope": "profile:read profile:write"},
        "session": {"id": samples::session_id(1).to_string(), "state": "live"},
        "account": {
            "id": samples::user_id(1).to_string(), "status": "active", "role": "user",
            "scope": "profile:read profile:write"
        }
    });
    assert_eq!(explanation, expected);
}

#[tokio::test]
async fn what_was_not_known_is_null() {
    let pair = Pair::new(&agreeable().open());
    for (authorization, state, reason) in
        [(None, "absent", "no-credential"), (Some("Bearer bad"), "unreadable", "unreadable-credential")]
    {
        let request = pair.asked.get("/api/v1/me");
        let request = match authorization {
            Some(value) => request.header("authorization", value),
            None => request,
        };
        let explanation = pair.explained(&Answer::of(request.send().await).await).await;
        assert_eq!(
            (&explanation["reason"], &explanation["credential"]["state"]),
            (&json!(reason), &json!(state))
        );
        assert_eq!((&explanation["session"], &explanation["account"]), (&Value::Null, &Value::Null));
        assert_eq!(explanation["scope_needed"], Value::Null);
    }
    let request = pair.asked.get("/api/v1/me").header("authorization", "Bearer old");
    let explanation = pair.explained(&Answer::of(request.send().await).await).await;
    assert_eq!(
        (&explanation["reason"], &explanation["account"]["role"]),
        (&json!("expired-credential"), &Value::Null)
    );
    assert_eq!(explanation["session"], json!({"id": samples::session_id(1).to_string(), "state": null}));
}

#[tokio::test]
async fn what_nobody_refused_is_not_explained() {
    let client = client_with(&agreeable_to(Role::Moderator).open(), settings());
    let answered = client.get("/health").send().await;
    let id = answered.0.header("x-request-id").unwrap().to_owned();
    let path = format!("/api/v1/access/explanations/{id}");
    Answer::of(client.get(&path).header("authorization", BEARER).send().await)
        .await
        .problem(404, "not-found");
}

#[test]
fn every_reason_has_a_sentence_of_its_own() {
    let mut sentences: Vec<&str> = Reason::ALL.iter().map(|reason| super::model::about(*reason)).collect();
    assert!(sentences.iter().all(|sentence| sentence.ends_with('.')));
    sentences.sort_unstable();
    sentences.dedup();
    assert_eq!(sentences.len(), Reason::ALL.len());
}
