use journeys::client::Tokens;
use journeys::forgery::Parts;
use journeys::{Answer, Client, Engine, Outcome, Resident, Server, Settings, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    what_ends_an_account_or_its_sessions_ends_refreshing,
    another_role_is_felt_at_the_next_refresh,
    asking_for_less_narrows_the_token_and_asking_for_more_is_refused,
    a_generation_of_long_ago_is_still_known_for_what_it_is,
);

async fn refresh_for(client: &Client, token: &str, scope: &str) -> Outcome<Answer> {
    let fields = [("grant_type", "refresh_token"), ("refresh_token", token), ("scope", scope)];
    client.form("/oauth2/token", &fields).await
}

fn scope_of(answer: &Value) -> Outcome<Value> {
    let claims = Parts::of(&Tokens::of(answer)?.access)?.claims;
    assert_eq!(claims["scope"], answer["scope"], "the token says what the answer says");
    Ok(claims["scope"].clone())
}

/// F8.
async fn what_ends_an_account_or_its_sessions_ends_refreshing(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let client = server.client()?;
    for way in ["suspended", "suspended and reinstated", "deleted", "another password", "a set password"] {
        let someone = Resident::user(&server).await?;
        let other = someone.again(&server).await?;
        match way {
            "deleted" => drop(administrator.client.delete(&someone.at("")).await?.expect(204)?),
            "another password" => {
                let change = json!({
                    "current_password": someone.person.password, "new_password": "an-entirely-new-lantern",
                });
                other.client.send(Method::PUT, "/api/v1/me/password", &change).await?.expect(204)?;
            }
            "a set password" => {
                let link = administrator.client.post(&someone.at("/password-link"), &json!({})).await?;
                let url = link.expect(201)?.json()?["url"].as_str().unwrap_or_default().to_owned();
                let token = url.rsplit('/').next().unwrap_or_default();
                let body = json!({"token": token, "password": "an-entirely-new-lantern"});
                client.send(Method::PUT, "/api/v1/password", &body).await?.expect(204)?;
            }
            _ => {
                administrator.suspend(&someone).await?.expect(200)?;
                if way == "suspended and reinstated" {
                    administrator.reinstate(&someone).await?.expect(204)?;
                }
            }
        }
        let refused = client.refresh(&someone.tokens.refresh).await?;
        refused.oauth_error(400, "invalid_grant").map_err(|error| format!("{way}: {error}"))?;
        someone.client.get("/api/v1/me").await?.problem(401, "invalid-token")?;
    }
    Ok(())
}

/// F9: what the role no longer gives is gone from the next token on, and what it gives anew takes another log-in.
async fn another_role_is_felt_at_the_next_refresh(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let client = server.client()?;
    administrator.give_role(&moderator, &json!({"role": "user"})).await?.expect(200)?;
    let answer = client.refresh(&moderator.tokens.refresh).await?.expect(200)?.json()?;
    assert_eq!(scope_of(&answer)?, "profile:read profile:write");
    let tokens = Tokens::of(&answer)?;
    assert_eq!(Parts::of(&tokens.access)?.claims["role"], "user");
    refresh_for(&client, &tokens.refresh, "user:read").await?.oauth_error(400, "invalid_scope")?;

    // The session was granted what a moderator has, so it has that again; an administrator's rights it never had.
    administrator.give_role(&moderator, &json!({"role": "admin"})).await?.expect(200)?;
    let answer = client.refresh(&tokens.refresh).await?.expect(200)?.json()?;
    let scope = scope_of(&answer)?;
    assert_eq!(scope, "profile:read profile:write user:read stats:read logs:read");
    let me = client.bearing(&Tokens::of(&answer)?.access);
    me.get("/api/v1/signing-keys").await?.problem(403, "insufficient-scope").map(drop)
}

/// F9 (RFC 6749, section 6).
async fn asking_for_less_narrows_the_token_and_asking_for_more_is_refused(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    let someone = Resident::user(&server).await?;
    for wider in ["profile:read admin:write", "user:read", "profile:everything", "openid"] {
        let refused = refresh_for(&client, &someone.tokens.refresh, wider).await?;
        refused.oauth_error(400, "invalid_scope").map_err(|error| format!("{wider}: {error}"))?;
    }
    let narrow = refresh_for(&client, &someone.tokens.refresh, "profile:read").await?.expect(200)?.json()?;
    assert_eq!(scope_of(&narrow)?, "profile:read");
    let tokens = Tokens::of(&narrow)?;
    let me = client.bearing(&tokens.access);
    me.get("/api/v1/me").await?.expect(200)?;
    let patch = me.send(Method::PATCH, "/api/v1/me", &json!({"bio": "Keeps bees."})).await?;
    patch.problem(403, "insufficient-scope")?;
    // The family keeps what it was granted.
    let whole = client.refresh(&tokens.refresh).await?.expect(200)?.json()?;
    assert_eq!(scope_of(&whole)?, "profile:read profile:write");

    let narrow = someone.narrowed(&server, "profile:read").await?;
    refresh_for(&client, &narrow.tokens.refresh, "profile:write").await?.oauth_error(400, "invalid_scope")?;
    let same = client.refresh(&narrow.tokens.refresh).await?.expect(200)?.json()?;
    assert_eq!(scope_of(&same)?, "profile:read");
    Ok(())
}

/// F14: nothing is kept of a generation, and none is forgotten.
async fn a_generation_of_long_ago_is_still_known_for_what_it_is(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let client = server.client()?;
    for (rotations, old) in [(300, 0), (40, 20), (40, 38)] {
        let mut generations = vec![Resident::user(&server).await?.tokens];
        for _ in 0..rotations {
            let token = &generations[generations.len() - 1].refresh;
            generations.push(Tokens::of(&client.refresh(token).await?.expect(200)?.json()?)?);
        }
        let kept = server.database().number("SELECT COUNT(*) FROM refresh_tokens").await?;
        assert_eq!(kept, 1, "one row a family");
        client.refresh(&generations[old].refresh).await?.oauth_error(400, "invalid_grant")?;
        client.refresh(&generations[rotations].refresh).await?.oauth_error(400, "invalid_grant")?;
        client.bearing(&generations[rotations].access).get("/api/v1/me").await?.expect(401)?;
    }
    let reused = "SELECT COUNT(*) FROM events WHERE kind = 'refresh_token_reused'";
    assert_eq!(server.database().number(reused).await?, 3);
    Ok(())
}
