use journeys::{Answer, Engine, Outcome, Person, Resident, Server, Settings, on_both_engines};
use reqwest::Method;
use serde_json::{Value, json};

on_both_engines!(
    a_token_that_reaches_users_does_not_reach_administrators,
    nobody_reaches_anybody_else_s_account_without_the_right_to,
    nothing_is_set_that_the_form_does_not_have,
);

fn challenges(answer: &Answer, scope: &str) -> Outcome {
    answer.problem(403, "insufficient-scope")?;
    let challenge = answer.header("www-authenticate");
    let named = format!("scope=\"{scope}\"");
    if challenge.contains("error=\"insufficient_scope\"") && challenge.contains(&named) {
        return Ok(());
    }
    Err(format!("expected a challenge for {scope}: {challenge}").into())
}

/// H5 and H8: changing administrators, or making them, takes the right to.
async fn a_token_that_reaches_users_does_not_reach_administrators(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let other = administrator.appoint(&server, "admin").await?;
    let clerk = administrator.narrowed(&server, "user:read user:write user:delete").await?;
    let me = &clerk.client;
    let reason = json!({"reason": "Because."});
    for (answer, scope) in [
        (me.send(Method::PATCH, &other.at(""), &json!({"email": "mine@evil.example"})).await?, "admin:write"),
        (me.send(Method::PUT, &other.at("/suspension"), &reason).await?, "admin:write"),
        (me.delete(&other.at("/suspension")).await?, "admin:write"),
        (me.post(&other.at("/password-link"), &json!({})).await?, "admin:write"),
        (me.get(&other.at("/sessions")).await?, "admin:write"),
        (me.delete(&other.at("/sessions")).await?, "admin:write"),
        (me.delete(&other.at("")).await?, "admin:delete"),
        (me.send(Method::PUT, &other.at("/role"), &json!({"role": "user"})).await?, "admin:write"),
        (me.post(&other.at("/personal-data"), &reason).await?, "admin:read"),
        (me.get("/api/v1/audit-events").await?, "logs:read"),
    ] {
        challenges(&answer, scope)?;
    }
    for role in ["moderator", "admin"] {
        let form = json!({"username": "upstart", "email": "upstart@journeys.example", "role": role});
        challenges(&me.post("/api/v1/users", &form).await?, "admin:write")?;
    }
    assert_eq!(other.knocks().await?, 200);
    let view = administrator.client.get(&other.at("")).await?.expect(200)?.json()?;
    assert_eq!((&view["role"], &view["status"]), (&json!("admin"), &json!("active")));
    // Users it reaches.
    let someone = Resident::user(&server).await?;
    me.send(Method::PUT, &someone.at("/suspension"), &reason).await?.expect(200)?;
    me.delete(&someone.at("")).await?.expect(204).map(drop)
}

/// H2: with the id of somebody else in every place where an id goes.
async fn nobody_reaches_anybody_else_s_account_without_the_right_to(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine).unthrottled()).await?;
    let administrator = Resident::administrator(&server).await?;
    let moderator = administrator.appoint(&server, "moderator").await?;
    let (victim, stranger) = (Resident::user(&server).await?, Resident::user(&server).await?);
    let before = administrator.client.get(&victim.at("")).await?.expect(200)?.json()?;
    let session = &administrator.client.get(&victim.at("/sessions")).await?.expect(200)?.json()?["items"][0];
    let session = session["id"].as_str().unwrap_or_default().to_owned();
    let bodies = [
        (Method::PATCH, "", json!({"bio": "Robbed."})),
        (Method::PUT, "/role", json!({"role": "admin"})),
        (Method::PUT, "/suspension", json!({"reason": "Because."})),
        (Method::POST, "/password-link", json!({})),
        (Method::POST, "/personal-data", json!({"reason": "Because."})),
    ];
    for caller in [&stranger, &moderator] {
        for (method, rest, body) in &bodies {
            let answer = caller.client.send(method.clone(), &victim.at(rest), body).await?;
            answer.problem(403, "insufficient-scope").map_err(|error| format!("{method} {rest}: {error}"))?;
        }
        for rest in ["", "/suspension", "/sessions", &format!("/sessions/{session}")] {
            caller.client.delete(&victim.at(rest)).await?.problem(403, "insufficient-scope")?;
        }
        caller.client.delete(&format!("/api/v1/me/sessions/{session}")).await?.problem(404, "not-found")?;
    }
    for rest in ["", "/sessions", "/activity"] {
        stranger.client.get(&victim.at(rest)).await?.problem(403, "insufficient-scope")?;
        // A right that is missing is told before anything else: nobody learns which ids there are.
        let nobody = format!("/api/v1/users/01920000-0000-7000-8000-000000000000{rest}");
        stranger.client.get(&nobody).await?.problem(403, "insufficient-scope")?;
    }
    let after = administrator.client.get(&victim.at("")).await?.expect(200)?.json()?;
    assert_eq!(after, before);
    assert_eq!(victim.knocks().await?, 200);
    Ok(())
}

/// H3.
async fn nothing_is_set_that_the_form_does_not_have(engine: Engine) -> Outcome {
    let server = Server::start(Settings::on(engine)).await?;
    let administrator = Resident::administrator(&server).await?;
    let someone = Resident::user(&server).await?;
    let before = administrator.client.get(&someone.at("")).await?.expect(200)?.json()?;
    let smuggled: [(&str, Value); 16] = [
        ("role", json!("admin")),
        ("roles", json!(["admin"])),
        ("scopes", json!(["admin:write"])),
        ("is_admin", json!(true)),
        ("isAdmin", json!(true)),
        ("id", json!(administrator.id)),
        ("status", json!("suspended")),
        ("suspended", json!(true)),
        ("suspension", json!({"reason": "x"})),
        ("password", json!("an-entirely-new-lantern")),
        ("password_hash", json!("$argon2id$")),
        ("created_at", json!("2000-01-01T00:00:00Z")),
        ("createdAt", json!("2000-01-01T00:00:00Z")),
        ("last_login_at", json!(null)),
        ("role_expires_at", json!(null)),
        ("user", json!({"role": "admin"})),
    ];
    for (member, value) in smuggled {
        let patch = json!({"bio": "Harmless.", member: value});
        for (client, path) in
            [(&administrator.client, someone.at("")), (&someone.client, "/api/v1/me".to_owned())]
        {
            let refused = client.send(Method::PATCH, &path, &patch).await?;
            assert_eq!(refused.status, 400, "{path} {patch}: {}", refused.text());
        }
        if member != "password" && member != "role" {
            let mut form = Person::new().sign_up();
            form[member] = patch[member].clone();
            let refused = administrator.client.post("/api/v1/users", &form).await?;
            assert_eq!(refused.status, 400, "{form}: {}", refused.text());
        }
        for (rest, mut body) in [
            ("/role", json!({"role": "moderator"})),
            ("/suspension", json!({"reason": "Because."})),
            ("/personal-data", json!({"reason": "Because."})),
        ] {
            if body.get(member).is_none() && member != "password" {
                body[member] = patch[member].clone();
                let method = if rest == "/personal-data" { Method::POST } else { Method::PUT };
                let refused = administrator.client.send(method, &someone.at(rest), &body).await?;
                assert_eq!(refused.status, 400, "{rest} {body}: {}", refused.text());
            }
        }
    }
    // Signing up takes no role: that is what administrators give.
    let mut form = Person::new().sign_up();
    form["role"] = json!("admin");
    assert_eq!(server.client()?.post("/api/v1/users", &form).await?.status, 400);
    let mut after = administrator.client.get(&someone.at("")).await?.expect(200)?.json()?;
    after["last_login_at"] = before["last_login_at"].clone();
    assert_eq!(after, before);
    Ok(())
}
