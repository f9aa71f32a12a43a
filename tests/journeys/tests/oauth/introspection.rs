use journeys::forgery::Parts;
use journeys::{Client, Engine, Outcome, Resident, Server, Settings, on_both_engines};
use serde_json::{Value, json};

on_both_engines!(
    a_living_token_is_told_as_it_is_and_a_dead_one_only_as_dead,
    what_a_token_is_worth_follows_its_owner_at_once,
);

const PATH: &str = "/oauth2/introspect";

async fn ask(asker: &Client, token: &str) -> Outcome<Value> {
    let answer = asker.form(PATH, &[("token", token)]).await?.expect(200)?;
    assert!(answer.header("cache-control").contains("no-store"), "{:?}", answer.headers);
    answer.json()
}

/// RFC 7662, section 2.2.
async fn a_living_token_is_told_as_it_is_and_a_dead_one_only_as_dead(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?.client;
    let someone = Resident::user(&server).await?;
    let told = ask(&administrator, &someone.tokens.access).await?;
    let claims = Parts::of(&someone.tokens.access)?.claims;
    assert_eq!(told["active"], true);
    for member in ["scope", "client_id", "exp", "iat", "sub", "aud", "iss", "jti", "sid"] {
        assert_eq!(told[member], claims[member], "{member}");
    }
    assert_eq!(told["username"], someone.person.username.as_str());
    assert_eq!(told["client_id"], "xtrem");
    assert!(told["token_type"].is_string(), "{told}");
    for personal in [&someone.person.email, &someone.person.full_name] {
        assert!(!told.to_string().contains(personal.as_str()), "{told}");
    }
    let refresh = ask(&administrator, &someone.tokens.refresh).await?;
    assert_eq!((&refresh["active"], &refresh["sub"]), (&json!(true), &json!(someone.id)));
    assert_eq!(refresh["sid"], told["sid"]);

    let successor = someone.refreshed().await?;
    let dead = json!({"active": false});
    assert_eq!(ask(&administrator, &someone.tokens.refresh).await?, dead, "a used refresh token");
    assert_eq!(ask(&administrator, &successor.tokens.refresh).await?["active"], true);
    successor.client.delete("/api/v1/sessions/current").await?.expect(204)?;
    for token in [&someone.tokens.access, &successor.tokens.access, &successor.tokens.refresh] {
        assert_eq!(ask(&administrator, token).await?, dead, "a session that was ended");
    }
    for garbage in ["garbage", "a.b.c", &someone.id] {
        assert_eq!(ask(&administrator, garbage).await?, dead, "{garbage}");
    }
    Ok(())
}

/// H6.
async fn what_a_token_is_worth_follows_its_owner_at_once(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let asker = &administrator.client;
    let someone = administrator.appoint(&server, "moderator").await?;
    let before = ask(asker, &someone.tokens.access).await?;
    assert_eq!(before["scope"], "profile:read profile:write user:read stats:read logs:read");

    administrator.give_role(&someone, &json!({"role": "user"})).await?.expect(200)?;
    let lowered = ask(asker, &someone.tokens.access).await?;
    assert_eq!((&lowered["active"], &lowered["scope"]), (&json!(true), &json!("profile:read profile:write")));
    someone.client.get("/api/v1/users").await?.problem(403, "insufficient-scope")?;
    assert_eq!(someone.knocks().await?, 200);

    administrator.suspend(&someone).await?.expect(200)?;
    let dead = json!({"active": false});
    for token in [&someone.tokens.access, &someone.tokens.refresh] {
        assert_eq!(ask(asker, token).await?, dead);
    }
    administrator.reinstate(&someone).await?.expect(204)?;
    assert_eq!(ask(asker, &someone.tokens.access).await?, dead, "what was ended stays so");
    let again = someone.again(&server).await?;
    administrator.client.delete(&someone.at("")).await?.expect(204)?;
    assert_eq!(ask(asker, &again.tokens.access).await?, dead);
    Ok(())
}

/// G11: whoever asks has to be known, and to be allowed.
#[tokio::test]
async fn nobody_asks_about_tokens_without_the_right_to() -> Outcome {
    let server = Server::start(Settings::on(Engine::Sqlite)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = administrator.appoint(&server, "moderator").await?;
    let fields = [("token", someone.tokens.access.as_str())];
    let bare = server.client()?.form(PATH, &fields).await?.expect(401)?;
    assert!(bare.header("www-authenticate").starts_with("Bearer"), "{:?}", bare.headers);
    assert!(bare.header("cache-control").contains("no-store"), "{:?}", bare.headers);
    assert!(!bare.text().contains("active"), "{}", bare.text());
    let refused = someone.client.form(PATH, &fields).await?.expect(403)?;
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.contains("error=\"insufficient_scope\"") && challenge.contains("scope=\"admin:read\""),
        "{challenge}"
    );
    let narrow = administrator.narrowed(&server, "profile:read user:read").await?;
    narrow.client.form(PATH, &fields).await?.expect(403)?;
    let no_token = administrator.client.form(PATH, &[]).await?;
    no_token.oauth_error(400, "invalid_request")
}
