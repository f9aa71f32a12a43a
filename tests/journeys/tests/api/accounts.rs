use journeys::{Client, Engine, Outcome, Person, Server, Settings, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    a_person_signs_up_keeps_a_profile_and_leaves,
    changing_the_password_ends_every_other_session,
    logging_out_ends_the_session_with_all_its_tokens,
    an_oauth2_client_gets_tokens_by_form,
    everything_is_as_it_was_after_a_restart,
);

const VIEW: [&str; 16] = [
    "avatar_url",
    "bio",
    "created_at",
    "email",
    "email_notifications",
    "full_name",
    "id",
    "last_login_at",
    "locale",
    "location",
    "role",
    "status",
    "theme",
    "updated_at",
    "username",
    "website",
];

async fn a_person_signs_up_keeps_a_profile_and_leaves(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (client, person) = (server.client()?, Person::new());
    let answer = client.post("/api/v1/users", &person.sign_up()).await?.expect(201)?;
    let profile = answer.json()?;
    let id = profile["id"].as_str().unwrap_or_default();
    assert!(answer.header("location").ends_with(id), "Location: {}", answer.header("location"));
    assert_eq!(id.as_bytes().get(14), Some(&b'7'), "{id} is no UUIDv7");
    let members: Vec<&String> = profile.as_object().into_iter().flat_map(|view| view.keys()).collect();
    let mut sorted = members.clone();
    sorted.sort();
    assert_eq!(sorted, VIEW);
    for (member, value) in [
        ("username", json!(person.username)),
        ("email", json!(person.email)),
        ("full_name", json!(person.full_name)),
        ("role", json!("user")),
        ("status", json!("active")),
        ("bio", Value::Null),
        ("last_login_at", Value::Null),
    ] {
        assert_eq!(profile[member], value, "{member}");
    }

    let me = client.bearing(&client.log_in(&person).await?.access);
    edit_the_profile(&me, &profile).await?;
    leave(&client, &me, &person, id).await
}

async fn edit_the_profile(me: &Client, before: &Value) -> Outcome {
    let patch = json!({
        "bio": "Keeps bees.", "location": "Lyon", "website": "https://bees.example/", "theme": "dark",
        "locale": "fr", "email_notifications": false, "full_name": null,
    });
    let after = me.send(Method::PATCH, "/api/v1/me", &patch).await?.expect(200)?.json()?;
    let read = me.get("/api/v1/me").await?.expect(200)?.json()?;
    assert_eq!(after, read);
    for (member, value) in patch.as_object().into_iter().flatten() {
        assert_eq!(&after[member], value, "{member}");
    }
    for untouched in ["id", "username", "email", "role", "status", "created_at", "avatar_url"] {
        assert_eq!(after[untouched], before[untouched], "{untouched}");
    }
    assert!(after["last_login_at"].as_str().is_some_and(|at| at.ends_with('Z')), "{after}");
    let nothing = me.send(Method::PATCH, "/api/v1/me", &json!({})).await?.expect(200)?.json()?;
    assert_eq!(nothing, read, "a patch without members changes nothing");
    let cleared = me.send(Method::PATCH, "/api/v1/me", &json!({"bio": null})).await?.expect(200)?.json()?;
    assert_eq!((&cleared["bio"], &cleared["location"]), (&Value::Null, &json!("Lyon")));
    Ok(())
}

async fn leave(client: &Client, me: &Client, person: &Person, id: &str) -> Outcome {
    me.post("/api/v1/me/deletion", &json!({"password": "not the password"}))
        .await?
        .problem(403, "wrong-password")?;
    me.post("/api/v1/me/deletion", &json!({"password": person.password})).await?.expect(204)?;
    me.get("/api/v1/me").await?.expect(401)?;
    client.post("/api/v1/sessions", &person.log_in()).await?.problem(401, "invalid-credentials")?;
    let again = client.sign_up(person).await?;
    assert_ne!(again["id"], id, "an id is never used again");
    Ok(())
}

async fn changing_the_password_ends_every_other_session(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (mut person, me, tokens) = server.client()?.newcomer().await?;
    let client = server.client()?;
    let other = client.log_in(&person).await?;
    let path = "/api/v1/me/password";

    let wrong = json!({"current_password": "not the password", "new_password": "an-entirely-new-lantern"});
    me.send(Method::PUT, path, &wrong).await?.problem(403, "wrong-password")?;
    let weak = json!({"current_password": person.password, "new_password": "password1234"});
    let refused = me.send(Method::PUT, path, &weak).await?;
    refused.problem(400, "invalid-input")?;
    assert_eq!(refused.fields()?, ["/new_password too-common"]);
    let same = json!({"current_password": person.password, "new_password": person.password});
    let refused = me.send(Method::PUT, path, &same).await?;
    assert_eq!(refused.fields()?, ["/new_password same-password"]);
    client.bearing(&other.access).get("/api/v1/me").await?.expect(200)?;

    let change = json!({"current_password": person.password, "new_password": "an-entirely-new-lantern"});
    me.send(Method::PUT, path, &change).await?.expect(204)?;
    me.get("/api/v1/me").await?.expect(200)?;
    client.bearing(&other.access).get("/api/v1/me").await?.problem(401, "invalid-token")?;
    client.refresh(&other.refresh).await?.oauth_error(400, "invalid_grant")?;
    client.refresh(&tokens.refresh).await?.expect(200)?;
    client.post("/api/v1/sessions", &person.log_in()).await?.problem(401, "invalid-credentials")?;
    "an-entirely-new-lantern".clone_into(&mut person.password);
    client.log_in(&person).await.map(drop)
}

async fn logging_out_ends_the_session_with_all_its_tokens(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (person, me, tokens) = server.client()?.newcomer().await?;
    let client = server.client()?;
    let elsewhere = client.bearing(&client.log_in(&person).await?.access);
    me.send(Method::DELETE, "/api/v1/sessions/current", &Value::Null).await?.expect(204)?;
    me.get("/api/v1/me").await?.problem(401, "invalid-token")?;
    client.refresh(&tokens.refresh).await?.oauth_error(400, "invalid_grant")?;
    elsewhere.get("/api/v1/me").await?.expect(200).map(drop)
}

/// RFC 6749, sections 4.3, 5.1, 5.2 and 6.
async fn an_oauth2_client_gets_tokens_by_form(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let (client, person) = (server.client()?, Person::new());
    client.sign_up(&person).await?;
    let token = "/oauth2/token";
    let credentials =
        [("grant_type", "password"), ("username", &person.email), ("password", &person.password)];
    let answer = client.form(token, &credentials).await?.expect(200)?;
    assert!(answer.header("cache-control").contains("no-store"));
    let granted = answer.json()?;
    assert_eq!(granted["token_type"], "Bearer");
    assert_eq!(granted["scope"], "profile:read profile:write");
    assert!(granted["expires_in"].as_u64().is_some_and(|seconds| seconds <= 600), "{granted}");

    let narrow = [credentials.as_slice(), &[("scope", "profile:read")]].concat();
    let narrow = client.form(token, &narrow).await?.expect(200)?.json()?;
    assert_eq!(narrow["scope"], "profile:read");
    let wider = [credentials.as_slice(), &[("scope", "profile:read admin:write")]].concat();
    client.form(token, &wider).await?.oauth_error(400, "invalid_scope")?;
    let refresh = narrow["refresh_token"].as_str().unwrap_or_default();
    let wider = [("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", "profile:write")];
    client.form(token, &wider).await?.oauth_error(400, "invalid_scope")?;

    let wrong =
        [("grant_type", "password"), ("username", &person.username), ("password", "not the password")];
    client.form(token, &wrong).await?.oauth_error(400, "invalid_grant")?;
    client.form(token, &[("grant_type", "magic")]).await?.oauth_error(400, "unsupported_grant_type")?;
    client.form(token, &[("grant_type", "password")]).await?.oauth_error(400, "invalid_request")?;
    client.form(token, &[]).await?.oauth_error(400, "invalid_request")?;
    client.refresh("not a token").await?.oauth_error(400, "invalid_grant")?;
    let access = granted["access_token"].as_str().unwrap_or_default();
    client.refresh(access).await?.oauth_error(400, "invalid_grant")
}

async fn everything_is_as_it_was_after_a_restart(engine: Engine) -> Outcome {
    let mut server = Server::start(Settings::on(engine)).await?;
    let (_, me, tokens) = server.client()?.newcomer().await?;
    let before = me.get("/api/v1/me").await?.expect(200)?.json()?;
    let keys = me.get("/.well-known/jwks.json").await?.expect(200)?.json()?;
    let link = server.setup_link().map(str::to_owned);
    server.terminate()?;
    assert!(server.ended().await?.success());
    server.start_again().await?;
    assert_eq!(me.get("/api/v1/me").await?.expect(200)?.json()?, before);
    assert_eq!(me.get("/.well-known/jwks.json").await?.expect(200)?.json()?, keys);
    assert_eq!(server.setup_link().map(str::to_owned), link, "the link stays until it is used");
    server.client()?.refresh(&tokens.refresh).await?.expect(200).map(drop)
}
