//! The API document: what poem-openapi writes from the rooms, and the little that it has no words for.

use crate::Rooms;
use crate::operations::Operations;
use poem_openapi::{LicenseObject, OpenApiService, ServerObject};
use serde_json::Value;

const TITLE: &str = "Xtrem";

const DESCRIPTION: &str = "\
Accounts and access for applications.

1. Sign up: `POST /api/v1/users`, or on the pages.
2. Log in: press **Authorize** here, or `POST /api/v1/sessions`. Both give an access and a refresh token.
3. Call: send `Authorization: Bearer <access token>`.
4. Carry on: `POST /oauth2/token` with `grant_type=refresh_token` before the access token ends. Each refresh token \
works once.
5. When something fails, the answer is a problem (RFC 9457): its `code` is for programs, its `detail` for people, \
its `request_id` for whoever runs the service.

Lists come in pages: `limit` says how long, `next_cursor` and the `Link` header (RFC 8288) where the next one is. \
Times are RFC 3339 in UTC, ids are UUIDs, and a member or parameter that is not known is refused.";

/// The API as a service; with `None`, as something to be described only.
pub fn service(rooms: Option<Rooms>) -> OpenApiService<Operations<Rooms>, ()> {
    OpenApiService::new(Operations(rooms), TITLE, env!("CARGO_PKG_VERSION"))
        .description(DESCRIPTION)
        .license(LicenseObject::new(env!("CARGO_PKG_LICENSE")))
        .server(ServerObject::new("/"))
}

/// The document as JSON, with a line break at its end.
#[must_use]
pub fn openapi() -> String {
    let written = service(None).spec();
    // What poem-openapi writes is JSON, so this succeeds; if it ever did not, its own text is the next best.
    let Ok(mut document) = serde_json::from_str::<Value>(&written) else { return written };
    close_forms(&mut document);
    format!("{document:#}\n")
}

/// Says of each JSON form that it has no members but its own, which a schema of poem-openapi can't.
fn close_forms(document: &mut Value) {
    let bodies = document["paths"].as_object().into_iter().flat_map(|paths| paths.values());
    let operations = bodies.filter_map(Value::as_object).flat_map(|path| path.values());
    let forms: Vec<String> = operations
        .map(|operation| &operation["requestBody"]["content"]["application/json"]["schema"])
        .flat_map(|schema| schema["anyOf"].as_array().map_or(std::slice::from_ref(schema), Vec::as_slice))
        .filter_map(|form| form["$ref"].as_str()?.rsplit('/').next().map(str::to_owned))
        .collect();
    for form in forms {
        document["components"]["schemas"][form]["additionalProperties"] = Value::Bool(false);
    }
}

#[cfg(test)]
mod tests;
