use journeys::forgery::Parts;
use journeys::{Answer, Engine, Outcome, Resident, Server, Settings};
use reqwest::Method;
use serde_json::json;

const PATH: &str = "/.well-known/oauth-authorization-server";

/// RFC 8414, sections 2 and 3; G6: the issuer is byte for byte the one in the tokens.
#[tokio::test]
async fn the_metadata_say_what_is_there_and_where() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let answer = client.get(PATH).await?.expect(200)?;
    assert!(answer.header("content-type").starts_with("application/json"), "{:?}", answer.headers);
    assert!(answer.header("cache-control").contains("max-age="), "{:?}", answer.headers);
    let metadata = answer.json()?;
    let claims = Parts::of(&Resident::user(&server).await?.tokens.access)?.claims;
    assert_eq!(metadata["issuer"], claims["iss"]);
    assert_eq!(metadata["issuer"], server.url());
    for (member, path) in [
        ("token_endpoint", "/oauth2/token"),
        ("revocation_endpoint", "/oauth2/revoke"),
        ("introspection_endpoint", "/oauth2/introspect"),
        ("jwks_uri", "/.well-known/jwks.json"),
    ] {
        assert_eq!(metadata[member], format!("{}{path}", server.url()), "{member}");
        // What is named is there: it may refuse, but it is not unknown.
        assert_ne!(client.form(path, &[]).await?.status, 404, "{member}");
    }
    assert_eq!(metadata["response_types_supported"], json!([]));
    assert_eq!(metadata["grant_types_supported"], json!(["password", "refresh_token"]));
    let scopes = metadata["scopes_supported"].as_array().cloned().unwrap_or_default();
    for scope in ["profile:read", "user:read", "admin:write"] {
        assert!(scopes.contains(&json!(scope)), "{scopes:?}");
    }
    Ok(())
}

/// D10: what is public may be read by every page, without credentials; nothing else may.
#[tokio::test]
async fn every_origin_may_read_the_metadata_and_nothing_else() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    for (path, allowed) in [
        (PATH, "*"),
        ("/.well-known/jwks.json", "*"),
        ("/api/v1/me", ""),
        ("/api/v1/users", ""),
        ("/oauth2/token", ""),
        ("/log-in", ""),
    ] {
        let request = client.request(Method::GET, path).header("origin", "https://evil.example");
        let answer = Answer::to(request).await?;
        assert_eq!(answer.header("access-control-allow-origin"), allowed, "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), "", "{path}");
    }
    Ok(())
}

/// The issuer is the address that people use, whatever a client calls the host.
#[tokio::test]
async fn the_issuer_is_the_public_address_whatever_a_request_calls_it() -> Outcome {
    let settings = Settings::on(Engine::Sqlite).with("SERVER__PUBLIC_URL", "https://accounts.example");
    let server = Server::start(settings).await?;
    let client = server.client()?;
    let request = client.request(Method::GET, PATH).header("host", "evil.example");
    let metadata =
        Answer::to(request.header("x-forwarded-host", "evil.example")).await?.expect(200)?.json()?;
    assert_eq!(metadata["issuer"], "https://accounts.example");
    assert!(!metadata.to_string().contains("evil.example"), "{metadata}");
    let claims = Parts::of(&Resident::user(&server).await?.tokens.access)?.claims;
    assert_eq!(claims["iss"], "https://accounts.example");
    Ok(())
}
