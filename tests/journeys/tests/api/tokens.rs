use journeys::forgery::{Parts, public_key_forms};
use journeys::{Client, Engine, Outcome, Server, Settings};
use serde_json::{Value, json};
use std::collections::BTreeSet;

struct Stage {
    _server: Server,
    client: Client,
    token: Parts,
}

async fn stage() -> Outcome<Stage> {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let client = server.client()?;
    let (_, me, tokens) = client.newcomer().await?;
    me.get("/api/v1/me").await?.expect(200)?;
    Ok(Stage { _server: server, client, token: Parts::of(&tokens.access)? })
}

impl Stage {
    async fn refuses(&self, what: &str, forged: &str) -> Outcome {
        let heard = self.client.bearing(forged).get("/api/v1/me").await?;
        heard.problem(401, "invalid-token").map_err(|error| format!("{what}: {error}"))?;
        Ok(())
    }
}

/// RFC 9068, section 2: what an access token says, and nothing of the person behind it (E13).
#[tokio::test]
async fn an_access_token_says_what_it_must_and_no_more() -> Outcome {
    let stage = stage().await?;
    assert_eq!((&stage.token.header["typ"], &stage.token.header["alg"]), (&json!("at+jwt"), &json!("EdDSA")));
    let members: BTreeSet<&str> = stage
        .token
        .claims
        .as_object()
        .into_iter()
        .flat_map(|claims| claims.keys())
        .map(String::as_str)
        .collect();
    let expected = ["iss", "aud", "sub", "sid", "client_id", "scope", "role", "iat", "exp", "jti"];
    assert_eq!(members, expected.into());
    Ok(())
}

/// E1.
#[tokio::test]
async fn a_token_that_claims_to_need_no_signature_is_refused() -> Outcome {
    let stage = stage().await?;
    for algorithm in [json!("none"), json!("None"), json!("nOnE"), json!("NONE"), json!(""), Value::Null] {
        let mut forged = stage.token.clone();
        forged.header["alg"] = algorithm.clone();
        stage.refuses(&algorithm.to_string(), &forged.without_signature()).await?;
        stage.refuses(&algorithm.to_string(), &forged.keeping_the_signature()).await?;
    }
    let mut forged = stage.token.clone();
    if let Some(header) = forged.header.as_object_mut() {
        header.remove("alg");
    }
    stage.refuses("no algorithm", &forged.without_signature()).await?;
    stage.refuses("no algorithm", &forged.keeping_the_signature()).await
}

/// E2.
#[tokio::test]
async fn the_public_key_is_no_shared_secret() -> Outcome {
    let stage = stage().await?;
    let jwks = stage.client.get("/.well-known/jwks.json").await?.expect(200)?.json()?;
    for secret in public_key_forms(&jwks)? {
        for algorithm in ["HS256", "EdDSA"] {
            let mut forged = stage.token.clone();
            forged.header["alg"] = json!(algorithm);
            stage.refuses(algorithm, &forged.signed_with_secret(&secret)).await?;
        }
    }
    Ok(())
}

/// E4: what a header brings along is not asked.
#[tokio::test]
async fn a_key_that_a_token_brings_along_is_not_believed() -> Outcome {
    let stage = stage().await?;
    stage.refuses("a key in the header", &stage.token.signed_by_a_stranger()?).await?;
    for (member, value) in [
        ("jku", json!("http://127.0.0.1:1/jwks.json")),
        ("x5u", json!("http://127.0.0.1:1/x5u")),
        ("crit", json!(["exp"])),
        ("kid", json!("../../etc/passwd")),
        ("kid", json!("' OR 1=1 --")),
        ("kid", Value::Null),
    ] {
        let mut forged = stage.token.clone();
        forged.header[member] = value;
        stage.refuses(member, &forged.signed_by_a_stranger()?).await?;
        stage.refuses(member, &forged.keeping_the_signature()).await?;
    }
    Ok(())
}

/// E5, as far as somebody without the key can try it.
#[tokio::test]
async fn a_token_that_was_changed_in_any_place_is_refused() -> Outcome {
    let stage = stage().await?;
    for (member, value) in [
        ("iss", json!("http://127.0.0.1/")),
        ("aud", json!(["someone-else"])),
        ("sub", json!("00000000-0000-7000-8000-000000000000")),
        ("exp", json!(4_102_444_800_u64)),
        ("scope", json!("profile:read profile:write admin:write")),
        ("role", json!("admin")),
        ("sid", Value::Null),
    ] {
        let mut forged = stage.token.clone();
        forged.claims[member] = value;
        stage.refuses(member, &forged.keeping_the_signature()).await?;
    }
    let whole = stage.token.keeping_the_signature();
    for cut in [whole.len() - 1, whole.len() / 2, 1, 0] {
        stage
            .refuses("a part of a token", whole.get(..cut).filter(|part| !part.is_empty()).unwrap_or("."))
            .await?;
    }
    stage.refuses("more than a token", &format!("{whole}.x")).await?;
    stage.refuses("a doubled token", &whole.repeat(20)).await
}

/// E6.
#[tokio::test]
async fn a_refresh_token_opens_nothing() -> Outcome {
    let stage = stage().await?;
    let (_, _, tokens) = stage.client.newcomer().await?;
    stage.refuses("a refresh token", &tokens.refresh).await
}

/// E11.
#[tokio::test]
async fn the_published_keys_hold_nothing_private() -> Outcome {
    let stage = stage().await?;
    let answer = stage.client.get("/.well-known/jwks.json").await?.expect(200)?;
    let jwks = answer.json()?;
    assert_eq!(jwks["keys"].as_array().map(Vec::len), Some(1));
    let key = jwks["keys"][0].as_object().cloned().unwrap_or_default();
    let members: BTreeSet<&str> = key.keys().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x"].into());
    assert_eq!(key["kid"], stage.token.header["kid"]);
    assert!(answer.header("cache-control").contains("public"), "{:?}", answer.headers);
    Ok(())
}
