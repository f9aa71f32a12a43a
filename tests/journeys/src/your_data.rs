//! What people may ask for about themselves, and what they are given for it.

use crate::jwks::Jwks;
use crate::{Failure, Outcome, Resident};
use serde_json::{Value, json};

/// Where somebody who has said their password finds everything that is held about them: a path, for one look.
pub async fn prepared(resident: &Resident) -> Outcome<String> {
    let password = json!({"password": resident.person.password});
    let issued = resident.client.post("/api/v1/me/export", &password).await?.expect(201)?.json()?;
    let url = issued["url"].as_str().ok_or("a prepared export has an address")?;
    let path = url.find("/api/").map(|at| url[at..].to_owned());
    path.ok_or_else(|| Failure::from(format!("{url} leads elsewhere")))
}

/// What a signed document says, after its signature was verified with the published key.
pub async fn signed(reader: &crate::Client, document: &str, kind: &str) -> Outcome<Value> {
    let keys = Jwks::of(&reader.get("/.well-known/document-keys.json").await?.expect(200)?.json()?)?;
    keys.verify_document(document, kind)
}
