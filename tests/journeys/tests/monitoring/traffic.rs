//! An hour of a small house, in miniature.

use journeys::{Client, Outcome, Resident, Server, forms};
use serde_json::json;

/// People come and go: they sign up, log in and are mistaken, carry sessions on, read lists and pages, and are refused.
/// Answers with what nobody may find anywhere.
pub async fn pass(server: &Server, administrator: &Resident) -> Outcome<Vec<String>> {
    let (ann, ben) = (Resident::user(server).await?, Resident::user(server).await?);
    let client = server.client()?;
    client.post("/api/v1/users", &ann.person.sign_up()).await?.expect(409)?;
    for _ in 0..7 {
        let wrong = json!({"login": ben.person.username, "password": "not the password"});
        client.post("/api/v1/sessions", &wrong).await?;
    }
    refresh(&client, &ann).await?;
    for (path, status) in [("/api/v1/users", 403), ("/api/v1/me", 200), ("/api/v1/nothing-of-ours", 404)] {
        ben.client.get(path).await?.expect(status)?;
    }
    client.get("/api/v1/me").await?.expect(401)?;
    for path in ["/api/v1/users", "/api/v1/audit-events", "/api/v1/admin/overview", "/api/v1/signing-keys"] {
        administrator.client.get(path).await?.expect(200)?;
    }
    browse(&client, &ann).await?;
    server.command(&["audit", "verify"]).await?;
    let mut secrets = [ann.person.secrets(), ben.person.secrets()].concat();
    for someone in [ann, ben] {
        secrets.extend([someone.person.username, someone.id, someone.tokens.access, someone.tokens.refresh]);
    }
    Ok(secrets)
}

/// A session is carried on, its answer is lost once, and in the end somebody comes with a token of long ago.
async fn refresh(client: &Client, someone: &Resident) -> Outcome {
    let renewed = someone.refreshed().await?;
    client.refresh(&someone.tokens.refresh).await?.expect(200)?;
    renewed.refreshed().await?;
    client.refresh(&someone.tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    client.refresh("xrt_nothing").await?.oauth_error(400, "invalid_grant")
}

async fn browse(client: &Client, someone: &Resident) -> Outcome {
    let browser = client.with_cookies()?;
    let fields =
        [("login", someone.person.username.as_str()), ("password", someone.person.password.as_str())];
    forms::submit(&browser, "/log-in", &fields).await?.expect(303)?;
    for path in ["/profile", "/health", "/.well-known/jwks.json"] {
        browser.get(path).await?.expect(200)?;
    }
    browser.ready().await.map(drop)
}
