use journeys::forgery::Parts;
use journeys::jwks::{self, Jwks};
use journeys::{Engine, Outcome, Resident, Server, Settings, on_both_engines, wait};
use serde_json::json;
use std::collections::BTreeSet;

on_both_engines!(
    whatever_a_key_signs_with_the_service_and_others_verify_it,
    another_algorithm_takes_over_like_another_key,
);

/// E2 and E11, for each algorithm: others get what they need to verify, and nothing private.
async fn whatever_a_key_signs_with_the_service_and_others_verify_it(engine: Engine) -> Outcome {
    for (algorithm, members) in [
        ("EdDSA", ["alg", "crv", "kid", "kty", "use", "x"].as_slice()),
        ("ES256", &["alg", "crv", "kid", "kty", "use", "x", "y"]),
        ("RS256", &["alg", "e", "kid", "kty", "n", "use"]),
    ] {
        let mut server = Server::start(Settings::on(engine).with("KEYS__ALGORITHM", algorithm)).await?;
        let client = server.client()?;
        let someone = Resident::user(&server).await?;
        assert_eq!(Parts::of(&someone.tokens.access)?.header["alg"], algorithm);
        Jwks::fetch(&client).await?.verify(&someone.tokens.access)?;
        let set = client.get("/.well-known/jwks.json").await?.expect(200)?.json()?;
        let key = set["keys"][0].as_object().cloned().unwrap_or_default();
        assert_eq!(key["alg"], algorithm);
        let told: BTreeSet<&str> = key.keys().map(String::as_str).collect();
        assert_eq!(told, members.iter().copied().collect(), "{algorithm}");

        // The algorithm is that of the key, whatever the header says.
        for other in ["none", "HS256", "EdDSA", "ES256", "RS256"] {
            let mut forged = Parts::of(&someone.tokens.access)?;
            forged.header["alg"] = json!(other);
            for token in
                [forged.keeping_the_signature(), forged.signed_with_secret(set.to_string().as_bytes())]
            {
                let honest = token == someone.tokens.access;
                let status = client.bearing(&token).get("/api/v1/me").await?.status;
                assert_eq!(status == 200, honest, "{algorithm} called {other}");
            }
        }
        server.kill()?;
        server.start_again().await?;
        assert_eq!(someone.knocks().await?, 200, "{algorithm} after a restart");
    }
    Ok(())
}

/// A change of the setting is a rotation: published first, and what was signed before stays good.
async fn another_algorithm_takes_over_like_another_key(engine: Engine) -> Outcome {
    let settings = Settings::on(engine).with("KEYS__PUBLICATION_SECONDS", "2").unthrottled();
    let mut server = Server::start(settings).await?;
    let client = server.client()?;
    let before = Resident::user(&server).await?;
    for algorithm in ["RS256", "ES256"] {
        server.kill()?;
        server.set("KEYS__ALGORITHM", algorithm);
        server.start_again().await?;
        let after = wait::until(algorithm, async || {
            let someone = before.again(&server).await?;
            let published = Jwks::fetch(&client).await?;
            published.verify(&someone.tokens.access)?;
            let changed = Parts::of(&someone.tokens.access)?.header["alg"] == algorithm;
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
            Ok(changed.then_some(someone))
        })
        .await?;
        assert_ne!(jwks::kid(&after.tokens.access)?, jwks::kid(&before.tokens.access)?);
        assert_eq!(before.knocks().await?, 200, "what was signed before {algorithm} is still verified");
    }
    Ok(())
}
